"""Bases: every value stands on something, and each way in which it may not is named with file and line."""

import pytest

from mali_dataset.curation.compile import Compiled
from tests.conftest import FILES, Broken

COUPS, ACTORS, DEPLOYMENTS, CASUALTIES = "coups.yaml", "actors/actors.yaml", "deployments/mission.yaml", "casualties/mission.yaml"

FAULTS = [
    (ACTORS, "says: {kind: state, country: MLI}", "says: {kind: state}", "no_basis", "country", "no claim supports it"),
    (DEPLOYMENTS, "says: {start: 2022-01-15, start_kind: planned}", "says: {start: 2022-01-15}", "no_basis", "start_kind", "no claim supports it"),
    (ACTORS, "says: {kind: state, country: MLI}", "says: {kind: state, country: FRA}", "supports_apart", "country", "says 'FRA'"),
    (COUPS, "date: {value: 2012-03-22, stated: 22 March 2012}", "date: {value: 2012-03-21, stated: 22 March 2012}", "supports_apart", "date", "says '2012-03-21'"),
    (COUPS, "date: {value: 2012-03-22, stated: 22 March 2012}", "date: {value: 2012-03, stated: 22 March 2012}", "no_claim_within", "date", "no narrower than its evidence"),
    (COUPS, "  date: 2012-03-22\n  outcome", "  date: 2012-03\n  outcome", "wider_than_evidence", "date", "earliest"),
    (DEPLOYMENTS, '  end: "[2023-12-01..2023-12-31]"', '  end: "[2023-12-01..2024-12-31]"', "wider_than_evidence", "end", "2024-12-31"),
    (DEPLOYMENTS, "  count: 13500", '  count: ">=13000"', "wider_than_evidence", "count", "13000"),
    (DEPLOYMENTS, "  count: 13500", "  count: 13501", "supports_apart", "count", "says '13500'"),
    (COUPS, "  date: 2012-03-22\n  outcome", "  date: 2012-03-22~\n  outcome", "wider_than_evidence", "date", "approximate"),
    (COUPS, "      _existence: true\n", "      _existence: false\n", "supports_apart", "_existence", "does not support the record"),
    (COUPS, "  kind: military\n", "", "supports_nothing", "kind", "the record gives no value"),
    (COUPS, "{value: military, stated: soldiers}", "{value: military, verdict: rival, why: Another said so.}", "verdict_contradicts", "kind", "is called 'rival'"),
    (COUPS, "outcome: {rule: cou-1, from: [src-report-2022]}", "outcome: {rule: cou-2, from: [src-report-2022]}", "coded", "outcome", "Did you mean 'cou-1'?"),
    (COUPS, "outcome: {rule: cou-1, from: [src-report-2022]}", "outcome: {rule: cou-1, from: [src-paper-2023]}", "coded", "outcome", "no supporting claim of src-paper-2023"),
    (COUPS, "outcome: {rule: cou-1, from: [src-report-2022]}", "outcome: {rule: cou-1, from: []}", "coded", "outcome", "names its rule and its sources"),
    (COUPS, "outcome: {rule: cou-1, from: [src-report-2022]}", "outcome: cou-1", "coded", "outcome", "names its rule and its sources"),
    (COUPS, "outcome: {rule: cou-1, from: [src-report-2022]}", "outcome: {rule: cou-1, from: [src-report-2022], as: x}", "coded", "outcome", "names its rule and its sources"),
    (COUPS, "  coded:\n    outcome: {rule: cou-1, from: [src-report-2022]}\n", "  coded: cou-1\n", "coded", "coded", "a mapping of fields"),
    (COUPS, "outcome: {rule: cou-1,", "outcom: {rule: cou-1,", "unknown_field", "outcom", "Did you mean 'outcome'?"),
    (COUPS, "  outcome: successful\n", "  outcome: failed\n", "coded", "outcome", "yields coups.outcome = 'successful'"),
    ("rules.yaml", "  code: successful\n", "  code: failed\n", "coded", "outcome", "yields coups.outcome = 'failed'"),
    (CASUALTIES, "  end: 2015-12-31\n  evidence", "  end: 2015-12-31\n  count: 43\n  evidence", "computed_by_hand", "count", "never typed by hand"),
    (CASUALTIES, "    count: sum-of-parts", "    count: sum", "computed", "count", "there is no function 'sum'"),
    (CASUALTIES, "  computed:\n    count: sum-of-parts\n", "  computed: sum\n", "computed", "computed", "a mapping of fields"),
    (CASUALTIES, "  computed:\n    count: sum-of-parts\n", "  computed:\n    start: sum-of-parts\n    count: sum-of-parts\n", "computed_by_hand", "start", "never typed by hand"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "rule", "column", "says"), FAULTS, ids=[f"{fault[3]}-{n}" for n, fault in enumerate(FAULTS)])
