"""Who was there on a day: what is sure holds whatever the sources leave open."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mali_dataset as mali
from mali_dataset.analysis import presence as module
from mali_dataset.analysis.presence import presence
from mali_dataset.schema import edtf
from mali_dataset.schema.forms.strategies import edtf_texts
from tests.analysis.rows import reading, row

ACTORS = [row("actors", actor_id="act-m", title="The Mission", kind="peace-operation"), row("actors", actor_id="act-s", title="A State", kind="state")]


def spell(start: str | None, end: str | None, **kinds: str) -> dict[str, Any]:
    return row("deployments", deployment_id="dep-m", mission_id="act-m", level="mission", area="mali", start=start, end=end, **kinds)


def attest(as_of: str | None, published: str | None = "2022-06-01", **claim: str) -> dict[str, list[dict[str, Any]]]:
    """The evidence for a spell that a source calls ongoing."""
    said = {"table": "deployments", "record_id": "dep-m", "field": "end_kind", "value": "ongoing", "verdict": "supports", **claim}
    return {
        "sources": [row("sources", source_id="src-a", published=published)],
        "citations": [row("citations", citation_id="cit-a", source_id="src-a")],
        "claims": [row("claims", claim_id="clm-a", citation_id="cit-a", as_of=as_of, **said)],
    }


def seen(on: str | date, *spells: dict[str, Any], **evidence: list[dict[str, Any]]) -> str:
    with reading(module, actors=ACTORS, deployments=list(spells), **evidence):
        found = presence(on)
    assert len(found.surely) + len(found.possibly) <= len(spells)
    return "surely" if found.surely else "possibly" if found.possibly else "no"


@pytest.mark.parametrize(("on", "expected"), [("2013-06-30", "no"), ("2013-07-01", "surely"), ("2023-12-31", "surely"), ("2024-01-01", "no")])
def test_days_known_exactly(on: str, expected: str):
    assert seen(on, spell("2013-07-01", "2023-12-31")) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2021-11-30", "no"),
        ("2021-12-01", "possibly"),
        ("2021-12-30", "possibly"),
        ("2021-12-31", "surely"),
        ("2025-06-06", "surely"),
        ("2025-06-07", "possibly"),
        ("2025-06-08", "possibly"),
        ("2025-06-09", "no"),
    ],
)
def test_days_known_to_a_month_or_a_set(on: str, expected: str):
    assert seen(on, spell("2021-12", "[2025-06-06..2025-06-08]")) == expected


@pytest.mark.parametrize(("on", "expected"), [("2010-01-01", "possibly"), ("2014-05-31", "surely"), ("2015-01-01", "surely"), ("2015-01-02", "no")])
def test_a_start_that_was_merely_attested(on: str, expected: str):
    assert seen(on, spell("[..2014-05-31]", "2015-01-01")) == expected


@pytest.mark.parametrize(("on", "expected"), [("2012-12-31", "no"), ("2013-01-01", "possibly"), ("2030-01-01", "possibly")])
def test_an_end_that_no_source_gives(on: str, expected: str):
    assert seen(on, spell("2013-01-01", None)) == expected


def test_a_spell_without_any_day_is_possible():
    assert seen("2013-01-01", spell(None, None)) == "possibly"
    assert seen("2013-01-01", spell(None, "2014-01-01")) == "possibly"


@pytest.mark.parametrize(("on", "expected"), [("2022-01-14", "no"), ("2022-01-15", "possibly"), ("2022-05-01", "possibly"), ("2022-07-01", "no")])
def test_a_planned_start_leaves_it_possible(on: str, expected: str):
    assert seen(on, spell("2022-01-15", "2022-06-30", start_kind="planned")) == expected


@pytest.mark.parametrize(("on", "expected"), [("2022-01-14", "no"), ("2022-05-01", "possibly"), ("2022-07-01", "possibly")])
def test_a_planned_end_leaves_it_possible_before_and_after(on: str, expected: str):
    assert seen(on, spell("2022-01-15", "2022-06-30", end_kind="planned")) == expected


@pytest.mark.parametrize(("on", "expected"), [("2012-12-31", "no"), ("2022-05-31", "surely"), ("2022-06-01", "possibly"), ("2030-01-01", "possibly")])
def test_an_ongoing_spell_is_sure_until_the_day_of_its_source(on: str, expected: str):
    ongoing = spell("2013-01-01", None, end_kind="ongoing")
    assert seen(on, ongoing, **attest("2022-05-31")) == expected


def test_a_claim_without_a_day_is_of_the_first_day_of_its_publication():
    ongoing = spell("2013-01-01", None, end_kind="ongoing")
    assert seen("2022-06-01", ongoing, **attest(None, "2022-06")) == "surely"
    assert seen("2022-06-02", ongoing, **attest(None, "2022-06")) == "possibly"
    assert seen("2022-06-01", ongoing, **attest(None, None)) == "possibly"


@pytest.mark.parametrize("claim", [{"verdict": "superseded"}, {"field": "end"}, {"table": "relations"}, {"record_id": "dep-other"}])
def test_another_claim_attests_nothing(claim: dict[str, str]):
    assert seen("2022-05-31", spell("2013-01-01", None, end_kind="ongoing"), **attest("2022-05-31", **claim)) == "possibly"


def test_the_latest_source_counts():
    ongoing, evidence = spell("2013-01-01", None, end_kind="ongoing"), attest("2022-05-31")
    evidence["claims"] += attest("2022-02-01")["claims"]
    assert seen("2022-05-31", ongoing, **evidence) == "surely"


kinds = st.sampled_from(("actual", "actual", "actual", "planned"))


@settings(max_examples=400)
@given(st.none() | edtf_texts(), st.none() | edtf_texts(), kinds, kinds, st.data())
def test_a_spell_is_sure_within_all_its_bounds_and_out_only_beyond_them(start: Any, end: Any, start_kind: str, end_kind: str, data: Any):
    first, last = edtf.parse(start) if start else edtf.Dates(), edtf.parse(end) if end else edtf.Dates()
    near = [day for day in (first.earliest, first.latest, last.earliest, last.latest) if day] or [date(2020, 1, 1)]
    at = data.draw(st.sampled_from(near)) + timedelta(days=data.draw(st.integers(-1, 1)))
    given_kinds = ({"start_kind": start_kind} if start else {}) | ({"end_kind": end_kind} if end else {})
    where = seen(at, spell(start, end, **given_kinds))
    begun = start is not None and start_kind == "actual" and first.latest is not None and first.latest <= at
    lasting = end is not None and end_kind == "actual" and last.earliest is not None and at <= last.earliest
    early = first.earliest is not None and at < first.earliest
    late = end_kind == "actual" and last.latest is not None and at > last.latest
    assert (where == "surely") <= (begun and lasting)
    assert (where == "no") == (early or late)
    if begun and lasting and not early and not late:
        assert where == "surely"


def test_names_are_shown():
    state = spell("2013-07-01", None) | {"deployment_id": "dep-m-s", "contributor_id": "act-s", "level": "contribution"}
    with reading(module, actors=ACTORS, deployments=[spell("2013-07-01", "2023-12-31"), state]):
        found = presence("2020-01-01")
    assert str(found).splitlines() == [
        "present on 2020-01-01",
        "surely:",
        "  The Mission (2013-07-01 to 2023-12-31, mali) [dep-m]",
        "possibly:",
        "  A State in The Mission (2013-07-01 to ?, mali) [dep-m-s]",
    ]


def test_nobody_is_said():
    with reading(module, actors=ACTORS):
        assert str(presence("2020-01-01")) == "present on 2020-01-01\n  nobody that the data knows of"


@pytest.mark.parametrize("on", ["2022-03-01", date(2022, 3, 1), datetime(2022, 3, 1, 12)])  # noqa: DTZ001
def test_a_day_is_text_or_a_date(on: Any):
    assert seen(on, spell("2022-03-01", "2022-03-01")) == "surely"


@pytest.mark.parametrize("on", ["", "yesterday", "2022-02-30", "2022-03", None, 2022])
def test_what_is_no_day_is_refused(on: Any):
    with pytest.raises(ValueError, match="is not a day: write it as 2022-03-01"):
        presence(on)


@pytest.mark.usefixtures("release")
def test_presence_in_a_release():
    found = mali.presence("2022-03-01")
    assert [s.deployment_id for s in found.surely] == ["dep-mission", "dep-mission-state"]
    assert [s.deployment_id for s in found.possibly] == ["dep-planned"]
    assert found.surely[1].end == "ongoing"
    later = mali.presence("2023-12-15")
    assert {s.deployment_id for s in later.possibly} == {"dep-mission", "dep-mission-state", "dep-planned"}
