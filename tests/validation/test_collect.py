"""All problems go to a file, whole or not at all; those that are kept are shared fairly."""

import os
import signal
import subprocess
import sys
import time

import polars as pl
import pyarrow.parquet as pq
import pytest

from mali_dataset.validation.collect import fair
from mali_dataset.validation.validate import validate
from tests.validation.test_bad_input import ENGINES, Shop, shops

BAD = shops(3000, kind=pl.lit("zz"), ratio=pl.when(pl.col("visits") < 5).then(11.0).otherwise(0.5))
COUNTS = {"one_of": 3000, "at_most": 5}


@pytest.mark.parametrize(
    ("counts", "limit", "shares"),
    [
        ([], 5, []),
        ([3, 4], None, [3, 4]),
        ([3, 4], 7, [3, 4]),
        ([100, 2, 100], 12, [5, 2, 5]),
        ([100, 2, 100], 0, [0, 0, 0]),
        ([5, 5, 5], 1, [0, 0, 1]),
        ([1, 1, 1000], 3, [1, 1, 1]),
    ],
)
def test_a_limit_is_shared_fairly(counts: list[int], limit: int | None, shares: list[int]):
    assert fair(counts, limit) == shares


@pytest.mark.parametrize("engine", ENGINES)
def test_rare_problems_are_kept_beside_frequent_ones(engine):
    report = validate(BAD, Shop, limit=20, engine=engine)
    assert report.counts == COUNTS
    assert sorted(p.rule for p in report.problems) == ["at_most"] * 5 + ["one_of"] * 15
    assert [p.row for p in report.problems] == sorted(p.row for p in report.problems)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_all_problems_are_written(suffix, engine, tmp_path):
    out = tmp_path / f"all.{suffix}"
    report = validate(BAD.with_columns(more=1), Shop, limit=3, out=str(out), engine=engine)
    assert report.streamed == out
    assert len(report.problems) == 3
    rows = pl.read_parquet(out) if suffix == "parquet" else pl.read_csv(out)
    assert dict(rows["rule"].value_counts().iter_rows()) == COUNTS | {"unknown_column": 1}
    assert rows.filter(rule="at_most")["row"].to_list() == [0, 1, 2, 3, 4]
    assert rows.filter(rule="at_most")["key"].to_list() == [f"sho-{n}" for n in range(5)]
    whole = validate(BAD.with_columns(more=1), Shop, limit=None).problems.to_polars()
    assert rows.sort("rule", "row").select(whole.columns).cast(whole.schema).equals(whole.sort("rule", "row"))
    assert [p.name for p in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_sound_table_writes_an_empty_file(suffix, tmp_path):
    assert validate(shops(), Shop, out=tmp_path / f"o.{suffix}").ok
    assert (pl.read_parquet if suffix == "parquet" else pl.read_csv)(tmp_path / f"o.{suffix}").height == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_told_of_a_file_that_cannot_be_read_is_written(engine, tmp_path):
    (tmp_path / "s.parquet").write_bytes(b"PAR1")
    (tmp_path / "o.parquet").write_bytes(b"of yesterday")
    report = validate(tmp_path / "s.parquet", Shop, out=tmp_path / "o.parquet", engine=engine)
    assert pq.read_table(tmp_path / "o.parquet").equals(report.problems.to_arrow())


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, OSError])
def test_a_run_that_dies_leaves_nothing_behind(error, engine, suffix, tmp_path, monkeypatch):
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    BAD.write_csv(tmp_path / "s.csv")
    out = tmp_path / f"o.{suffix}"

    def die(*_: object) -> None:
        raise error("died")

    for old in (None, b"of yesterday"):
        if old:
            out.write_bytes(old)
        with pytest.raises(error, match="died"):
            validate(tmp_path / "s.csv", Shop, out=out, engine=engine, progress=die)
        assert (out.read_bytes() if out.exists() else None) == old
        assert {p.name for p in tmp_path.iterdir()} - {out.name} == {"s.csv", "temp"}
        assert list((tmp_path / "temp").iterdir()) == []


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_file_that_cannot_be_written_is_an_error_of_the_system(suffix, tmp_path):
    (tmp_path / f"d.{suffix}").mkdir()
    for out in (tmp_path / "none" / f"o.{suffix}", tmp_path / f"d.{suffix}"):
        with pytest.raises(OSError, match=f"none|d.{suffix}"):
            validate(BAD, Shop, out=out)
    assert [p.name for p in tmp_path.iterdir()] == [f"d.{suffix}"]


def test_a_source_is_not_written_over(tmp_path):
    BAD.write_parquet(tmp_path / "s.parquet")
    with pytest.raises(ValueError, match="which is read"):
        validate(tmp_path / "s.parquet", Shop, out=tmp_path / "." / "s.parquet")
    assert pl.read_parquet(tmp_path / "s.parquet").equals(BAD)


LONG = """
import sys
from mali_dataset.validation.validate import validate
from tests.validation.test_bad_input import Shop
validate(sys.argv[1], Shop, engine=sys.argv[2], out=sys.argv[3], limit=None, progress=lambda *a: print("step", flush=True))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_control_c_ends_a_long_run(engine, tmp_path):
    shops(1_000_000, kind=pl.lit("zz")).write_parquet(tmp_path / "s.parquet")
    (tmp_path / "temp").mkdir()
    command = [sys.executable, "-c", LONG, tmp_path / "s.parquet", engine, tmp_path / "o.parquet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path / "temp")}) as run:
        assert run.stdout
        assert run.stderr
        run.stdout.readline()
        run.send_signal(signal.SIGINT)
        asked = time.monotonic()
        said = run.stderr.read()
    assert "KeyboardInterrupt" in said.splitlines()[-1]
    assert time.monotonic() - asked < 10
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.parquet", "temp"]
    assert list((tmp_path / "temp").iterdir()) == []
