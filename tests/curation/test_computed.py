"""Computed values: parts before wholes, and a problem where it cannot be done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.curation.compile import Compiled
from mali_dataset.curation.computed import intersection
from mali_dataset.schema import When
from mali_dataset.schema.forms.strategies import edtf_texts
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


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["[..2023-03-01]", "[2023-02-10..]"], "[2023-02-10..2023-03-01]"),
        (["2023", "2023-02"], "[2023-02-01..2023-02-28]"),
        (["2023-02-10", "2023-02"], "2023-02-10"),
        (["[2023-02-10..]"], "[2023-02-10..]"),
        (["2022", "2023"], None),
        ([], None),
    ],
)
def test_the_days_that_all_claims_allow_are_their_intersection(texts: list[str], found: str | None) -> None:
    assert intersection(texts) == found


@given(st.lists(edtf_texts(), min_size=1, max_size=4))
def test_an_intersection_lies_within_each_of_its_dates(texts: list[str]) -> None:
    found = intersection(texts)
    if found is not None:
        assert {When("When.").relate(found, text) for text in texts} == {"within"}


DEPLOYMENTS = "deployments/mission.yaml"
PLAIN = '  start: "[..2014-05-31]"\n'


def test_a_date_may_be_the_intersection_of_its_claims(compile_with: Broken) -> None:
    compiled = compile_with(DEPLOYMENTS, PLAIN, "  computed: {start: intersection-of-claims}\n")
    assert compiled.problems == []
    row = next(row for row in compiled.rows["deployments"] if row["deployment_id"] == "dep-mission-state")
    assert (row["start"], str(row["start_latest"]), row["start_kind"]) == ("[..2014-05-31]", "2014-05-31", "actual")
    assert [b["rule"] for b in compiled.rows["bases"] if (b["record_id"], b["field"]) == ("dep-mission-state", "start")] == ["intersection-of-claims"]


def test_claims_that_leave_no_day_compute_nothing(compile_with: Broken) -> None:
    more = "  evidence:\n  - source: src-paper-2023\n    at: paragraph 11\n    phrase: since 2020\n    says: {start: 2020}\n"
    text = FILES[DEPLOYMENTS].replace(PLAIN + "  end_kind: ongoing\n  evidence:\n", "  end_kind: ongoing\n  computed: {start: intersection-of-claims}\n" + more)
    assert text != FILES[DEPLOYMENTS]
    problems = compile_with("coups.yaml", "coups:\n", "coups:\n", add={DEPLOYMENTS: text}).problems
    assert [(p.rule, p.file, p.line, p.column) for p in problems] == [("computed", DEPLOYMENTS, line_of(text, "intersection-of-claims"), "start")]
