"""Records: what they may hold, and every fault of one with its file and line."""

import pytest

from mali_dataset.curation.compile import Compiled
from tests.conftest import FILES, Broken, line_of, the_problem

COUPS, CASUALTIES, ACTORS, DEPLOYMENTS = "coups.yaml", "casualties/mission.yaml", "actors/actors.yaml", "deployments/mission.yaml"
SITE = "sites:\n- id: sit-a\n  title: A\n  kind: camp\n"

FAULTS = [
    # file, old text, new text, rule, column, what the message says
    (COUPS, "outcome: successful", "outcome: succesful", "one_of", "outcome", "Did you mean 'successful'?"),
    (COUPS, "outcome: successful\n", "outcom: successful\n", "unknown_field", "outcom", "Did you mean 'outcome'?"),
    (COUPS, "  date: 2012-03-22\n  outcome", "  date: 2012-02-30\n  outcome", "grammar", "date", "not a day of the calendar"),
    (COUPS, "  date: 2012-03-22\n  outcome", '  date: "[2012-04..2012-03]"\n  outcome', "grammar", "date", "runs backwards"),
    (COUPS, "  date: 2012-03-22\n  outcome", "  date: 22 March 2012\n  outcome", "grammar", "date", "EDTF subset"),
    (COUPS, "  date: 2012-03-22\n  outcome", "  date: [..2012-03-22]\n  outcome", "not_a_value", "date", "put it in quotes"),
    (COUPS, "  date: 2012-03-22\n  outcome", "  date: {a: b}\n  outcome", "not_a_value", "date", "not a list or a mapping"),
    (COUPS, "  date: 2012-03-22\n  outcome", "  date:\n  outcome", "not_a_value", "date", "is empty"),
    (COUPS, "  outcome: successful", "  end: 2012-03-21\n  outcome: successful", "date_not_after_end", "date", "is not after"),
    (COUPS, "- id: cou-2012-03-22", "- id: COU_2012", "pattern", "coup_id", "does not have the form"),
    (COUPS, "- id: cou-2012-03-22", "- id: dep-2012", "pattern", "coup_id", "does not have the form"),
    (COUPS, "coups:\n", "coup:\n", "unknown_table", None, "Did you mean 'coups'?"),
    (COUPS, "coups:\n", "claims:\n- claim_id: clm-a\ncoups:\n", "unknown_table", None, "that people write"),
    (COUPS, "coups:\n", "sites: none\ncoups:\n", "not_a_list", None, "a list of records"),
    (COUPS, "coups:\n", "sites: [none]\ncoups:\n", "not_a_mapping", None, "mapping of fields"),
    (COUPS, "    person: The Captain", "    coup_id: cou-2012-03-22\n    person: The Captain", "part_of_parent", "coup_id", "leave it out"),
    (COUPS, "  title: The coup", '  note: "' + "x" * 601 + '"\n  title: The coup', "too_long", "note", "at most 600"),
    (COUPS, "  title: The coup", '  note: "two\\nlines"\n  title: The coup', "pattern", "note", "does not have the form"),
    (COUPS, "  title: The coup", "  by_id: Act_x\n  title: The coup", "pattern", "by_id", "not an id of `actors`"),
    (COUPS, "  title: The coup of March 2012\n", "", "missing", "title", "`title` is missing"),
    (COUPS, "- id: cou-2012-03-22\n  title", "- title", "missing", "coup_id", "`id` is missing"),
    (DEPLOYMENTS, "  count: 13500", "  count: 13,500", "grammar", "count", "is not a count"),
    (DEPLOYMENTS, "  count: 13500", '  count: "300..250"', "grammar", "count", "runs backwards"),
    (DEPLOYMENTS, "  count: 13500", "  count: ১৩", "grammar", "count", "is not a count"),
    (DEPLOYMENTS, "  contributor_id: act-state\n  level: contribution\n  area: mali", "  level: contribution\n  area: mali", "contributor_id_required_if_level", "contributor_id", "given when"),
    (DEPLOYMENTS, "  level: mission\n", "  contributor_id: act-state\n  level: mission\n", "contributor_id_null_if_level", "contributor_id", "is empty when"),
    (CASUALTIES, "  columns: [id, start", "  unknown: 1\n  columns: [id, start", "series", None, "unknown"),
    (CASUALTIES, "  columns: [id, start, end, count, at, phrase]\n", "", "series", None, "a series has"),
    (CASUALTIES, "- table: casualties", "- table: casualtys", "series", None, "a series has"),
    (CASUALTIES, "  - [cas-mission-killed-2013, 2013-01-01, 2013-12-31, 3,", "  - [cas-mission-killed-2013, 2013-01-01, 3,", "series", None, "has 6 values"),
    (CASUALTIES, "series:\n- table", "series:\n- 3\n- table", "not_a_mapping", None, "mapping of fields"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "rule", "column", "says"), FAULTS, ids=[f"{rule}-{n}" for n, (*_, rule, _, _) in enumerate(FAULTS)])
