"""The benchmark's own table: clean data are clean, and spoiled data are spoiled exactly where the generator says."""

import importlib.util
import sys

import polars as pl
import pytest

from mali_dataset.schema import References, RowCount
from mali_dataset.schema.forms.expressions import broken_rows
from mali_dataset.schema.plan import Limit, plan
from tests.conftest import ROOT


def _module(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and the scripts themselves look each other up by name.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


events, generate, competitors, validation = (_module(name) for name in ("events", "generate", "competitors", "validation"))


def broken(frame, actors, table):
    """Every broken check as (rule, column, row), found rule by rule."""
    found = set()
    for rule in plan(table):
        if isinstance(rule, RowCount):
            continue
        if isinstance(rule, References):
            known = frame[rule.column].is_null() | frame[rule.column].is_in(actors["actor_id"].implode())
            rows = (~known).arg_true()
        else:
            rows = broken_rows(rule, frame)
        found |= {(rule.name, rule.about, row) for row in rows}
    return found


@pytest.mark.parametrize("order", ["ascending", "shuffled"])
@pytest.mark.parametrize("seeded", [False, True])
def test_exactly_the_recorded_rows_are_broken(tmp_path, order, seeded):
    generate.write_actors(tmp_path / "actors.parquet")
    truth = generate.generate(tmp_path / "events.parquet", 3_000, seeded=seeded, order=order, share=0.02)
    frame, actors = pl.read_parquet(tmp_path / "events.parquet"), pl.read_parquet(tmp_path / "actors.parquet")
    assert frame.shape == (3_000, 17)
    assert frame["event_id"].drop_nulls().is_sorted() == (order == "ascending" and not seeded)
    assert broken(frame, actors, events.Event) == set(truth)
    assert bool(truth) == seeded


def test_every_check_that_a_file_can_break_has_its_share():
    seeded = {check for breaks, _ in generate.defects() for check in breaks}
    checks = {
        (rule.name, rule.about) for rule in plan(events.Event) if not (isinstance(rule, Limit) and rule.limit == "type") and not isinstance(rule, RowCount)
    }
    assert seeded == checks


def test_equal_seeds_give_equal_files_in_pieces_of_any_row_group(tmp_path, monkeypatch):
    for name in ("one", "other"):
        generate.generate(tmp_path / name, 3_000, seeded=True)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    monkeypatch.setattr(generate, "GROUP", 1_000)
    truth = generate.generate(tmp_path / "pieces", 2_001, seeded=True, share=0.02)
    assert pl.read_parquet(tmp_path / "pieces").height == 2_001
    assert max(row for *_, row in truth) > 1_000


def test_reports_with_composites_are_clean(tmp_path):
    generate.generate_reports(tmp_path / "reports.parquet", 3_000)
    frame = pl.read_parquet(tmp_path / "reports.parquet")
    assert frame.height == 3_000
    assert broken(frame, None, events.Report) == set()


def test_too_few_rows_to_spoil_are_refused(tmp_path):
    with pytest.raises(ValueError, match="too few"):
        generate.generate(tmp_path / "few.parquet", 10, seeded=True)


def test_contenders_check_against_the_codes_and_forms_of_the_definition():
    fields = events.Event.fields
    assert [*fields["event_type"].codes] == competitors.TYPES
    assert [*fields["country"].codes] == competitors.COUNTRIES
    assert fields["source"].pattern == competitors.SOURCE
    assert {(rule.name, rule.about) for rule in events.Event.rules if not isinstance(rule, RowCount)} <= set(competitors.ABOUT.items())


def test_differences_are_told_by_check_and_number_of_rows():
    truth = [("at_most", "deaths", 1), ("at_least", "deaths", 2), ("pattern", "place", 3), ("not_null", "start", 4)]
    found = {(competitors.RANGE, "deaths"): [1, 2], (("pattern",), "place"): [5]}
    assert competitors.differences(found, truth) == {"place pattern": (1, 1), "start not_null": (1, 0)}


def test_this_package_finds_what_was_spoiled(tmp_path):
    generate.write_actors(tmp_path / "actors.parquet")
    truth = generate.generate(tmp_path / "events.parquet", 3_000, seeded=True, share=0.02)
    assert competitors.differences(competitors.ours(tmp_path / "events.parquet", tmp_path / "actors.parquet")(), truth) == {}


def test_the_page_shows_ratios_to_the_scan_and_what_was_scaled_or_broke():
    one = {"seconds": 0.5, "peak": 2e8, "rows": 200_000, "differences": {}}
    results = {f"{name} 200000 {kind}": one | {"seconds": seconds} for name, seconds in (("scan", 0.5), ("ours", 1.25)) for kind in ("clean", "seeded")}
    results |= {f"pydantic 200000 {kind}": one | {"rows": 100_000, "differences": {"start not_null": (2, 1)}} for kind in ("clean", "seeded")}
    results |= {"pandera-lazy 200000 seeded": {"rows": 200_000, "error": "out of memory"}}
    text = validation.page(results, "shuffled")
    assert "| mali_dataset | 1.25 | 1.25 | 2.5 | 2.5 | 200 | all, none false |" in text
    assert "| pydantic, batches of rows (scaled from 100,000 rows) | 0.5 | 0.5 | 1.0 | 1.0 | 200 | 2 missed, 1 false |" in text
    assert "| pandera, polars lazy | | | | | | out of memory |" in text
    assert "of 100,000 rows: `start not_null` 2 missed, 1 false." in text
