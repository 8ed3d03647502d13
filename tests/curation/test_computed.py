"""Computed values: parts before wholes, and a problem where it cannot be done."""

import pytest

from mali_dataset.curation.compile import Compiled
from tests.conftest import FILES, Broken, line_of

CASUALTIES = "casualties/mission.yaml"


def test_a_whole_is_the_sum_of_its_complete_parts(compiled: Compiled) -> None:
    whole = next(row for row in compiled.rows["casualties"] if row["casualty_id"] == "cas-mission-killed")
    assert (whole["count"], whole["count_low"], whole["count_best"], whole["count_high"]) == ("43", 43, 43, 43)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2014-12-31, 28, row 2", '2014-12-31, "~28", row 2'),
        ("partition: year, is_complete: true}", "partition: year, is_complete: false}"),
        ("part_of_id: cas-mission-killed, partition: year, is_complete: true}", "note: alone}"),
    ],
)
def test_what_cannot_be_summed_is_a_problem_at_its_line(compile_with: Broken, old: str, new: str) -> None:
    compiled = compile_with(CASUALTIES, old, new)
    found = [p for p in compiled.problems if p.rule == "computed"]
    assert [(p.file, p.line, p.column, p.key) for p in found] == [
        (CASUALTIES, line_of(FILES[CASUALTIES], "count: sum-of-parts"), "count", "cas-mission-killed")
    ]
    assert "cas-mission-killed" not in {row["casualty_id"] for row in compiled.rows["casualties"]}


def test_a_whole_of_computed_wholes_is_computed_last(compile_with: Broken) -> None:
    old = "- id: cas-mission-injured"
    new = """- id: cas-all
  level: tally
  harm: killed
  area: mission
  start: 2013-01-01
  end: 2015-12-31
  evidence:
  - source: src-report-2022
    at: query all
    phrase: 2013-01-01 2015-12-31
    says: {start: 2013-01-01, end: 2015-12-31}
  computed: {count: sum-of-parts}
- id: cas-mission-injured"""
    text = FILES[CASUALTIES].replace(
        "  end: 2015-12-31\n  evidence", "  end: 2015-12-31\n  part_of_id: cas-all\n  partition: personnel\n  is_complete: true\n  evidence"
    )
    compiled = compile_with("coups.yaml", "coups:\n", "coups:\n", add={CASUALTIES: text.replace(old, new)})
    assert compiled.problems == []
    assert {row["casualty_id"]: row["count"] for row in compiled.rows["casualties"]}["cas-all"] == "43"
