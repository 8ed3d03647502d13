"""From a value back to its sources, and where sources disagree."""

import pytest

import mali_dataset as mali
from mali_dataset.analysis.evidence import UnknownRecordError
from mali_dataset.release.read import UnknownTableError, rows_of
from mali_dataset.schema.table import authored_columns
from mali_dataset.tables import registry

pytestmark = pytest.mark.usefixtures("release")

FACTS = [name for name, table in registry().items() if table.serves == "fact"]


def test_every_value_has_a_basis_and_every_claim_its_place():
    found = mali.evidence("coups", "cou-2012-03-22")
    assert (found.table, found.key, found.record["outcome"]) == ("coups", "cou-2012-03-22", "successful")
    basis = {v.field: (v.basis, v.rule, len(v.claims)) for v in found.values}
    assert basis == {
        "_existence": ("existence", None, 2),
        "coup_id": ("structural", None, 0),
        "title": ("structural", None, 0),
        "date": ("stated", None, 1),
        "date_kind": ("structural", None, 0),
        "outcome": ("coded", "cou-1", 0),
        "kind": ("stated", None, 1),
    }


def test_a_claim_tells_who_says_what_where_and_why():
    wrong = next(claim for claim in mali.evidence("coups", "cou-2012-03-22").claims if claim.verdict == "error")
    assert (wrong.field, wrong.value, wrong.stated, wrong.speaker) == ("_existence", "false", "first coup in 2020", "an analyst")
    assert (wrong.source_id, wrong.title, wrong.publisher, wrong.published) == ("src-paper-2023", "What the paper says", "The Paper", "2023-08")
    assert (wrong.place, wrong.phrase) == ("paragraph 9", "the first coup in 2020")
    assert wrong.link == "https://paper.example/mali#:~:text=the%20first%20coup%20in%202020"
    assert wrong.why == "The seizure of March 2012 is established."


def test_evidence_reads_well():
    text = str(mali.evidence("coups", "cou-2012-03-22"))
    assert text.startswith("coups cou-2012-03-22\n")
    assert "  outcome = successful [coded by cou-1]" in text
    assert "    error: false, “the first coup in 2020” (an analyst)" in text
    assert "      The Paper: What the paper says, 2023-08, paragraph 9 [src-paper-2023]" in text
    assert "      why: The seizure of March 2012 is established." in text


@pytest.mark.parametrize("table", FACTS)
def test_every_record_of_every_table_of_facts_can_be_followed(table: str):
    said = 0
    for record in rows_of(table):
        key = next(iter(record.values()))
        found = mali.evidence(table, key)
        assert found.record == record
        filled = {name for name in authored_columns(registry()[table]) if record[name] is not None}
        assert {v.field for v in found.values if v.basis not in ("existence", "no value")} == filled
        said += len(found.claims)
    assert said == sum(claim["table"] == table for claim in rows_of("claims"))


def test_a_computed_value_names_its_function():
    value = next(v for v in mali.evidence("casualties", "cas-mission-killed").values if v.field == "count")
    assert (value.value, value.basis, value.rule) == ("43", "computed", "sum-of-parts")


def test_an_unknown_record_names_the_nearest():
    with pytest.raises(UnknownRecordError) as unknown:
        mali.evidence("coups", "cou-2012-03-23")
    assert str(unknown.value) == "there is no 'cou-2012-03-23' in `coups`. Did you mean 'cou-2012-03-22'?"


def test_a_retired_record_says_what_replaced_it():
    with pytest.raises(UnknownRecordError, match="'cou-2012-03-21' was retired in 0.1.0: It was the same coup.*; see cou-2012-03-22"):
        mali.evidence("coups", "cou-2012-03-21")


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UnknownTableError, match="Did you mean 'coups'"):
        mali.evidence("coup", "cou-2012-03-22")
    with pytest.raises(UnknownTableError, match="Did you mean 'coups'"):
        mali.rivals("coup")


def test_rivals_are_all_claims_that_do_not_support():
    found = mali.rivals().to_pylist()
    assert [(r["table"], r["record_id"], r["field"], r["verdict"]) for r in found] == [
        ("coups", "cou-2012-03-22", "_existence", "error"),
        ("strengths", "str-mission-2022-03", "count", "rival"),
    ]
    assert len(found) == sum(claim["verdict"] != "supports" for claim in rows_of("claims"))


def test_a_rival_stands_beside_our_reading():
    rival = mali.rivals("strengths").to_pylist()
    assert len(rival) == 1
    assert (rival[0]["reading"], rival[0]["value"], rival[0]["stated"]) == ("13500", "~12000", "about 12,000")
    assert rival[0]["why"] == "The paper rounds and names no day."
    assert (rival[0]["source_id"], rival[0]["publisher"], rival[0]["place"]) == ("src-paper-2023", "The Paper", "paragraph 5")


def test_a_reading_that_we_do_not_give_is_null():
    assert mali.rivals("coups").to_pylist()[0]["reading"] is None


def test_no_rivals_keep_their_columns():
    assert mali.rivals("deployments").num_rows == 0
    assert mali.rivals("deployments").column_names == mali.rivals().column_names
