"""Known figures of the shipped data, each with the reason why it must be so."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

import mali_dataset as mali
from mali_dataset.curation.compile import compile_folder
from mali_dataset.curation.verify import verify_sources
from mali_dataset.tables import registry

ROOT = Path(mali.__file__).parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
ARTICLES = ("src-geofor-2023", "src-owp-2023", "src-shingetsu-2022", "src-qonversations-2023", "src-conversation-2022")

# Deaths of MINUSMA in the register of the United Nations, snapshot of 4 April 2025, counted by day of the incident.
BY_CAUSE = {"hostile-act": 174, "illness": 88, "accident": 38, "to-be-determined": 9, "unknown": 2}
BY_YEAR = {2013: 6, 2014: 39, 2015: 29, 2016: 39, 2017: 42, 2018: 22, 2019: 31, 2020: 23, 2021: 37, 2022: 30, 2023: 13}


def rows(table: str) -> dict[str, dict[str, Any]]:
    return {str(next(iter(row.values()))): row for row in mali.load(table).to_pylist()}


def test_minusma_lost_311_of_whom_174_by_hostile_acts() -> None:
    # Said by the Under-Secretary-General for Operational Support at the closing ceremony, and counted row by row in the register.
    assert (mali.total("minusma").low, mali.total("minusma").high) == (311, 311)
    assert mali.total("minusma", cause="hostile-act").best == 174


@pytest.mark.parametrize(("cause", "count"), BY_CAUSE.items())
def test_causes_are_those_of_the_register(cause: str, count: int) -> None:
    assert mali.total("minusma", cause=cause).best == count


def test_causes_sum_to_all() -> None:
    assert sum(BY_CAUSE.values()) == mali.total("minusma").best


@pytest.mark.parametrize(("year", "count"), BY_YEAR.items())
def test_years_are_those_of_the_register(year: int, count: int) -> None:
    found = mali.total("minusma", since=f"{year}-01-01" if year > 2013 else "2013-07-01", until=f"{year}-12-31")
    assert not found.gaps
    assert found.best == count
    assert found.best == sum(mali.total("minusma", cause=c, since=found.since, until=found.until).best or 0 for c in BY_CAUSE)


def test_209_is_kept_as_an_error_and_never_as_a_reading() -> None:
    # "209 killed fighting" (8 December 2022) is no count of hostile acts; the register had 167 then, and 294 of all causes.
    said = [c for c in mali.rivals("casualties").to_pylist() if c["value"] == "209" and c["source_id"] == "src-shingetsu-2022"]
    assert {c["verdict"] for c in said} == {"error"}
    assert mali.total("minusma", cause="hostile-act", until="2022-12-08").best == 167
    assert mali.total("minusma", until="2022-12-08").best == 294


def test_five_causes_changed_between_the_snapshots() -> None:
    # The register settled five deaths as illness after November 2023: one each in 2015, 2016, 2018, 2019 and 2021.
    old = [c for c in mali.rivals("casualties").to_pylist() if c["verdict"] == "superseded" and c["source_id"] == "src-un-fatalities-2023-11"]
    years = {match.group() for c in old if (match := re.search("20[0-9]{2}", c["record_id"])) and c["record_id"].endswith("-illness")}
    assert years == {"2015", "2016", "2018", "2019", "2021"}


def test_first_coup_was_not_in_2020() -> None:
    # 1968, 1991 and 2012 came before; the article contradicts itself.
    coups = rows("coups")
    before = [row for row in coups.values() if row["date_latest"].year < 2020 and row["outcome"] == "successful"]
    assert len(before) >= 3
    said = [c for c in mali.evidence("coups", "cou-2012-03-22").claims if c.source_id == "src-geofor-2023" and c.field == "_existence"]
    assert {(c.value, c.verdict) for c in said} == {("false", "error"), ("true", "supports")}


@pytest.mark.parametrize(("coup", "day"), [("cou-2012-03-22", "2012-03-22"), ("cou-2020-08-18", "2020-08-18"), ("cou-2021-05-24", "2021-05-24")])
def test_coups_stand_on_their_days(coup: str, day: str) -> None:
    # As Powell and Thyne, the Cline Center and Colpus code them.
    assert rows("coups")[coup]["date"] == day
    assert rows("coups")[coup]["outcome"] == "successful"


def test_a_civilian_interim_government_asked_france_in() -> None:
    # The interim President asked by letter in January 2013; one article says that it was a military government.
    assert rows("deployments")["dep-serval"]["requested_by_id"] == "act-mali-interim-2012"
    assert any(c["record_id"] == "dep-serval" and c["field"] == "requested_by_id" for c in mali.rivals("deployments").to_pylist())


def test_rotations_were_suspended_on_14_july_2022() -> None:
    # One article says four days after the expulsion of 20 July, which confuses two dates.
    stages = [r for r in mali.load("withdrawal_stages").to_pylist() if r["withdrawal_id"] == "wit-minusma-rotations-2022"]
    assert "2022-07-14" in {row["date"] for row in stages}


def test_resolution_2640_was_adopted_with_two_abstentions() -> None:
    # 13 for, none against, China and the Russian Federation abstained.
    act = next(row for row in mali.load("mandates").to_pylist() if "2640" in row["instrument"])
    assert (act["adopted"], act["votes_for"], act["votes_against"], act["abstentions"]) == ("2022-06-29", 13, 0, 2)


def test_resolution_2100_allowed_11200_troops_and_1440_police() -> None:
    act = next(row for row in mali.load("mandates").to_pylist() if "2100" in row["instrument"])
    assert (act["adopted"], act["troop_ceiling_best"], act["police_ceiling_best"]) == ("2013-04-25", 11200, 1440)


def test_no_zero_without_a_source() -> None:
    # Zero means that a source says zero: each count of zero has a supporting claim of zero.
    claims = {(c["record_id"], c["value"]) for c in mali.load("claims").to_pylist() if c["field"] == "count" and c["verdict"] == "supports"}
    zeros = [row["casualty_id"] for row in mali.load("casualties").to_pylist() if row["count_best"] == 0]
    assert zeros
    assert all((key, "0") in claims for key in zeros)


def test_the_articles_are_read_whole() -> None:
    claims = seed_claims()
    assert sum(map(len, claims.values())) >= 300
    assert sum(c["verdict"] != "supports" for found in claims.values() for c in found) >= 60


def test_a_reading_against_an_article_rests_on_another_source() -> None:
    # Where an article is in error, the value that it is measured against is stated by somebody else.
    claims = mali.load("claims").to_pylist()
    source = {c["citation_id"]: c["source_id"] for c in mali.load("citations").to_pylist()}
    supported = defaultdict(set)
    for claim in claims:
        if claim["verdict"] == "supports":
            supported[claim["record_id"]].add(source[claim["citation_id"]])
    wrong = [c for c in claims if c["verdict"] in ("error", "superseded") and source[c["citation_id"]] in ARTICLES]
    alone = [c["record_id"] for c in wrong if not supported[c["record_id"]] - {source[c["citation_id"]]} and "src-" not in (c["why"] or "")]
    assert not alone


def test_every_verdict_but_supports_has_a_reason() -> None:
    claims = mali.load("claims").to_pylist()
    assert all(claim["why"] for claim in claims if claim["verdict"] != "supports")
    assert set(Counter(claim["verdict"] for claim in claims)) == {
        "supports", "rival", "scope", "superseded", "disputed", "unresolved", "vague", "error",
    }  # fmt: skip


def seed_claims() -> dict[tuple[str, int], list[dict[str, Any]]]:
    places = {c["citation_id"]: c for c in mali.load("citations").to_pylist() if c["source_id"] in ARTICLES}
    found: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for claim in mali.load("claims").to_pylist():
        place = places.get(claim["citation_id"])
        if place:
            found[place["source_id"], place["paragraph"]].append(claim | {"phrase": place["phrase"]})
    return found


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the founding articles are not shipped with the project")
def test_every_phrase_of_the_articles_stands_in_its_paragraph() -> None:
    found = verify_sources(compile_folder(ROOT / "data", registry()), SEEDS)
    assert set(found.sources) >= set(ARTICLES)
    assert found.places >= 300
    assert not found.problems


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the founding articles are not shipped with the project")
@pytest.mark.parametrize(("priority", "share"), [("core", 0.95), ("secondary", 0.85)])
def test_facts_read_from_the_articles_are_claims(priority: str, share: float) -> None:
    facts = [f for f in json.loads((SEEDS / "facts.json").read_text(encoding="utf-8")) if f["priority"] == priority]
    claims = seed_claims()
    matched = [fact for fact in facts if _matches(fact, claims[ARTICLES[fact["seed_index"]], fact["paragraph"]])]
    assert len(matched) >= share * len(facts), [f["id"] for f in facts if f not in matched]


def _matches(fact: dict[str, Any], claims: list[dict[str, Any]]) -> bool:
    """Whether a claim at that place shares at least half of the words of the stated value or of the quotation."""
    return any(
        len(_words(said) & _words(f"{c['stated']} {c['value']} {c['phrase']}")) >= 0.5 * len(_words(said))
        for c in claims
        for said in (fact["value_as_stated"], fact["quote"])
    )


def _words(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKD", text).lower()
    return set(re.findall("[a-z0-9]+", plain)) - set("the a an of in to and for on by its their was were is are that".split())
