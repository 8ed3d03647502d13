"""Evidence: every rule about citations and claims has a case that breaks it, with file and line."""

import pytest

from mali_dataset.curation.compile import Compiled
from mali_dataset.curation.evidence import content_id
from tests.conftest import FILES, Broken, line_of

COUPS, ACTORS, DEPLOYMENTS, CASUALTIES = "coups.yaml", "actors/actors.yaml", "deployments/mission.yaml", "casualties/mission.yaml"
WHY = ", why: The seizure of March 2012 is established."

FAULTS = [
    (COUPS, "source: src-paper-2023", "source: src-papre-2023", "dangling_reference", "Did you mean 'src-paper-2023'?"),
    (COUPS, WHY, "", "why_missing", "says `why`"),
    (COUPS, WHY, f"{WHY[:-1]}, see_record: cou-2020", "dangling_reference", "names no record"),
    (COUPS, "verdict: error", "verdict: wrong", "one_of", "is not a code of `verdict`"),
    (COUPS, "phrase: the first coup in 2020", "phrase: one two three four five six seven eight nine", "phrase_too_long", "has 9 words; at most 8"),
    (COUPS, "phrase: the first coup in 2020", "phrase:", "missing", "evidence needs `phrase`"),
    (COUPS, "phrase: the first coup in 2020", "phrase: [a]", "missing", "evidence needs `phrase`"),
    (COUPS, "phrase: the first coup in 2020", "phrase: the first coup\n    quote: in 2020", "unknown_field", "evidence has no 'quote'"),
    (COUPS, "at: paragraph 9", "att: paragraph 9", "unknown_field", "Did you mean 'at'?"),
    (COUPS, "_existence: {value: false", "_existence: {value: perhaps", "grammar", "true or false"),
    (COUPS, "_existence: {value: false", "_existense: {value: false", "unknown_field", "Did you mean '_existence'?"),
    (COUPS, "{value: military, stated: soldiers}", "{stated: soldiers}", "claim", "its own value"),
    (COUPS, "{value: military, stated: soldiers}", "[military]", "claim", "its own value"),
    (COUPS, "{value: military, stated: soldiers}", "{value: military, said: soldiers}", "unknown_field", "a claim has no 'said'"),
    (COUPS, "{value: military, stated: soldiers}", "{value: military, stated: [soldiers]}", "not_a_value", "`stated` is one value"),
    (COUPS, "{value: military, stated: soldiers}", "{value: militry, stated: soldiers}", "one_of", "the value of a claim"),
    (COUPS, "{value: military, stated: soldiers}", "{value: military, see_record: cou-2012-03-22}", "see_record", "does not point to another"),
    (COUPS, "date: {value: 2012-03-22, stated: 22 March 2012}", "date: {value: 2012-03-32, stated: 22 March 2012}", "grammar", "the value of a claim"),
    (COUPS, "      _existence: true\n", "", None, ""),
    (ACTORS, "says: {kind: state, country: MLI}", "says: state", "evidence", "`says` is a mapping"),
    (ACTORS, "says: {kind: state, country: MLI}", "says: {kind: state, country: MLI, colour: red}", "unknown_field", "has no field 'colour'"),
    (DEPLOYMENTS, "phrase: 13,500 uniformed on 31 January 2022", "phrase: the strength on 31 January 2022", "digits_not_in_phrase", "13500"),
    (DEPLOYMENTS, "says: {count: 13500, as_of: 2022-01-31}", "says: {count: {value: 13500, digits: ''}, as_of: 2022-01-31}", "not_a_value", "`digits`"),
    (CASUALTIES, "2014-12-31, 28, row 2, year 2014 killed 28]", "2014-12-31, 28, row 2, year 2014 killed many]", "digits_not_in_phrase", "28"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "rule", "says"), FAULTS, ids=[f"{fault[3]}-{n}" for n, fault in enumerate(FAULTS)])
def test_faulty_evidence_is_named_with_file_line_and_what_to_do(compile_with: Broken, name: str, old: str, new: str, rule: str | None, says: str) -> None:
    problems = compile_with(name, old, new).problems
    if rule is None:
        assert problems == []
        return
    found = [p for p in problems if p.rule == rule and says in p.message]
    assert found, "\n".join(map(str, problems))
    assert found[0].file == name
    first = FILES[name][: FILES[name].index(old)].count("\n") + 1
    assert found[0].line is not None
    assert abs(found[0].line - first) <= 4, (found[0].line, first)