def test_a_fault_is_named_with_file_line_field_and_what_to_do(
    compile_with: Broken, name: str, old: str, new: str, rule: str, column: str | None, says: str
) -> None:
    problems = [p for p in compile_with(name, old, new).problems if p.rule == rule]
    assert problems, "not noticed"
    problem = problems[0]
    assert problem.file == name
    assert problem.line
    assert (problem.column, says in problem.message) == (column, True), problem
    changed = FILES[name].replace(old, new).splitlines()
    first = FILES[name][: FILES[name].index(old)].count("\n") + 1
    assert first - 8 <= problem.line <= first + len(new.splitlines()) + 2, (problem.line, first, changed[problem.line - 1])


SITES = [
    ("  latitude: 91.0\n  longitude: 1\n  coordinates_basis: site\n", "range", "latitude"),
    ("  latitude: 1e1\n  longitude: 1\n  coordinates_basis: site\n", "grammar", "latitude"),
    ("  latitude: nan\n  longitude: 1\n  coordinates_basis: site\n", "grammar", "latitude"),
    ("  latitude: 16.27\n", "together_latitude_longitude_coordinates_basis", "latitude"),
]


@pytest.mark.parametrize(("lines", "rule", "column"), SITES)
def test_a_number_out_of_its_limits_is_refused(compile_with: Broken, lines: str, rule: str, column: str) -> None:
    compiled = compile_with(COUPS, "coups:\n", "coups:\n", add={"sites.yaml": SITE + lines})
    problem = the_problem([p for p in compiled.problems if p.column == column and p.rule != "no_basis"], rule)
    assert (problem.file, problem.line) == ("sites.yaml", 5)


@pytest.mark.parametrize(("value", "rule"), [("yes", "grammar"), ("True", "grammar"), ("1", "grammar")])
def test_a_flag_is_true_or_false(compile_with: Broken, value: str, rule: str) -> None:
    text = f"coup_codings:\n- id: cod-a\n  coup_id: cou-2012-03-22\n  source_id: src-report-2022\n  listed: {value}\n"
    problem = the_problem([p for p in compile_with(COUPS, "coups:\n", "coups:\n", add={"z.yaml": text}).problems if p.file == "z.yaml"], rule)
    assert (problem.line, problem.column) == (5, "listed")


@pytest.mark.parametrize("value", ["2026-13-01", "yesterday", "2026-11", "2026-02-30"])
def test_a_plain_day_is_a_day(compile_with: Broken, value: str) -> None:
    problem = the_problem(compile_with("sources.yaml", "read_on: 2026-11-01", f"read_on: {value}").problems, "grammar")
    assert (problem.line, problem.column) == (line_of(FILES["sources.yaml"], "read_on: 2026-11-01"), "read_on")


def test_parts_point_back_to_the_record_that_holds_them(compiled: Compiled) -> None:
    assert {(row["coup_person_id"], row["coup_id"]) for row in compiled.rows["coup_people"]} == {
        ("cpe-2012-leader", "cou-2012-03-22"),
        ("cpe-2012-deposed", "cou-2012-03-22"),
    }


def test_a_series_is_one_record_a_row_with_one_citation_each(compiled: Compiled) -> None:
    rows = {row["casualty_id"]: row for row in compiled.rows["casualties"]}
    part = rows["cas-mission-killed-2014"]
    assert (part["count_best"], part["part_of_id"], part["partition"], part["is_complete"]) == (28, "cas-mission-killed", "year", True)
    claims = [c.row for c in compiled.claims if c.row["record_id"] == "cas-mission-killed-2014"]
    assert {c["field"] for c in claims} == {"start", "end", "count"}
    assert len({c["citation_id"] for c in claims}) == 1


def test_a_broken_record_hides_no_other(compile_with: Broken) -> None:
    compiled = compile_with(ACTORS, "  kind: peace-operation\n  start", "  kind: nonsense\n  start")
    assert [row["actor_id"] for row in compiled.rows["actors"]] == ["act-state"]
    assert {p.rule for p in compiled.problems} == {"one_of"}


def test_the_sample_is_valid(compiled: Compiled) -> None:
    assert compiled.problems == []
    assert all(compiled.rows[name] for name in ("sources", "actors", "coups", "casualties", "claims", "citations", "bases", "basis_claims"))