def test_a_value_without_a_sound_basis_is_named_with_file_and_line(
    compile_with: Broken, name: str, old: str, new: str, rule: str, column: str, says: str
) -> None:
    problems = compile_with(name, old, new).problems
    found = [p for p in problems if (p.rule, p.column) == (rule, column) and says in p.message]
    assert found, "\n".join(map(str, problems))
    assert found[0].file == (COUPS if name == "rules.yaml" else name)
    assert found[0].line
    assert found[0].key


def test_a_fact_without_any_claim_is_refused(compile_with: Broken) -> None:
    text = "sites:\n- id: sit-a\n  title: A\n  kind: camp\n"
    found = {(p.rule, p.file, p.line) for p in compile_with(COUPS, "coups:\n", "coups:\n", add={"sites.yaml": text}).problems}
    assert found == {("no_evidence", "sites.yaml", 2), ("no_basis", "sites.yaml", 4)}


def test_records_that_are_no_facts_have_no_evidence(compile_with: Broken) -> None:
    problems = compile_with("sources.yaml", "  country: MLI\n", "  country: MLI\n  coded: {}\n").problems
    assert [(p.rule, p.file, p.column) for p in problems] == [("unknown_field", "sources.yaml", "coded")]


def test_every_value_has_exactly_one_basis_of_the_right_kind(compiled: Compiled) -> None:
    bases = {(b["record_id"], b["field"]): b for b in compiled.rows["bases"]}
    assert len(bases) == len(compiled.rows["bases"])
    assert bases["cou-2012-03-22", "date"]["basis"] == "stated"
    assert bases["cou-2012-03-22", "title"]["basis"] == "structural"
    assert (bases["cou-2012-03-22", "outcome"]["basis"], bases["cou-2012-03-22", "outcome"]["rule"]) == ("coded", "cou-1")
    assert (bases["cas-mission-killed", "count"]["basis"], bases["cas-mission-killed", "count"]["rule"]) == ("computed", "sum-of-parts")
    for record in compiled.records:
        if record.table.serves == "fact":
            for field, value in record.values.items():
                assert value is None or (record.key, field) in bases


def test_a_basis_counts_and_names_its_claims(compiled: Compiled) -> None:
    linked = {b["basis_id"]: 0 for b in compiled.rows["bases"]}
    for link in compiled.rows["basis_claims"]:
        linked[link["basis_id"]] += 1
    assert linked == {b["basis_id"]: b["claims"] for b in compiled.rows["bases"]}
    assert sum(linked.values()) > 20


def test_a_claim_of_another_verdict_supports_nothing(compiled: Compiled) -> None:
    others = {c.row["claim_id"] for c in compiled.claims if not c.supports}
    assert len(others) == 2
    assert not others & {link["claim_id"] for link in compiled.rows["basis_claims"]}


def test_a_sample_value_that_is_changed_is_always_noticed(compile_with: Broken) -> None:
    for old, new in (
        ("  kind: military\n", "  kind: counter-coup\n"),
        ("    role: leader\n", "    role: target\n"),
        ("    person: The Captain\n", "    person: The Colonel\n"),
    ):
        assert compile_with(COUPS, old, new).problems
    assert FILES[COUPS].count("role:") > 2
