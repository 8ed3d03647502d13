"""Each contender in its best honest form: the checks of `events.py` as its own users would write them, every failing row reported.

Run by `validation.py`, one contender in one process; what it prints is JSON. What a contender cannot say, or says otherwise, shows as a difference.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from mali_dataset.schema.fields import SLUG, VISIBLE

# The broken checks: (rules, column) -> rows. A contender that does not tell two rules apart (a range) names both.
Found = dict[tuple[tuple[str, ...], str], Iterable[int]]
Run = Callable[[Path, Path], Callable[[], Found]]

TYPES = ["battle", "explosion", "attack-on-civilians", "riot", "protest", "agreement"]
COUNTRIES = "ben bfa civ cmr dza gha gin gmb gnb lby lbr mli mrt ner nga sen sle tcd tgo tun".split()
SOURCE = "[A-Za-z][A-Za-z0-9 .&'-]*"
TARGETED = ["battle", "attack-on-civilians"]
RANGE = ("at_least", "at_most")
# The columns to which the rules over several columns are pinned.
ABOUT = {
    "unique_event_id": "event_id",
    "unique_source_source_number": "source",
    "deaths_low_not_above_deaths_best": "deaths_low",
    "deaths_best_not_above_deaths_high": "deaths_best",
    "start_not_above_end": "start",
    "target_id_required_if_event_type": "target_id",
    "deaths_best_null_if_event_type": "deaths_best",
    "together_latitude_longitude": "latitude",
    "any_of_place_latitude": "place",
    "actor_id_differs_from_target_id": "actor_id",
}


@dataclass(frozen=True)
class Contender:
    """One way to validate the table.

    Attributes:
        title: what it is, for the table of results.
        run: validates a file, and gives a function that says what it found (not timed).
        packages: the distributions whose versions matter.
        share: it runs on one row in so many, but on 100,000 at least, and its time is scaled.
        most: the greatest number of rows on which it runs; ten or five times as many would not fit in 24 GiB of memory.
        remark: why its findings differ, where they do.
    """

    title: str
    run: Run
    packages: tuple[str, ...]
    share: int = 1
    most: int = 100_000_000
    remark: str = ""


def scan(path: Path, _: Path) -> Callable[[], Found]:
    """Decode every column of every row, and do nothing with it."""
    import polars as pl

    pl.scan_parquet(path).sink_batches(lambda _: None, engine="streaming")
    return dict


def null_counts(path: Path, _: Path) -> Callable[[], Found]:
    """The simplest query over every column."""
    import polars as pl

    pl.scan_parquet(path).select(pl.all().null_count()).collect(engine="streaming")
    return dict


def ours(path: Path, actors: Path, engine: Any = "polars") -> Callable[[], Found]:
    """What this repository is about."""
    from events import Event, Report

    import mali_dataset

    composites = path.stem.startswith("reports")
    definition, against = (Report, None) if composites else (Event, {"actors": actors})
    report = mali_dataset.validate(path, definition, against=against, engine=engine, limit=None)
    return lambda: _grouped(((problem.rule,), problem.column or "", problem.row or 0) for problem in report.problems)


def pandera_polars(path: Path, actors: Path, *, lazy: bool = False) -> Callable[[], Found]:
    """The whole frame in memory; with `lazy`, a LazyFrame with the depth of data (pandera checks no data of it by itself)."""
    import pandera.polars as pal
    import polars as pl
    from pandera.config import ValidationDepth, config_context

    def rule(name: str, expr: pl.Expr) -> pal.Check:
        return pal.Check(lambda data: data.lazyframe.select(expr), error=name)

    col, targeted = pl.col, pl.col("event_type").is_in(TARGETED)
    rules = [
        rule("deaths_low_not_above_deaths_best", col("deaths_low") <= col("deaths_best")),
        rule("deaths_best_not_above_deaths_high", col("deaths_best") <= col("deaths_high")),
        rule("start_not_above_end", col("start") <= col("end")),
        rule("target_id_required_if_event_type", ~targeted | col("target_id").is_not_null()),
        rule("deaths_best_null_if_event_type", (col("event_type") != "agreement") | col("deaths_best").is_null()),
        rule("together_latitude_longitude", col("latitude").is_null() == col("longitude").is_null()),
        rule("any_of_place_latitude", col("place").is_not_null() | col("latitude").is_not_null()),
        rule("actor_id_differs_from_target_id", col("actor_id") != col("target_id")),
    ]
    finite = pal.Check(lambda data: data.lazyframe.select(pl.col(data.key).is_finite()), error="finite")
    known = pl.read_parquet(actors)["actor_id"].to_list()
    schema = _pandera(pal, (pl.String, pl.Int64, pl.Float64, pl.Date, pl.Boolean), finite, known, rules)
    with config_context(validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        cases = _cases(schema, pl.scan_parquet(path) if lazy else pl.read_parquet(path))
    return lambda: {} if cases is None else _from_pandera(cases.select("check", "column", "index").iter_rows())


def pandera_pandas(path: Path, actors: Path) -> Callable[[], Found]:
    """The whole frame in memory, its columns backed by Arrow."""
    import pandas as pd
    import pandera.pandas as pap
    import pyarrow as pa

    def rule(name: str, holds: Callable[[pd.DataFrame], Any]) -> pap.Check:
        return pap.Check(holds, error=name)

    def ordered(low: str, high: str) -> pap.Check:
        return rule(f"{low}_not_above_{high}", lambda f: (f[low] <= f[high]).fillna(value=True))

    rules = [
        ordered("deaths_low", "deaths_best"),
        ordered("deaths_best", "deaths_high"),
        ordered("start", "end"),
        rule("target_id_required_if_event_type", lambda f: ~f["event_type"].isin(TARGETED) | f["target_id"].notna()),
        rule("deaths_best_null_if_event_type", lambda f: (f["event_type"] != "agreement").fillna(value=True) | f["deaths_best"].isna()),
        rule("together_latitude_longitude", lambda f: f["latitude"].isna() == f["longitude"].isna()),
        rule("any_of_place_latitude", lambda f: f["place"].notna() | f["latitude"].notna()),
        rule("actor_id_differs_from_target_id", lambda f: (f["actor_id"] != f["target_id"]).fillna(value=True)),
    ]
    finite = pap.Check(lambda s: s.abs() < float("inf"), error="finite")
    known = pd.read_parquet(actors)["actor_id"].to_list()
    types = [pd.ArrowDtype(t) for t in (pa.string(), pa.int64(), pa.float64(), pa.date32(), pa.bool_())]
    schema = _pandera(pap, types, finite, known, rules)
    cases = _cases(schema, pd.read_parquet(path, dtype_backend="pyarrow"))
    return lambda: {} if cases is None else _from_pandera(cases[["check", "column", "index"]].itertuples(index=False))


def _pandera(library: Any, types: Iterable[Any], finite: Any, known: list[str], rules: list[Any]) -> Any:
    """The schema, of which only types and rules over columns differ between polars and pandas."""
    text, whole, real, day, flag = types
    pattern = lambda value: library.Check.str_matches(f"^(?:{value})$", error="pattern")  # noqa: E731
    length = lambda value: library.Check.str_length(max_value=value, error="max_length")  # noqa: E731
    between = lambda low, high: library.Check.in_range(low, high, error="range")  # noqa: E731
    deaths, references = between(0, 100_000), library.Check.isin(known, error="references_actors")
    columns = {
        "event_id": library.Column(text, [pattern(f"evt-{SLUG}"), length(96)], unique=True),
        "event_type": library.Column(text, library.Check.isin(TYPES, error="one_of")),
        "country": library.Column(text, library.Check.isin(COUNTRIES, error="one_of")),
        "actor_id": library.Column(text, [pattern(SLUG), length(96), references]),
        "target_id": library.Column(text, [pattern(SLUG), length(96), references], nullable=True),
        "place": library.Column(text, [pattern(VISIBLE), length(80)], nullable=True),
        "latitude": library.Column(real, [finite, between(-90, 90)], nullable=True),
        "longitude": library.Column(real, [finite, between(-180, 180)], nullable=True),
        "start": library.Column(day),
        "end": library.Column(day, nullable=True),
        "deaths_low": library.Column(whole, deaths, nullable=True),
        "deaths_best": library.Column(whole, deaths, nullable=True),
        "deaths_high": library.Column(whole, deaths, nullable=True),
        "civilians": library.Column(flag, nullable=True),
        "source": library.Column(text, [pattern(SOURCE), length(100)]),
        "source_number": library.Column(whole, between(1, 2_000_000_000)),
        "note": library.Column(text, [pattern(VISIBLE), length(600)], nullable=True),
    }
    return library.DataFrameSchema(columns, rules, unique=["source", "source_number"], strict=True)


def _cases(schema: Any, frame: Any) -> Any:
    """The failing rows, as pandera tells them."""
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as errors:
        return errors.failure_cases
    return None


def _from_pandera(cases: Iterable[tuple[str, str, Any]]) -> Found:
    names = {"not_nullable": "not_null", "field_uniqueness": "unique_event_id", "multiple_fields_uniqueness": "unique_source_source_number"}
    said = (("unique_source_source_number" if "multiple_fields" in check else names.get(check, check), column, row) for check, column, row in cases)
    return _grouped((RANGE if rule == "range" else (rule,), ABOUT.get(rule, column), -1 if row is None else int(row)) for rule, column, row in said)


def dataframely(path: Path, actors: Path) -> Callable[[], Found]:
    """A lazy scan, of which only the failing rows are collected."""
    import dataframely as dy
    import polars as pl

    known = pl.read_parquet(actors)["actor_id"].implode()
    exists = {"references_actors": lambda c: c.is_in(known)}

    class Events(dy.Schema):
        row = dy.UInt32()
        event_id = dy.String(primary_key=True, regex=f"^(?:evt-{SLUG})$", max_length=96)
        event_type = dy.String(check={"one_of": lambda c: c.is_in(TYPES)})
        country = dy.String(check={"one_of": lambda c: c.is_in(COUNTRIES)})
        actor_id = dy.String(regex=f"^(?:{SLUG})$", max_length=96, check=exists)
        target_id = dy.String(regex=f"^(?:{SLUG})$", max_length=96, check=exists, nullable=True)
        place = dy.String(regex=f"^(?:{VISIBLE})$", max_length=80, nullable=True)
        latitude = dy.Float64(min=-90, max=90, nullable=True)
        longitude = dy.Float64(min=-180, max=180, nullable=True)
        start = dy.Date()
        end = dy.Date(nullable=True)
        deaths_low = dy.Int64(min=0, max=100_000, nullable=True)
        deaths_best = dy.Int64(min=0, max=100_000, nullable=True)
        deaths_high = dy.Int64(min=0, max=100_000, nullable=True)
        civilians = dy.Bool(nullable=True)
        source = dy.String(regex=f"^(?:{SOURCE})$", max_length=100)
        source_number = dy.Int64(min=1, max=2_000_000_000)
        note = dy.String(regex=f"^(?:{VISIBLE})$", max_length=600, nullable=True)

        @dy.rule()
        def unique_source_source_number(cls) -> pl.Expr:  # noqa: N805
            return pl.struct("source", "source_number").is_unique() | cls.source.col.is_null() | cls.source_number.col.is_null()

        @dy.rule()
        def deaths_low_not_above_deaths_best(cls) -> pl.Expr:  # noqa: N805
            return cls.deaths_low.col <= cls.deaths_best.col

        @dy.rule()
        def deaths_best_not_above_deaths_high(cls) -> pl.Expr:  # noqa: N805
            return cls.deaths_best.col <= cls.deaths_high.col

        @dy.rule()
        def start_not_above_end(cls) -> pl.Expr:  # noqa: N805
            return cls.start.col <= cls.end.col

        @dy.rule()
        def target_id_required_if_event_type(cls) -> pl.Expr:  # noqa: N805
            return ~cls.event_type.col.is_in(TARGETED) | cls.target_id.col.is_not_null()

        @dy.rule()
        def deaths_best_null_if_event_type(cls) -> pl.Expr:  # noqa: N805
            return (cls.event_type.col != "agreement") | cls.deaths_best.col.is_null()

        @dy.rule()
        def together_latitude_longitude(cls) -> pl.Expr:  # noqa: N805
            return cls.latitude.col.is_null() == cls.longitude.col.is_null()

        @dy.rule()
        def any_of_place_latitude(cls) -> pl.Expr:  # noqa: N805
            return cls.place.col.is_not_null() | cls.latitude.col.is_not_null()

        @dy.rule()
        def actor_id_differs_from_target_id(cls) -> pl.Expr:  # noqa: N805
            return cls.actor_id.col != cls.target_id.col

    with pl.Config(engine_affinity="in-memory"):  # faster here than its other engines, in no more memory
        failure = Events.filter(pl.scan_parquet(path, row_index_name="row")).failure
        details = failure.details()

    def found() -> Found:
        names = {"nullability": "not_null", "regex": "pattern", "min": "at_least", "max": "at_most", "nan": "finite", "inf": "finite"}
        rows: list[tuple[tuple[str, ...], str, int]] = []
        for name in failure.counts():
            column, _, rule = name.rpartition("|")
            said = "unique_event_id" if rule == "primary_key" else names.get(rule, rule).removeprefix("check__")
            rows += [((said,), column or ABOUT[said], row) for row in details.filter(details[name] == "invalid")["row"]]
        return _grouped(rows)

    return found


def pointblank(path: Path, actors: Path) -> Callable[[], Found]:
    """The whole frame in memory; every failing row is extracted."""
    import pointblank as pb
    import polars as pl

    col, frame, known = pl.col, pl.read_parquet(path), pl.read_parquet(actors)
    steps: list[tuple[tuple[str, ...], str]] = []
    checks = pb.Validate(frame)

    def step(rules: tuple[str, ...] | str, column: str, method: Callable[..., Any], *args: Any, **options: Any) -> None:
        steps.append(((rules,) if isinstance(rules, str) else rules, column))
        method(*args, **options)

    for name in ("event_id", "event_type", "country", "actor_id", "start", "source", "source_number"):
        step("not_null", name, checks.col_vals_not_null, name)
    for name, codes in (("event_type", TYPES), ("country", COUNTRIES)):
        step("one_of", name, checks.col_vals_in_set, name, [*codes, None])
    texts = {"event_id": (f"evt-{SLUG}", 96), "actor_id": (SLUG, 96), "target_id": (SLUG, 96)}
    for name, (pattern, length) in (texts | {"place": (VISIBLE, 80), "source": (SOURCE, 100), "note": (VISIBLE, 600)}).items():
        step("pattern", name, checks.col_vals_regex, name, f"^(?:{pattern})$", na_pass=True)
        step("max_length", name, checks.col_vals_str_len, name, max_val=length, na_pass=True)
    ranges = {"latitude": (-90, 90), "longitude": (-180, 180), "source_number": (1, 2_000_000_000)}
    for name, (low, high) in (ranges | dict.fromkeys(("deaths_low", "deaths_best", "deaths_high"), (0, 100_000))).items():
        step(RANGE, name, checks.col_vals_between, name, low, high, na_pass=True)
    for name in ("latitude", "longitude"):
        step("finite", name, checks.col_vals_expr, col(name).is_finite().fill_null(value=True))
    for name in ("actor_id", "target_id"):
        step("references_actors", name, checks.col_vals_in_table, name, known, "actor_id", na_pass=True)
    step("unique_event_id", "event_id", checks.rows_distinct, ["event_id"])
    step("unique_source_source_number", "source", checks.rows_distinct, ["source", "source_number"])
    for name, other in (("deaths_low", "deaths_best"), ("deaths_best", "deaths_high"), ("start", "end")):
        step(f"{name}_not_above_{other}", name, checks.col_vals_le, name, pb.col(other), na_pass=True)
    step("actor_id_differs_from_target_id", "actor_id", checks.col_vals_ne, "actor_id", pb.col("target_id"), na_pass=True)
    exprs = {
        "target_id_required_if_event_type": ~col("event_type").is_in(TARGETED) | col("target_id").is_not_null(),
        "deaths_best_null_if_event_type": (col("event_type") != "agreement") | col("deaths_best").is_null(),
        "together_latitude_longitude": col("latitude").is_null() == col("longitude").is_null(),
        "any_of_place_latitude": col("place").is_not_null() | col("latitude").is_not_null(),
    }
    for name, expr in exprs.items():
        step(name, ABOUT[name], checks.col_vals_expr, expr.fill_null(value=True))
    extracts = checks.interrogate(collect_tbl_checked=False, extract_limit=frame.height).get_data_extracts()
    return lambda: {steps[i - 1]: [row - 1 for row in extract["_row_num_"]] for i, extract in extracts.items() if extract is not None and len(extract)}


def pydantic(path: Path, actors: Path) -> Callable[[], Found]:
    """Batches of rows as Python objects; uniqueness and references by sets."""
    from typing import Annotated, Literal, Self

    import pyarrow.parquet as pq
    from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
    from pydantic_core import PydanticCustomError

    whole, slug = Field(ge=0, le=100_000), Field(pattern=f"^(?:{SLUG})$", max_length=96)

    class Row(BaseModel):
        model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
        event_id: Annotated[str, Field(pattern=f"^(?:evt-{SLUG})$", max_length=96)]
        event_type: Literal[tuple(TYPES)]  # type: ignore[valid-type]
        country: Literal[tuple(COUNTRIES)]  # type: ignore[valid-type]
        actor_id: Annotated[str, slug]
        target_id: Annotated[str, slug] | None
        place: Annotated[str, Field(pattern=f"^(?:{VISIBLE})$", max_length=80)] | None
        latitude: Annotated[float, Field(ge=-90, le=90)] | None
        longitude: Annotated[float, Field(ge=-180, le=180)] | None
        start: date
        end: date | None
        deaths_low: Annotated[int, whole] | None
        deaths_best: Annotated[int, whole] | None
        deaths_high: Annotated[int, whole] | None
        civilians: bool | None
        source: Annotated[str, Field(pattern=f"^(?:{SOURCE})$", max_length=100)]
        source_number: Annotated[int, Field(ge=1, le=2_000_000_000)]
        note: Annotated[str, Field(pattern=f"^(?:{VISIBLE})$", max_length=600)] | None

        @model_validator(mode="after")
        def across(self) -> Self:
            if broken := _broken(self.__dict__):
                raise PydanticCustomError(broken, "a rule over several columns")  # type: ignore[arg-type]
            return self

    model, problems = TypeAdapter(list[Row]), []
    known = set(pq.read_table(actors)["actor_id"].to_pylist())
    seen: tuple[defaultdict[Any, list[int]], ...] = (defaultdict(list), defaultdict(list))
    first = 0
    for batch in pq.ParquetFile(path).iter_batches(16_384):
        rows = batch.to_pylist()
        try:
            model.validate_python(rows)
        except ValidationError as errors:
            told = [(error, *error["loc"], "") for error in errors.errors()]
            problems += [(error["type"], column, first + row, error["input"]) for error, row, column, *_ in told]
        for number, row in enumerate(rows, first):
            seen[0][row["event_id"]].append(number)
            seen[1][row["source"], row["source_number"]].append(number)
            problems += [("references_actors", c, number, row[c]) for c in ("actor_id", "target_id") if row[c] is not None and row[c] not in known]
        first += len(rows)
    for name, rows_of in zip(("unique_event_id", "unique_source_source_number"), seen, strict=True):
        problems += [(name, "", number, key) for key, numbers in rows_of.items() if len(numbers) > 1 and key is not None for number in numbers]

    def found() -> Found:
        names = {"string_pattern_mismatch": "pattern", "string_too_long": "max_length", "literal_error": "one_of", "finite_number": "finite"}
        names |= {"greater_than_equal": "at_least", "less_than_equal": "at_most"}
        said = (("not_null" if value is None else names.get(rule, rule), column, row) for rule, column, row, value in problems)
        return _grouped(((rule,), ABOUT.get(rule, column), row) for rule, column, row in said)

    return found


def _broken(row: Any) -> str | None:
    """The rule over several columns that a row of Python values breaks, one after the other."""
    if row["deaths_best"] is not None and row["deaths_low"] is not None and row["deaths_low"] > row["deaths_best"]:
        return "deaths_low_not_above_deaths_best"
    if row["deaths_best"] is not None and row["deaths_high"] is not None and row["deaths_best"] > row["deaths_high"]:
        return "deaths_best_not_above_deaths_high"
    if row["end"] is not None and row["start"] is not None and row["start"] > row["end"]:
        return "start_not_above_end"
    if row["target_id"] is None and row["event_type"] in TARGETED:
        return "target_id_required_if_event_type"
    if row["event_type"] == "agreement" and row["deaths_best"] is not None:
        return "deaths_best_null_if_event_type"
    if (row["latitude"] is None) != (row["longitude"] is None):
        return "together_latitude_longitude"
    if row["place"] is None and row["latitude"] is None:
        return "any_of_place_latitude"
    return "actor_id_differs_from_target_id" if row["actor_id"] is not None and row["actor_id"] == row["target_id"] else None


def frictionless(path: Path, actors: Path) -> Callable[[], Found]:
    """The file as CSV, written before the clock starts (its Parquet goes through pandas, which makes whole numbers with gaps to decimals)."""
    from frictionless import Check, Checklist, Package, Resource, errors, system

    def field(name: str, kind: str, *, required: bool = False, **constraints: Any) -> dict[str, Any]:
        more = {"floatNumber": True} if kind == "number" else {}
        return {"name": name, "type": kind, "constraints": {**({"required": True} if required else {}), **constraints}, **more}

    class Across(Check):
        type = "across"
        Errors = [errors.RowConstraintError]

        def validate_row(self, row: Any) -> Iterable[errors.RowConstraintError]:
            if broken := _broken(row):
                yield errors.RowConstraintError.from_row(row, note=broken)

    deaths = [field(name, "integer", minimum=0, maximum=100_000) for name in ("deaths_low", "deaths_best", "deaths_high")]
    fields = [
        field("event_id", "string", required=True, unique=True, pattern=f"evt-{SLUG}", maxLength=96),
        field("event_type", "string", required=True, enum=TYPES),
        field("country", "string", required=True, enum=COUNTRIES),
        field("actor_id", "string", required=True, pattern=SLUG, maxLength=96),
        field("target_id", "string", pattern=SLUG, maxLength=96),
        field("place", "string", pattern=VISIBLE, maxLength=80),
        field("latitude", "number", minimum=-90, maximum=90),
        field("longitude", "number", minimum=-180, maximum=180),
        field("start", "date", required=True),
        field("end", "date"),
        *deaths,
        field("civilians", "boolean"),
        field("source", "string", required=True, pattern=SOURCE, maxLength=100),
        field("source_number", "integer", required=True, minimum=1, maximum=2_000_000_000),
        field("note", "string", pattern=VISIBLE, maxLength=600),
    ]
    links = [{"fields": [c], "reference": {"resource": "actors", "fields": ["actor_id"]}} for c in ("actor_id", "target_id")]
    schema = {"fields": fields, "primaryKey": ["source", "source_number"], "foreignKeys": links}
    with system.use_context(trusted=True):
        resources = [{"name": path.stem, "path": str(path.with_suffix(".csv")), "schema": schema}, {"name": "actors", "path": str(actors.with_suffix(".csv"))}]
        package = Package(resources=[Resource.from_descriptor(one) for one in resources])
        report = package.validate(Checklist(checks=[Across()]), limit_errors=1_000_000_000)

    def found() -> Found:
        names = {"required": "not_null", "enum": "one_of", "pattern": "pattern", "minimum": "at_least", "maximum": "at_most", "maxLength": "max_length"}
        kinds = {"unique-error": "unique_event_id", "primary-key": "unique_source_source_number", "foreign-key": "references_actors"}
        rows: list[tuple[tuple[str, ...], str, int]] = []
        for error in report.tasks[0].errors:
            rule = kinds.get(error.type) or (error.note if error.type == "row-constraint" else names.get(error.note.split('"')[1], error.note))
            column = getattr(error, "field_name", "") or (error.field_names[0] if error.type == "foreign-key" else "")
            rows.append(((rule,), ABOUT.get(rule, column), error.row_number - 2))
        return _grouped(rows)

    return found


def _grouped(broken: Iterable[tuple[tuple[str, ...], str, int]]) -> Found:
    found: defaultdict[tuple[tuple[str, ...], str], set[int]] = defaultdict(set)
    for rules, column, row in broken:
        found[rules, column].add(row)
    return dict(found)


def differences(found: Found, truth: Iterable[tuple[str, str, int]]) -> dict[str, tuple[int, int]]:
    """Where a contender differs from the truth: check -> (rows that it missed, rows that it named without need)."""
    expected = _grouped(((rule,), column, row) for rule, column, row in truth)
    differ, told = {}, set()
    for (rules, column), rows in found.items():
        told |= {(rule, column) for rule in rules}
        true = {row for rule in rules for row in expected.get(((rule,), column), ())}
        if true != set(rows):
            differ[f"{column} {'+'.join(rules)}"] = (len(true - set(rows)), len(set(rows) - true))
    return differ | {f"{column} {rule}": (len(set(rows)), 0) for ((rule,), column), rows in expected.items() if (rule, column) not in told}


_NULLS = "counts rows without a key as equal to each other"
_PARTIAL = "tells the later one of two equal rows only; takes NaN and infinity for numbers, and NaN for one below the minimum"
CONTENDERS = {
    "scan": Contender("bare scan: `sink_batches`, all columns decoded", scan, ("polars",)),
    "null-counts": Contender("nulls counted: `select(pl.all().null_count())`", null_counts, ("polars",)),
    "ours": Contender("mali_dataset", ours, ("mali-dataset", "polars")),
    "ours-duckdb": Contender("mali_dataset, DuckDB", lambda path, actors: ours(path, actors, "duckdb"), ("mali-dataset", "duckdb")),
    "dataframely": Contender("dataframely, lazy", dataframely, ("dataframely", "polars"), most=10_000_000, remark=f"{_NULLS}; measures texts in bytes"),
    "pandera-polars": Contender("pandera, polars frame", pandera_polars, ("pandera", "polars"), most=10_000_000, remark=_NULLS),
    "pandera-lazy": Contender("pandera, polars lazy", partial(pandera_polars, lazy=True), ("pandera", "polars"), most=1_000_000, remark=_NULLS),
    "pointblank": Contender("pointblank, polars frame", pointblank, ("pointblank", "polars"), most=10_000_000, remark=_NULLS),
    "pandera-pandas": Contender("pandera, pandas on Arrow", pandera_pandas, ("pandera", "pandas"), most=10_000_000),
    "pydantic": Contender("pydantic, batches of rows", pydantic, ("pydantic", "pyarrow"), share=100, remark="stops at the first fault of a value"),
    "frictionless": Contender("frictionless, CSV", frictionless, ("frictionless",), share=500, remark=_PARTIAL),
}


def main(name: str, path: Path, actors: Path, warm: Path, times: int) -> dict[str, Any]:
    """Run a contender: once on a small file for the imports, then `times` on the file that counts."""
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # when memory ends, this process goes and no other
    run, seconds = CONTENDERS[name].run, []
    run(warm, actors)
    for _ in range(times):
        began = time.perf_counter()
        found = run(path, actors)
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return {"seconds": seconds, "peak": peak, "differences": differences(found(), truth)}


if __name__ == "__main__":
    contender, file, actors_file, small, rounds = sys.argv[1:]
    print(json.dumps(main(contender, Path(file), Path(actors_file), Path(small), int(rounds))))
