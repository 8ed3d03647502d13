"""Spark finds the rows that polars finds, and counts them alike."""

import importlib.util
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mali_dataset.problems import ProblemsError
from mali_dataset.schema import Code, Expands, Key, Rule, Table, Text, Unique
from mali_dataset.schema.forms.expressions import ROW
from mali_dataset.schema.plan import Limit, plan
from mali_dataset.schema.rules import RowRule
from mali_dataset.validation import spark_engine
from mali_dataset.validation.polars_engine import PolarsEngine
from mali_dataset.validation.sources import find_files
from mali_dataset.validation.spark_engine import SparkEngine
from mali_dataset.validation.validate import validate
from tests.validation.toys import Toy, known, others, toys

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java"),
    pytest.mark.xdist_group("spark"),
    # PySpark warns of a newer pandas, which is not used here, and leaves its sockets to the end of the process.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


RULES = plan(Toy)
SOME = tuple(rule for rule in RULES if rule.about in ("toy_id", "ratio", "order") and isinstance(rule, Limit | RowRule | Unique))
# Each query of Spark takes its time: where the source is what matters, some rules do.
FEW = tuple(rule for rule in RULES if isinstance(rule, RowRule | Limit) and not (isinstance(rule, Expands) and rule.text != "count"))
TOYS = toys()
OTHERS = others(TOYS)


def run(engine: Any, rules: Iterable[Rule]) -> Iterator[tuple[Rule, pl.DataFrame]]:
    """All steps, one after the other."""
    for step in engine.steps(list(rules)):
        yield from step.run()


def found(engine: Any, rules: Iterable[Rule] = RULES) -> dict[str, list[tuple[int, str]]]:
    """Rows that break the rules of each name, each with the value that it has."""
    told: dict[str, list[tuple[int, str]]] = {}
    with closing(engine):
        for rule, frame in run(engine, [rule for rule in rules if set(rule.columns) <= set(engine.types)]):
            told.setdefault(rule.name, []).extend((row, repr(value)) for row, value in frame.select(ROW, rule.about).iter_rows())
    return {name: sorted(rows) for name, rows in told.items()}


def in_spark(session: Any, frame: pl.DataFrame) -> Any:
    return session.createDataFrame(frame.to_arrow())


