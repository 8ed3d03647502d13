"""DuckDB finds in every kind of source what is known to be wrong, says what cannot be read, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mali_dataset.problems import ProblemsError
from mali_dataset.schema import Code, Differ, Key, NotAbove, Number, Ref, Table, Text, Unique
from mali_dataset.schema.forms.expressions import ROW
from mali_dataset.schema.plan import Limit, plan
from mali_dataset.validation.duckdb_engine import DuckDBEngine
from mali_dataset.validation.sources import find_files
from mali_dataset.validation.validate import validate
from tests.validation.toys import Toy, known, others, toys

TOYS = toys()
OTHERS = others(TOYS)


def found(source, others=OTHERS, **options):
    """The rows that break the rules of each name; with the rows of a rule in order, and as they are in the table."""
    engine = DuckDBEngine(source, Toy, others=others, **options)
    try:
        assert engine.rows() == TOYS.height
        rows = {}
        for rule, frame in engine.failing(plan(Toy)):
            numbers = frame[ROW].to_list()
            assert numbers == sorted(numbers)
            assert frame[rule.about].equals(TOYS[rule.about][numbers])
            rows.setdefault(rule.name, set()).update(numbers)
        return {name: sorted(numbers) for name, numbers in rows.items()}
    finally:
        engine.close()


def run(source, others=OTHERS):
    engine = DuckDBEngine(source, Toy, others=others)
    try:
        return [engine.rows(), *engine.failing([rule for rule in plan(Toy) if {*rule.columns} <= engine.types.keys()])]
    finally:
        engine.close()


def relation(frame, con=None):
    con = con or duckdb.connect()
    con.register("frame", frame)
    con.execute("CREATE OR REPLACE TABLE toys AS FROM frame")
    con.unregister("frame")
    return con.table("toys")


def database(frame, folder, name="my toys.duckdb"):
    with duckdb.connect(folder / name) as con:
        relation(frame, con)
    return f"{folder / name}::toys"


def written(frame, path, how):
    path.parent.mkdir(parents=True, exist_ok=True)
    getattr(frame, f"write_{how}")(path)
    return find_files(path)


def several(frame, folder, how):
    for number, start in enumerate(range(0, frame.height, 23)):
        written(frame.slice(start, 23), folder / f"{number}.{how}", how)
    return find_files(folder)


SOURCES = {
    "polars": lambda frame, _: frame,
    "lazy": lambda frame, _: frame.lazy(),
    "pandas": lambda frame, _: frame.to_arrow().to_pandas(types_mapper=pd.ArrowDtype),
    "pyarrow": lambda frame, _: frame.to_arrow(),
    "relation": lambda frame, _: relation(frame),
    "database": database,
    "parquet": lambda frame, folder: written(frame, folder / "it's [1]*" / "t.parquet", "parquet"),
    "parquet files": lambda frame, folder: several(frame, folder, "parquet"),
    "path": lambda frame, folder: written(frame, folder / "t.parquet", "parquet").paths[0],
    "csv": lambda frame, folder: written(frame, folder / "it's [1]*.csv", "csv"),
    "csv files": lambda frame, folder: several(frame, folder, "csv"),
    "ipc": lambda frame, folder: written(frame, folder / "t.arrow", "ipc"),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_the_known_defects_are_found_in_every_kind_of_source(kind, tmp_path):
    assert found(SOURCES[kind](TOYS, tmp_path)) == known()


@pytest.mark.parametrize("kind", SOURCES)
def test_the_other_tables_may_be_of_every_kind(kind, tmp_path):
    made = {name: SOURCES[kind](other, tmp_path / name if (tmp_path / name).mkdir() is None else None) for name, other in OTHERS.items()}
    assert found(TOYS, made) == known()
    assert found(relation(TOYS), made) == known()


def test_tables_of_one_open_connection_are_checked_together_and_it_stays_as_it_was():
    with duckdb.connect(config={"memory_limit": "321MB", "threads": 1}) as con:
        toys = relation(TOYS, con)
        for name, other in OTHERS.items():
            con.execute(f'CREATE TABLE "my {name}" AS FROM other')
            assert other.height
        state = "SELECT name, value FROM duckdb_settings() ORDER BY ALL", "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal", "SHOW ALL TABLES"
        before = [con.sql(query).fetchall() for query in state]
        assert found(toys, {name: con.table(f'"my {name}"') for name in OTHERS}, memory="200MB") == known()
        assert [con.sql(query).fetchall() for query in state] == before
        assert toys.limit(1).fetchall()


def test_rows_of_a_large_csv_file_stay_in_order(tmp_path):
    frame = pl.DataFrame({"toy_id": [f"toy-{i}\n" for i in range(400_000)], "select": pl.int_range(400_000, eager=True)})
    for name, part in (("1", frame.head(300_000)), ("2", frame.tail(100_000))):
        part.write_csv(tmp_path / f"{name}.csv")
    engine = DuckDBEngine(find_files(tmp_path), Toy, others={})
    told = pl.concat(frame for _, frame in engine.failing([Limit("select", "at_least", 400_000)]))
    assert told[ROW].to_list() == told["select"].to_list() == list(range(400_000))
    assert engine.keys(pl.Series([399_999]))["toy_id"].to_list() == ["toy-399999\n"]
    engine.close()


def test_rows_of_a_relation_and_of_a_table_are_numbered_as_they_were_inserted(tmp_path):
    with duckdb.connect(tmp_path / "big.duckdb") as con:
        con.execute("CREATE TABLE big AS SELECT 'toy-' || i AS toy_id, i AS 'select' FROM range(300000) r(i)")
        con.execute('DELETE FROM big WHERE "select" % 100000 = 7')
        numbers = con.table("big").fetchall()
        for source in (con.table("big"), None):
            if source is None:
                con.close()
            engine = DuckDBEngine(source or f"{tmp_path}/big.duckdb::big", Toy, others={})
            frame = pl.concat(frame for _, frame in engine.failing([Limit("select", "at_least", 299_000)]))
            assert frame.rows() == [(i, row[1]) for i, row in enumerate(numbers) if row[1] < 299_000]
            engine.close()


@pytest.mark.parametrize("extra", ["extra", "file_index", "File_Row_Number"])
def test_rows_are_numbered_through_all_files(extra, tmp_path):
    for number in range(1, 8):
        frame = pl.DataFrame({"toy_id": [f"toy-{number}-{i}" for i in range(number * 3000)], extra: 5, "select": pl.int_range(number * 3000, eager=True)})
        frame.write_parquet(tmp_path / f"{number}.parquet", row_group_size=1000)
    whole = pl.read_parquet(sorted(tmp_path.iterdir()))
    engine = DuckDBEngine(find_files(tmp_path), Toy, others={})
    frame = pl.concat(frame for _, frame in engine.failing([Limit("select", "at_most", 3)]))
    assert frame[ROW].to_list() == whole.with_row_index(ROW).filter(pl.col("select") > 3)[ROW].to_list()
    some = pl.Series([17, 3, 20_000])
    assert engine.keys(some).rows() == [(n, whole["toy_id"][n]) for n in sorted(some)]
    engine.close()


@pytest.mark.parametrize("writer", ["polars", "pyarrow", "duckdb"])
def test_statistics_of_a_file_that_leave_nan_out_hide_no_row(writer, tmp_path):
    nan, path = float("nan"), tmp_path / "t.parquet"
    for kind in (pl.Float64, pl.Float32):
        frame = pl.DataFrame({"toy_id": "toy", "ratio": [nan if i in (100, 900) else i / 1000 for i in range(1000)], "limit": 0.9985}).with_columns(
            pl.col("ratio").cast(kind)
        )
        {
            "polars": lambda f: f.write_parquet(path, row_group_size=100),
            "pyarrow": lambda f: pq.write_table(f.to_arrow(), path, row_group_size=100),
            "duckdb": lambda f: duckdb.from_arrow(f.to_arrow()).write_parquet(str(path), row_group_size=100),
        }[writer](frame)
        with duckdb.connect() as con:
            for source in (find_files(path), con.read_parquet(str(path))):
                engine = DuckDBEngine(source, Toy, others={})
                rules = [
                    Limit("ratio", "at_most", 0.9985),
                    Limit("ratio", "finite", value=True),
                    NotAbove("ratio", "limit"),
                    Unique(("ratio",)),
                    Differ("ratio", "ratio"),
                ]
                rows = [frame[ROW].to_list() for _, frame in engine.failing(rules)]
                assert rows == [[100, 900, 999], [100, 900], [100, 900, 999], list(range(1000)), [100, 900]]
                engine.close()


def test_folders_of_partitions_are_columns_of_text_cells(tmp_path):
    for how in ("parquet", "csv"):
        for value in ("3", "x", "11"):
            written(pl.DataFrame({"toy_id": [f"toy-{value}"]}), tmp_path / how / f"select={value}" / f"t.{how}", how)
        engine = DuckDBEngine(find_files(tmp_path / how), Toy, others={})
        assert engine.types == {"toy_id": "string", "select": "int64"}
        assert engine.cells == {"select"}
        rules = [Limit("select", "type", "int64"), Limit("select", "at_most", 10)]
        assert [(rule.name, *frame.rows()) for rule, frame in engine.failing(rules)] == [("type", (2, "x")), ("at_most", (0, 11))]
        engine.close()


def test_narrower_types_are_taken_and_others_keep_their_name():
    with duckdb.connect() as con:
        made = con.sql("""SELECT 'x'::ENUM('x') AS "order", NULL AS bought, NULL AS extra, 3::UTINYINT AS "select", 1::FLOAT AS ratio, 2::HUGEINT AS count_low,
            1.5::DECIMAL(9, 2) AS "limit", TIMESTAMP '2020-01-01' AS start_latest, 4::UBIGINT AS count_high, TRUE AS mine, 5::UINTEGER AS count_best, 1 AS "Weird ""; name" """)
        engine = DuckDBEngine(made, Toy, others={})
        expected = {
            "order": "string",
            "bought": "date32",
            "extra": "NULL",
            "select": "int64",
            "ratio": "float64",
            "count_low": "HUGEINT",
            "limit": "DECIMAL(9,2)",
        }
        expected |= {"start_latest": "TIMESTAMP", "count_high": "UBIGINT", "mine": "bool", "count_best": "int64", 'Weird "; name': "int64"}
        assert engine.types == expected
        frames = {
            rule.about: frame[rule.about].dtype
            for rule, frame in engine.failing(
                [Limit("select", "at_most", 1), Limit("order", "one_of", ("y",)), Limit("ratio", "at_most", 0), Limit("bought", "not_null", value=True)]
            )
        }
        assert frames == {"select": pl.Int64, "order": pl.String, "ratio": pl.Float64, "bought": pl.Date}
        engine.close()


def test_a_day_that_python_does_not_know_fails_by_its_type_and_by_its_text():
    days = pl.Series("start_latest", [2932897, -719163, 2**31 - 1, 2932896], pl.Int32).cast(pl.Date)
    engine = DuckDBEngine(TOYS.head(4).with_columns(days), Toy, others={})
    rows = {
        rule.name: frame[ROW].to_list()
        for rule, frame in engine.failing([Limit("start_latest", "type", "date32"), *(r for r in plan(Toy) if r.name == "expands_start")])
    }
    assert rows == {"type": [0, 1, 2], "expands_start": [0, 1, 2, 3]}
    engine.close()


def test_keys_can_be_asked_while_rows_are_told():
    for source in (TOYS, relation(TOYS)):
        engine = DuckDBEngine(pl.concat([TOYS] * 1000) if source is TOYS else relation(pl.concat([TOYS] * 1000)), Toy, others={})
        frames = engine.failing([Limit("toy_id", "pattern", "x"), Unique(("toy_id",))])
        total = 0
        for _, frame in frames:
            assert engine.keys(frame[ROW].head(2)).height == min(2, frame.height)
            total += frame.height
        assert total == 2 * TOYS.height * 1000
        engine.close()


CSV = {
    "too few cells": (b"toy_id,order\na,b\nc\n", 3),
    "too many cells": (b"toy_id,order\na,b\nc,d,e\n", 3),
    "not UTF-8": (b"toy_id,order\na,b\nc,\xff\n", 3),
    "a quotation without end": (b'toy_id,order\na,b\nc,"d\n', 3),
}


@pytest.mark.parametrize("fault", CSV)
def test_a_csv_file_that_is_none_is_refused_with_file_and_line(fault, tmp_path):
    text, line = CSV[fault]
    (tmp_path / "bad.csv").write_bytes(text)
    with pytest.raises(ProblemsError) as error:
        DuckDBEngine(find_files(tmp_path), Toy, others={})
    (problem,) = error.value.problems
    assert (problem.rule, problem.table, problem.file) == ("unreadable", "toys", "bad.csv")
    assert problem.line == line or f"line {line} " in problem.message
    assert "\n" not in problem.message


def spoiled_page(path):
    pq.write_table(pa.table({"toy_id": [f"toy-{i}" for i in range(1000)]}), path, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    data[200:220] = b"\xff" * 20
    path.write_bytes(data)


SPOILED = {
    "bad.parquet": lambda path: path.write_bytes(b"PAR1 no such thing"),
    "none.parquet": lambda path: path.write_bytes(b""),
    "page.parquet": spoiled_page,
    "bad.arrow": lambda path: path.write_bytes(b"ARROW1 no such thing"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_file_that_cannot_be_read_is_named(name, tmp_path):
    SPOILED[name](tmp_path / name)
    with pytest.raises(ProblemsError) as error:
        run(find_files(tmp_path))
    (problem,) = error.value.problems
    assert (problem.rule, problem.file) == ("unreadable", name)
    with pytest.raises(ProblemsError):
        run(TOYS, OTHERS | {"toys": find_files(tmp_path)})


def test_a_database_or_a_table_that_is_not_there_is_named(tmp_path):
    there = database(TOYS, tmp_path)
    (tmp_path / "bad.duckdb").write_bytes(b"x" * 5000)
    with pytest.raises(FileNotFoundError, match="none.duckdb"):
        DuckDBEngine(f"{tmp_path}/none.duckdb::toys", Toy, others={})
    for source in (f"{tmp_path}/bad.duckdb::toys", there + "x"):
        with pytest.raises(ProblemsError) as error:
            DuckDBEngine(source, Toy, others={})
        assert error.value.problems[0].file == Path(source.partition("::")[0]).name
    assert not (tmp_path / "none.duckdb").exists()


@pytest.mark.parametrize("inside", ["of mine.toys", "of mine.seen", "toys.2024"])
def test_a_table_may_stand_in_a_schema_and_a_name_may_hold_a_dot(inside, tmp_path):
    path = database(TOYS, tmp_path).partition("::")[0]
    with duckdb.connect(path) as con:
        con.execute('CREATE SCHEMA "of mine"; CREATE TABLE "of mine".toys AS FROM main.toys; CREATE VIEW "of mine".seen AS FROM "of mine".toys')
        con.execute('ALTER TABLE main.toys RENAME TO "Toys.2024"')
    assert found(f"{path}::{inside}") == known()
    assert validate(f"{path}::{inside}", Toy, engine="polars").rows == TOYS.height


def test_a_relation_in_no_order_is_read_once():
    with duckdb.connect() as con:
        con.execute("CREATE TABLE big AS SELECT i % 100000 AS i FROM range(200000) r(i)")
        made = con.sql("SELECT 'toy-' || i AS toy_id, i::DOUBLE / 1000 AS ratio FROM (SELECT DISTINCT i FROM big)")
        report = validate(made, Toy, limit=None)
    told = {(problem.key, problem.value) for problem in report.problems if problem.rule == "at_most"}
    assert told
    assert told == {(key, value) for key, value in told if value == repr(int(key.removeprefix("toy-")) / 1000)}


@pytest.mark.parametrize("name", ["rowid", "RowID"])
def test_a_column_may_be_called_as_duckdb_calls_its_row_numbers(name, tmp_path):
    made = type("Made", (Table,), {"__doc__": "One.", "name": "made", "key": name, name: Number("Number.", minimum=0)})
    (tmp_path / "made.csv").write_text(f"{name}\n5\n-1\n-2\n")
    report = validate(tmp_path / "made.csv", made, engine="duckdb")
    assert [(problem.row, problem.key) for problem in report.problems] == [(1, "-1"), (2, "-2")]


def test_a_relation_that_fails_is_a_problem():
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t AS SELECT 'x' AS toy_id")
        failing = con.sql("SELECT 'toy' || CAST(toy_id AS INTEGER) AS toy_id FROM t")
        with pytest.raises(ProblemsError, match="cannot be read"):
            run(failing)


def test_files_with_other_columns_than_the_first_are_named(tmp_path):
    for how in ("parquet", "csv"):
        written(TOYS, tmp_path / how / f"1.{how}", how)
        written(TOYS.drop("order"), tmp_path / how / f"2.{how}", how)
        with pytest.raises(ProblemsError, match=f"2.{how}"):
            DuckDBEngine(find_files(tmp_path / how), Toy, others={})


MILLION = """
import sys
from pathlib import Path
import polars as pl
from mali_dataset.schema import Unique
from mali_dataset.schema.plan import Limit
from mali_dataset.validation.duckdb_engine import DuckDBEngine
from tests.validation.toys import Toy
engine = DuckDBEngine(sys.argv[1], Toy, others={}, memory="150MB")
rules = [Unique(("toy_id",)), Limit("toy_id", "max_length", 3)]
counts = {rule.name: 0 for rule in rules}
for rule, frame in engine.failing(rules):
    counts[rule.name] += frame.height
