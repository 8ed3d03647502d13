"""The pandera forms: the contract of a published table, for polars and for pandas frames."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from mali_dataset.schema.column import Column, check_carried
from mali_dataset.schema.forms.arrow import arrow_schema
from mali_dataset.schema.forms.expressions import ROW, broken_rows, expression, polars_type
from mali_dataset.schema.plan import Limit, limits, plan
from mali_dataset.schema.rules import References, ReferencesAny, Rule
from mali_dataset.schema.table import Table, columns, per_table

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pap
    import pandera.polars as pal
    import polars as pl


def table_rules(table: type[Table]) -> list[Rule]:
    """The rules of the plan that one table decides and that are not limits of a column."""
    return [rule for rule in plan(table) if not isinstance(rule, Limit | References | ReferencesAny)]


@per_table
def polars_schema(table: type[Table]) -> pal.DataFrameSchema:
    """The pandera schema for polars frames, strict in its columns; each rule is a check of the frame, named by the rule.

    Validate a DataFrame, or set pandera's depth to schema and data: pandera checks no data of a LazyFrame by itself.
    A limit that it cannot carry raises `DefinitionError`.
    """
    import pandera.polars as pal
    import polars as pl

    def holds(rule: Rule, data: Any) -> Any:
        frame = data.lazyframe.collect()
        return frame.lazy().with_row_index(ROW).select(~pl.col(ROW).is_in(broken_rows(rule, frame).implode()))

    fields = {c.name: pal.Column(polars_type(c.dtype), nullable=c.nullable, checks=_checks(c, pal, _of_polars)) for c in columns(table)}
    return pal.DataFrameSchema(fields, _rules(table, pal, holds), strict=True, name=table.name, description=table.__doc__)


@per_table
def pandas_schema(table: type[Table]) -> pap.DataFrameSchema:
    """The pandera schema for pandas frames with Arrow types; a limit that it cannot carry raises `DefinitionError`."""
    import pandas as pd
    import pandera.pandas as pap
    import polars as pl
    import pyarrow as pa

    types = {field.name: pd.ArrowDtype(field.type) for field in arrow_schema(table)}

    def holds(rule: Rule, frame: pd.DataFrame) -> pd.Series[bool]:
        arrow = pa.Table.from_pandas(frame[[c for c in rule.columns if c in frame.columns]], preserve_index=False)
        broken = set(broken_rows(rule, pl.DataFrame(arrow)).to_list())
        return pd.Series([i not in broken for i in range(len(frame))], index=frame.index, dtype=bool)

    fields = {c.name: pap.Column(types[c.name], nullable=c.nullable, checks=_checks(c, pap, _of_pandas)) for c in columns(table)}
    return pap.DataFrameSchema(fields, _rules(table, pap, holds), strict=True, name=table.name, description=table.__doc__)


def _rules(table: type[Table], library: Any, holds: Callable[[Rule, Any], Any]) -> list[Any]:
    """The rules of a table as checks of a frame."""
    return [library.Check(partial(holds, rule), name=rule.name, error=rule.sentence) for rule in table_rules(table)]


def _checks(column: Column, library: Any, frame_of: Any) -> list[Any]:
    """The limits of a column as pandera checks, named as in the plan; type and nullability are pandera's own."""
    check_carried("pandera", column)

    def check(limit: Limit) -> Any:
        def holds(data: Any) -> Any:
            return frame_of(data, column.name, expression(limit).fill_null(value=True))

        return library.Check(holds, name=limit.name, error=limit.sentence, ignore_na=False)

    return [check(limit) for limit in limits(column) if limit.limit not in ("type", "not_null")]


def _of_polars(data: Any, _: str, expr: pl.Expr) -> Any:
    return data.lazyframe.select(expr)


def _of_pandas(data: Any, name: str, expr: pl.Expr) -> Any:
    """Evaluated by polars too, so that both forms read a limit alike."""
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    values = pl.Series(name, pa.array(data))
    return pd.Series(pl.DataFrame({name: values}).select(expr).to_series().to_list(), index=data.index, dtype=bool)