@pytest.mark.parametrize("phrase", ["thirteen thousand five hundred uniformed", "13 500 uniformed", "13.500 hommes", "13.5 thousand"])
def test_digits_may_be_written_in_other_ways(compile_with: Broken, phrase: str) -> None:
    assert compile_with(DEPLOYMENTS, "phrase: 13,500 uniformed on 31 January 2022", f"phrase: {phrase}").problems == []


def test_digits_may_stand_elsewhere_when_the_claim_says_where(compile_with: Broken) -> None:
    changed = "says: {count: {value: 13500, digits: table 2}, as_of: 2022-01-31}"
    text = FILES[DEPLOYMENTS].replace("phrase: 13,500 uniformed on 31 January 2022", "phrase: the strength of the mission")
    compiled = compile_with(COUPS, "coups:\n", "coups:\n", add={DEPLOYMENTS: text.replace("says: {count: 13500, as_of: 2022-01-31}", changed)})
    assert compiled.problems == []
    assert [c.row["digits"] for c in compiled.claims if c.row["digits"]] == ["table 2"]


def test_the_evidence_of_a_record_is_a_list(compile_with: Broken) -> None:
    text = FILES[COUPS].partition("  evidence:\n  - source: src-report-2022\n    at: paragraph 8\n    phrase: soldiers")[0] + "  evidence: none\n"
    found = [p for p in compile_with("rules.yaml", "codebook_rules:\n", "codebook_rules:\n", add={COUPS: text}).problems if p.rule == "evidence"]
    assert [(p.file, "a list of places" in p.message) for p in found] == [(COUPS, True)]


def test_the_same_claim_twice_is_refused_at_the_second_line(compile_with: Broken) -> None:
    again = "  - source: src-report-2022\n    at: paragraph 2\n    phrase: A State in Africa\n    says: {kind: state}\n"
    compiled = compile_with(ACTORS, "    says: {kind: state, country: MLI}\n", f"    says: {{kind: state, country: MLI}}\n{again}")
    found = [p for p in compiled.problems if p.rule == "duplicate_claim"]
    assert [(p.file, p.line) for p in found] == [(ACTORS, FILES[ACTORS].count("\n") + 4)]


def test_a_claim_is_published_with_its_place_and_its_typed_value(compiled: Compiled) -> None:
    rival = next(c.row for c in compiled.claims if c.row["verdict"] == "rival")
    assert (rival["value"], rival["value_type"], rival["value_low"], rival["value_best"], rival["stated"]) == ("~12000", "count", None, 12000, "about 12,000")
    error = next(c.row for c in compiled.claims if c.row["verdict"] == "error")
    assert (error["field"], error["value"], error["value_type"], error["speaker"]) == ("_existence", "false", "flag", "an analyst")
    dated = next(c.row for c in compiled.claims if c.row["value"] == "2023-12")
    assert (str(dated["value_earliest"]), str(dated["value_latest"])) == ("2023-12-01", "2023-12-31")


def test_a_citation_links_to_its_phrase(compiled: Compiled) -> None:
    links = {c["locator"]: c["link"] for c in compiled.citations.values() if c["source_id"] == "src-report-2022"}
    assert links["paragraph 6"] == "https://council.example/report#:~:text=to%20deploy%20on%2015%20January%202022"
    assert links["row 1"] == "https://council.example/report"
    assert links["query killed"] == "https://council.example/report"


def test_ids_of_content_follow_content_only() -> None:
    assert content_id("cit", "a", "b") == content_id("cit", "a", "b")
    assert len({content_id("cit", "a", "b"), content_id("cit", "ab", ""), content_id("clm", "a", "b")}) == 3


def test_the_value_of_a_claim_is_its_own(compile_with: Broken) -> None:
    compiled = compile_with(COUPS, "date: {value: 2012-03-22, stated: 22 March 2012}", "date: {value: 2012-03, stated: March 2012}")
    assert [c.value for c in compiled.claims if c.field == "date" and c.row["table"] == "coups"] == ["2012-03"]
    assert line_of(FILES[COUPS], "date: {value") == next(c.line for c in compiled.claims if c.field == "date" and c.row["table"] == "coups")