@pytest.fixture(scope="session")
def own(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What an engine finds that starts a session, and whether the session is gone after it."""
    path = tmp_path_factory.mktemp("own") / "toys.parquet"
    TOYS.write_parquet(path, row_group_size=50)
    told = found(SparkEngine(path, Toy, others=OTHERS), SOME)
    from pyspark.sql import SparkSession

    return told, SparkSession.getActiveSession() is None


@pytest.fixture(scope="session")
def spark(own: Any) -> Iterator[Any]:
    assert own
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyspark.sql import SparkSession
    config = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.codegen.wholeStage": "false",
    }
    session = SparkSession.builder.master("local[2]").config(map=config).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


EXPECTED = found(PolarsEngine(TOYS, Toy, others=OTHERS))


def test_what_is_expected_is_what_is_known():
    assert {name: sorted({row for row, _ in rows}) for name, rows in EXPECTED.items()} == known()


def test_a_file_is_read_by_a_session_of_its_own(own: Any):
    told, gone = own
    assert told == found(PolarsEngine(TOYS, Toy, others=OTHERS), SOME)
    assert gone


def test_a_frame_of_spark_breaks_what_a_frame_of_polars_breaks(spark: Any):
    given = OTHERS | {"toys": TOYS.lazy(), "owners": in_spark(spark, OTHERS["owners"]), "boxes": OTHERS["boxes"].to_arrow()}
    assert found(SparkEngine(in_spark(spark, TOYS), Toy, others=given)) == EXPECTED
    assert spark.catalog.listTables() == []
    assert spark.range(1).count() == 1


def test_many_rows_come_in_parts(spark: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spark_engine, "AT_ONCE", 3)
    monkeypatch.setattr(spark_engine, "BATCH", 2)
    names = ("expands_start", "finite", "disjoint_start_end")
    rules = tuple(rule for rule in RULES if rule.name in names)
    engine = SparkEngine(in_spark(spark, TOYS), Toy, others={})
    assert max(frame.height for _, frame in run(engine, rules)) == 2
    assert found(engine, rules) == {name: EXPECTED[name] for name in names}


@pytest.mark.usefixtures("spark")
def test_rows_of_files_are_counted_through_all_files_in_their_order(tmp_path: Path):
    for n, name in enumerate(["a b%20.parquet", "b{x,y}.parquet", "c:d;e'\"`.parquet", "\u00e9+#&.parquet"]):
        TOYS[n * 17 : (n + 1) * 17].write_parquet(tmp_path / name, row_group_size=5)
    assert TOYS.height <= 4 * 17
    assert found(SparkEngine(tmp_path, Toy, others={}), FEW) == found(PolarsEngine(TOYS, Toy, others={}), FEW)


@pytest.mark.usefixtures("spark")
def test_folders_are_columns(tmp_path: Path):
    for n, value in enumerate(("false", "maybe", "true")):
        (tmp_path / f"mine={value}").mkdir()
        TOYS.drop("mine")[n * 20 : (n + 1) * 20].write_parquet(tmp_path / f"mine={value}" / "0.parquet")
    files = find_files(tmp_path)
    expected = found(PolarsEngine(files, Toy, others={}), FEW)
    assert expected["type"] == [(n, "'maybe'") for n in range(20, 40)]
    assert found(SparkEngine(files, Toy, others={}), FEW) == expected


ODD = {"select": "1.0", "ratio": "1.e", "bought": "2023-02-29", "mine": "True", "count_best": "9223372036854775808", "start_latest": "20230101"}


@pytest.mark.usefixtures("spark")
def test_cells_of_a_csv_file_are_read_as_polars_reads_them(tmp_path: Path):
    path, row = tmp_path / "toys.csv", pl.int_range(pl.len())
    texts = TOYS.with_columns(pl.all().cast(pl.String))
    texts.with_columns(pl.when(row == n).then(pl.lit(text)).otherwise(name).alias(name) for n, (name, text) in enumerate(ODD.items())).write_csv(path)
    expected = found(PolarsEngine(find_files(path), Toy, others={}), FEW)
    assert expected["type"] == [(n, repr(text)) for n, text in enumerate(ODD.values())]
    engine = SparkEngine(path, Toy, others={})
    assert engine.cells >= set(ODD)
    assert found(engine, FEW) == expected


def only(about: str, *names: str) -> list[Rule]:
    return [rule for rule in RULES if rule.about == about and rule.name in names]


def test_rows_of_a_frame_have_the_numbers_of_collect(spark: Any):
    plain = spark.createDataFrame(pl.DataFrame({"toy_id": [f"toy-{n}" for n in range(500)], "group": pl.Series([None] * 500, dtype=pl.String)}).to_arrow())
    few, none = plain.repartition(7).filter("toy_id like '%3'"), plain.filter("toy_id = 'none'")
    for made in (few, plain.orderBy("toy_id"), none):
        kept = made.persist()
        with closing(SparkEngine(kept, Toy, others={})) as engine:
            rows = pl.concat([pl.Series([], dtype=pl.Int64), *(frame[ROW].cast(pl.Int64) for _, frame in run(engine, only("group", "not_null")))])
            named, again = engine.keys(rows).sort(ROW), engine.keys(rows[::-1]).sort(ROW)
            assert engine.rows() == len(rows)
            assert engine.shapes == {None: [("toy_id", "string"), ("group", "string")]}
        assert named.rows() == list(enumerate(row.toy_id for row in kept.collect()))
        assert again.equals(named)
        kept.unpersist()


def test_a_frame_that_never_runs_twice_alike_runs_once(spark: Any):
    drawn = spark.range(0, 1000, 1, 4).selectExpr("concat('toy-', cast(rand() * 1e9 as bigint)) AS toy_id", "rand() - 90.5D AS ratio")
    with closing(SparkEngine(drawn, Toy, others={})) as engine:
        first, second = (pl.concat([frame for _, frame in run(engine, only("ratio", "at_least"))]).sort(ROW) for _ in range(2))
        assert first.equals(second)
        assert 0 < first.height < engine.rows() == 1000


def test_statistics_that_leave_nan_out_hide_no_row(spark: Any, tmp_path: Path):
    frame = pl.DataFrame({"toy_id": ["toy-1"] * 1000, "ratio": [float("nan") if n in (100, 900) else n / 1000 for n in range(1000)]})
    frame.write_parquet(tmp_path / "toys.parquet", row_group_size=100)
    for source in (tmp_path / "toys.parquet", in_spark(spark, frame)):
        with closing(SparkEngine(source, Toy, others={})) as engine:
            for rule in only("ratio", "at_most", "finite"):
                assert [row for _, told in run(engine, [rule]) for row in sorted(told[ROW])] == [100, 900]


def test_types_are_those_of_the_definition_where_nothing_is_lost(spark: Any):
    made = {
        "select": "CAST(1 AS TINYINT)",
        "ratio": "CAST(1 AS FLOAT)",
        "bought": "NULL",
        "count_low": "CAST(1 AS DECIMAL(5, 2))",
        "TOY_ID": "'a'",
        "toy_id": "'b'",
        "x.y": "1L",
    }
    source = spark.sql("SELECT " + ", ".join(f"{value} AS `{name}`" for name, value in made.items()))
    with closing(SparkEngine(source, Toy, others={})) as engine:
        kinds = {"select": "int64", "ratio": "float64", "bought": "date32", "count_low": "decimal(5,2)", "TOY_ID": "string", "toy_id": "string", "x.y": "int64"}
        assert engine.types == kinds
        assert engine.keys(pl.Series([0])).rows() == [(0, "b")]


@pytest.mark.usefixtures("spark")
def test_columns_of_nulls_and_narrow_numbers_are_read_from_files(tmp_path: Path):
    numbers = {"select": pa.array([-9, None], pa.int8()), "ratio": pa.array([-91, None], pa.float32()), "odd": pa.array([1, 2], pa.time64("us"))}
    pq.write_table(pa.table({"toy_id": ["toy-1", None], **numbers}), tmp_path / "narrow.parquet")
    pq.write_table(pa.table({"toy_id": ["toy-1", None], "group": pa.nulls(2), **numbers}), tmp_path / "nulls.parquet")
    pq.write_table(pa.table({"unknown": ["a", "b"]}), tmp_path / "unknown.parquet")
    for path in tmp_path.glob("*.parquet"):
        with closing(SparkEngine(path, Toy, others={})) as engine:
            assert engine.rows() == 2
        rules = tuple(only("toy_id", "not_null") + only("group", "not_null") + only("select", "at_least") + only("ratio", "at_least"))
        expected = found(PolarsEngine(find_files(path), Toy, others={}), rules)
        assert bool(expected) is (path.stem != "unknown")
        assert found(SparkEngine(path, Toy, others={}), rules) == expected


@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("change", [lambda frame: frame.drop("bought"), lambda frame: frame.with_columns(pl.lit("x").alias("Bought"))])
def test_files_with_other_columns_are_read_in_what_they_share(tmp_path: Path, change: Any):
    TOYS[:30].write_parquet(tmp_path / "0.parquet")
    change(TOYS[30:].cast({"select": pl.Int32})).write_parquet(tmp_path / "1.parquet")
    rules = tuple(rule for rule in FEW if "bought" not in rule.columns)
    assert found(SparkEngine(tmp_path, Toy, others={}), rules) == found(PolarsEngine(TOYS, Toy, others={}), rules)
    assert found(SparkEngine(tmp_path / "1.parquet", Toy, others={}), rules) == found(PolarsEngine(TOYS[30:], Toy, others={}), rules)


def test_days_out_of_the_calendar_are_found(spark: Any, tmp_path: Path):
    days = pl.Series([-800_000, 3_000_000, 0, -719_162], dtype=pl.Int32).cast(pl.Date)
    frame = TOYS[:4].with_columns(bought=days, start_latest=days)
    frame.write_parquet(tmp_path / "days.parquet")
    rules = [*only("bought", "type"), *only("start", "expands_start")]
    for source in (in_spark(spark, frame), tmp_path / "days.parquet"):
        with closing(SparkEngine(source, Toy, others={})) as engine:
            assert {rule.name: sorted(told[ROW]) for rule, told in run(engine, rules)} == {"type": [0, 1], "expands_start": [0, 1, 2, 3]}


@pytest.mark.usefixtures("spark")
def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path):
    path = tmp_path / "toys.parquet"
    TOYS.write_parquet(path)
    whole = path.read_bytes()
    footer = int.from_bytes(whole[-8:-4], "little") + 8
    path.write_bytes(b"PAR1" + bytes(len(whole) - footer - 4) + whole[-footer:])
    with pytest.raises(ProblemsError, match="unreadable|cannot be read"), closing(SparkEngine(path, Toy, others={})) as engine:
        list(run(engine, only("group", "one_of")))


def test_without_java_it_is_said_that_java_is_needed(tmp_path: Path):
    TOYS.write_parquet(tmp_path / "t.parquet")
    code = (
        "import sys; from mali_dataset.validation.validate import validate; from tests.validation.toys import Toy; validate(sys.argv[1], Toy, engine='spark')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t.parquet")],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "JAVA_HOME"} | {"PATH": str(tmp_path)},
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().splitlines()[-1].startswith("RuntimeError: Spark did not start; it needs Java 17 or newer")


def test_a_code_is_no_variable_of_spark(tmp_path: Path):
    made = type("Made", (Table,), {"__doc__": "One.", "name": "made", "key": "code", "code": Code("Code.", codes={"${x}": "A.", "$1": "B."})})
    pl.DataFrame({"code": ["${x}", "", "$1", "x"]}).write_parquet(tmp_path / "made.parquet")
    report = validate(tmp_path / "made.parquet", made, engine="spark")
    assert [(problem.row, problem.rule) for problem in report.problems] == [(1, "one_of"), (3, "one_of")]


class Page(Table):
    """A page whose lines repeat a group, which Java matches by recursion."""

    name = "pages"
    page_id = Key("Key.", prefix="pag")
    lines = Text("Lines.", pattern="(?:(?:[a-z]+ ?|-)*!?)*", max_length=10**7)
    notes = Text("Notes.", max_length=10**7, optional=True)


def test_long_texts_are_matched_by_patterns_that_repeat_groups(spark: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spark_engine, "LONG_AT_ONCE", 2)
    lines = [text * (size // len(text)) + end for text in ("ab -", "a-", "b") for size in (1_000, 1_004, 300_000) for end in ("", "?")]
    frame = pl.DataFrame({"page_id": [f"pag-{n}" for n in range(len(lines))], "lines": lines}).with_columns(notes="lines")
    wrong = [n for n, text in enumerate(lines) if text.endswith("?")]
    told = found(SparkEngine(in_spark(spark, frame), Page, others={}), plan(Page))
    assert {name: [row for row, _ in rows] for name, rows in told.items()} == {"pattern": wrong}
    assert told == found(PolarsEngine(frame, Page, others={}), plan(Page))


def test_what_java_would_try_in_all_ways_is_matched_here(spark: Any):
    class Word(Table):
        """A word."""

        name = "words"
        key = ("word",)
        word = Text("A word.", pattern="(?:(?:ab|[cd])+,?){1,900}")

    report = validate(in_spark(spark, pl.DataFrame({"word": ["abcd" * 20 + "!", "abcd" * 20]})), Word)
    assert [(problem.row, problem.rule) for problem in report.problems] == [(0, "pattern")]


def test_a_collation_of_spark_changes_no_verdict(spark: Any):
    class Bag(Table):
        """A bag."""

        name = "bags"
        bag_id = Key("Key.", prefix="bag")
        kind = Code("Kind.", codes={"x": "One.", "y": "Another."})
        rules = (Unique(("kind",)),)

    frame = spark.sql("SELECT a COLLATE UTF8_LCASE AS bag_id, b COLLATE UTF8_LCASE AS kind FROM VALUES ('bag-a', 'x'), ('bag-A', 'X') AS t(a, b)")
    report = validate(frame, Bag)
    assert [(problem.rule, problem.column, problem.row) for problem in report.problems] == [("pattern", "bag_id", 1), ("one_of", "kind", 1)]


def test_a_csv_file_without_known_columns_has_rows(spark: Any, tmp_path: Path):
    assert spark
    (tmp_path / "p.csv").write_text("a\n1\n2\n")
    report = validate(tmp_path / "p.csv", Page, engine="spark")
    assert report.rows == 2
    assert report.counts == {"missing_column": 3, "unknown_column": 1}


def test_frames_of_several_sessions_are_refused(spark: Any):
    mine = in_spark(spark, pl.DataFrame({"page_id": ["pag-1"]}))
    theirs = spark.newSession().createDataFrame(OTHERS["owners"].to_arrow())
    with pytest.raises(ValueError, match="`owners` is a frame of another session of Spark"):
        validate(mine, Toy, against={"owners": theirs})
