"""The pandera forms: the contract of a published table, for polars and for pandas frames."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from importlib.metadata import version
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from mali_dataset.schema.column import Column, check_carried
from mali_dataset.schema.forms.arrow import arrow_schema
from mali_dataset.schema.forms.expressions import ROW, broken_rows, expression, polars_type
from mali_dataset.schema.plan import Limit, limits, plan
from mali_dataset.schema.rules import ACROSS, AnyOf, Differ, Expands, NotAbove, NullIf, RequiredIf, RowCount, RowRule, Rule, Together, Unique
from mali_dataset.schema.table import Table, added, columns, per_table

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pap
    import pandera.polars as pal
    import pandera.pyspark as pas
    import polars as pl


def table_rules(table: type[Table]) -> list[Rule]:
    """The rules of the plan that rows of one table decide and that are not limits of a column."""
    # Pandera takes one answer for a whole table, but fails when another check has found a text (0.35.0).
    return [rule for rule in plan(table) if not isinstance(rule, (Limit, RowCount, *ACROSS))]


@per_table
def polars_schema(table: type[Table]) -> pal.DataFrameSchema:
    """The pandera schema for polars frames, strict in its columns if the table is closed; each rule is a check of the frame, named by the rule.

    Validate a DataFrame, or set pandera's depth to schema and data: pandera checks no data of a LazyFrame by itself.
    A limit that it cannot carry raises `DefinitionError`.
    """
    import pandera.polars as pal
    import polars as pl

    def holds(rule: Rule, data: Any) -> Any:
        frame = data.lazyframe.select(rule.columns).collect()
        return frame.lazy().with_row_index(ROW).select(~pl.col(ROW).is_in(broken_rows(rule, frame).implode()))

    fields = {
        c.name: pal.Column(polars_type(c.dtype), nullable=c.nullable, checks=_checks(c, pal, _of_polars), required=c.name not in added(table))
        for c in columns(table)
    }
    return pal.DataFrameSchema(fields, _rules(table, pal, holds), strict=table.closed, name=table.name, description=table.__doc__)


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

    fields = {
        c.name: pap.Column(types[c.name], nullable=c.nullable, checks=_checks(c, pap, _of_pandas), required=c.name not in added(table)) for c in columns(table)
    }
    return pap.DataFrameSchema(fields, _rules(table, pap, holds), strict=table.closed, name=table.name, description=table.__doc__)


@per_table
def pyspark_schema(table: type[Table]) -> pas.DataFrameSchema:
    """The pandera schema for pyspark frames, strict in its columns if the table is closed: types, nullability, every limit, and rules that it can carry.

    Pandera raises nothing here and names no row: after `schema.validate(frame)`, `frame.pandera.errors` says which checks found anything. Each
    check is a job of Spark. Not carried are the rules `Disjoint`, `PartsSum`, `RowCount` and those that need another table: `validate` decides them.

    Raises:
        ImportError: pyspark is missing, or cannot be imported beside pandas 3 or later.
    """
    try:
        import pyspark  # noqa: F401 - only whether it is there

        # Asked first, because the import of pyspark's pandas beside pandas 3 fails in ways of its own, and may end the program.
        if not (pandas := version("pandas")).startswith(("1.", "2.")):
            raise ImportError(f"pandas is {pandas}")  # noqa: TRY301 - said as the other reasons are
        import pandera.pyspark as pas
        from pyspark.sql import functions as f
        from pyspark.sql import types
    except ImportError as error:
        raise ImportError(f"pandera needs pyspark, and pandas below 3 beside it, to check frames of pyspark ({error}); `validate` needs no pandas") from error
    made = {"string": types.StringType, "int64": types.LongType, "float64": types.DoubleType, "bool": types.BooleanType, "date32": types.DateType}

    def check(limit: Limit) -> Any:
        name, to = limit.column, limit.value

        def none(wrong: str) -> Callable[..., Any]:
            return partial(pas.Check, lambda frame: frame.filter(wrong).isEmpty())

        makers: dict[str, Callable[..., Any]] = {
            "type": none(f"{name} NOT BETWEEN DATE'0001-01-01' AND DATE'9999-12-31'"),
            "one_of": partial(pas.Check.isin, to),
            # Java's `$` and `.` know more ends of a line than ours, unlike `\z` and `(?d)`, which pandera's own check refuses.
            "pattern": partial(pas.Check, lambda frame: frame.filter(~f.col(name).rlike(rf"^(?d)(?:{to})\z")).isEmpty()),
            # Of pandera's own checks Spark makes filters of Parquet files, whose statistics leave NaN out, so that it passes unseen.
            "finite": none(f"isnan({name}) OR abs({name}) = double('Infinity')"),
            "at_least": partial(pas.Check.ge, to),
            "at_most": none(f"isnan({name}) OR {name} > {to}"),
            "max_length": partial(pas.Check.str_length, max_value=to),
        }
        return makers[limit.limit](name=limit.limit, error=limit.sentence)

    fields = {}
    for c in columns(table):
        check_carried("pandera", c)
        fields[c.name] = pas.Column(made[c.dtype](), [check(limit) for limit in _carried(c)], nullable=c.nullable, required=c.name not in added(table))
    rules = [rule for rule in table_rules(table) if isinstance(rule, RowRule | Unique)]
    checks = [pas.Check(partial(_spark_holds, rule), name=rule.name, error=rule.sentence) for rule in rules]
    return pas.DataFrameSchema(fields, checks, strict=table.closed, name=table.name, description=table.__doc__)


def _spark_holds(rule: Rule, frame: Any) -> bool:
    """Whether all rows of a pyspark frame keep a rule: pandera takes one bool, and no rows."""
    from pyspark.sql import functions as f

    filled = [f.col(c).isNotNull() for c in rule.columns]
    match rule:
        case Expands():
            return all(rule.holds(row.asDict()) for row in frame.select(*rule.columns).distinct().toLocalIterator())
        case Unique():
            groups = frame.filter(reduce(and_, filled)).groupBy(*rule.unique).agg(f.count("*").alias(ROW))
            return bool(groups.filter(f.col(ROW) > 1).isEmpty())
        case NotAbove():
            holds = f.col(rule.columns[0]) <= f.col(rule.columns[1])
        case RequiredIf():
            holds = ~f.col(rule.when).isin(*rule.equals) | (filled[0] != f.lit(isinstance(rule, NullIf)))
        case AnyOf():
            holds = reduce(or_, filled)
        case Together():
            holds = reduce(and_, [one == filled[0] for one in filled])
        case Differ():
            holds = f.col(rule.one) != f.col(rule.other)
        case _:
            raise TypeError(f"pandera on pyspark cannot carry the rule {rule!r}")
    return bool(frame.filter(~holds).isEmpty())


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

    return [check(limit) for limit in _carried(column)]


def _carried(column: Column) -> list[Limit]:
    """The limits that are checks: pandera itself knows types, but not that days have to be those of a calendar, and nullability."""
    return [limit for limit in limits(column) if limit.limit not in ("type", "not_null") or limit.value == "date32"]


def _of_polars(data: Any, _: str, expr: pl.Expr) -> Any:
    return data.lazyframe.select(expr)


def _of_pandas(data: Any, name: str, expr: pl.Expr) -> Any:
    """Evaluated by polars too, so that both forms read a limit alike."""
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    values = pl.Series(name, pa.array(data))
    return pd.Series(pl.DataFrame({name: values}).select(expr).to_series().to_list(), index=data.index, dtype=bool)