engine.close()
print(counts, *(line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
@pytest.mark.parametrize("how", ["parquet", "csv"])
def test_a_million_unique_texts_need_no_more_memory_than_allowed(how, tmp_path):
    path = tmp_path / f"million.{how}"
    with duckdb.connect() as con:
        made = con.sql("SELECT 'toy-' || md5(if(i = 500001, 7, i)::VARCHAR) AS toy_id FROM range(1000000) r(i)")
        made.write_parquet(str(path)) if how == "parquet" else made.write_csv(str(path), header=True)
    done = subprocess.run([sys.executable, "-c", MILLION, str(path)], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    counts, _, peak = done.stdout.strip().rpartition(" ")
    assert counts == "{'unique_toy_id': 2, 'max_length': 1000000}"
    # The libraries take a hundred MB before anything is read.
    assert int(peak) < 400_000


def test_a_cap_that_is_none_or_too_small_says_so(tmp_path):
    files = written(pl.DataFrame({"toy_id": [f"toy-{i}" for i in range(300_000)]}), tmp_path / "t.parquet", "parquet")
    with pytest.raises(ValueError, match="500MB"):
        DuckDBEngine(files, Toy, others={}, memory="much")
    engine = DuckDBEngine(files, Toy, others={}, memory=2_000_000)
    with pytest.raises(MemoryError, match="too small for `toys`"):
        list(engine.failing([Unique(("toy_id",))]))
    engine.close()


def test_nothing_stays_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    assert found(written(TOYS, tmp_path / "t.csv", "csv")) == known()
    (tmp_path / "bad.csv").write_bytes(b"a,b\n1\n")
    with pytest.raises(ProblemsError):
        run(find_files(tmp_path / "bad.csv"))
    with pytest.raises(TypeError):
        DuckDBEngine(7, Toy, others={})
    assert list((tmp_path / "temp").iterdir()) == []


@pytest.mark.parametrize("how", ["column", "connection"])
@pytest.mark.parametrize("source", ["table", "relation", "file", "view"])
def test_a_collation_changes_no_verdict(how, source, tmp_path):
    class Bag(Table):
        """A bag of a toy."""

        name = "bags"
        bag_id = Key("Key.", prefix="bag")
        kind = Code("What it is made of.", codes={"x": "Of one.", "y": "Of another."})
        toy_id = Ref("What is in it.", to="toys")
        label = Text("What is written on it.")
        rules = (Unique(("label",)), Differ("kind", "label"))

    frame = pl.DataFrame({"bag_id": ["bag-a", "bag-A"], "kind": ["x", "X"], "toy_id": ["toy-a", "toy-B"], "label": ["X", "x"]})
    toys = pl.DataFrame({"toy_id": ["toy-a", "toy-b"]})
    con = duckdb.connect(tmp_path / "b.duckdb")
    if how == "connection":
        con.execute("SET default_collation = 'nocase'")
    for name, data in (("bags", frame), ("others", toys)):
        columns = ", ".join(f"{column} VARCHAR{' COLLATE nocase' if how == 'column' else ''}" for column in data.columns)
        con.register("data", data)
        con.execute(f"CREATE TABLE {name} ({columns})")
        con.execute(f"INSERT INTO {name} FROM data")
    con.execute("CREATE VIEW seen AS FROM bags")
    if source in ("file", "view"):
        con.close()
        file = tmp_path / "b.duckdb"
        report = validate(f"{file}::{'bags' if source == 'file' else 'seen'}", Bag, against={"toys": f"{file}::others"})
    else:
        report = validate(con.table("bags") if source == "table" else con.sql("FROM bags WHERE true"), Bag, against={"toys": con.table("others")})
    assert report.counts == {"pattern": 2, "one_of": 1, "references_toys": 1} == validate(frame, Bag, against={"toys": toys}).counts


def test_a_view_in_no_order_is_read_once(tmp_path):
    with duckdb.connect(tmp_path / "v.duckdb") as con:
        con.execute(
            "CREATE VIEW bags AS SELECT 'bag-' || CASE WHEN x % 2 = 0 THEN x::TEXT ELSE 'X' || x END AS bag_id FROM range(50000) t(x) ORDER BY random()"
        )

    class Bag(Table):
        """A bag."""

        name = "bags"
        bag_id = Key("Key.", prefix="bag")

    report = validate(f"{tmp_path / 'v.duckdb'}::bags", Bag, limit=None)
    assert report.counts == {"pattern": 25_000}
    assert all(problem.key == problem.value for problem in report.problems)
    assert len({problem.row for problem in report.problems}) == 25_000


@pytest.mark.parametrize("kind", ["table", "view", "relation"])
def test_columns_that_are_called_like_ours_are_unknown(kind, tmp_path):
    with duckdb.connect(tmp_path / "o.duckdb") as con:
        con.execute("CREATE TABLE pairs AS SELECT 'a' AS low, 7 AS __row, 'b' AS __cell_low")
        con.execute("CREATE VIEW seen AS FROM pairs")
        report = validate(con.table("pairs"), Pair) if kind == "relation" else None
    report = report or validate(f"{tmp_path / 'o.duckdb'}::{'pairs' if kind == 'table' else 'seen'}", Pair)
    assert [(p.rule, p.column, p.row) for p in report.problems] == [
        ("unknown_column", "__row", None),
        ("unknown_column", "__cell_low", None),
        ("pattern", "low", 0),
    ]


class Pair(Table):
    """One text."""

    name = "pairs"
    key = ("low",)
    low = Text("A text.", pattern="b")


def test_a_csv_file_needs_no_buffers_for_rows_that_are_not_long(tmp_path):
    number = pl.int_range(400_000, eager=True)
    frame = pl.DataFrame({"low": "b" * 100 + number.cast(pl.String)})
    frame.write_csv(tmp_path / "low.csv")

    class Low(Table):
        """One text."""

        name = "lows"
        key = ("low",)
        low = Text("A text.", pattern="b+[0-9]+")

    assert validate(tmp_path / "low.csv", Low, engine="duckdb", memory="150MB").ok
    (tmp_path / "low.csv").write_text("low\n" + "b" * 3_000_000 + "1\nx\n")
    assert validate(tmp_path / "low.csv", Low, engine="duckdb").counts == {"pattern": 1, "max_length": 1}
