"""Totals: nobody is counted twice, what nobody counted is said, and the rows used are named."""

from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mali_dataset as mali
from mali_dataset.analysis import total as module
from mali_dataset.analysis.select import NoAnswerError
from mali_dataset.analysis.total import Gap, Total, cover, total
from tests.analysis.rows import reading, row

DAY = timedelta(days=1)
BEGIN = date(2013, 7, 1)


def tally(name: str, start: str | None, end: str, count: str, **values: Any) -> dict[str, Any]:
    common = {"level": "tally", "harm": "killed", "force_id": "act-force", "area": "mission"}
    return row("casualties", **{**common, "casualty_id": f"cas-{name}", "start": start, "end": end, "count": count, **values})


def answer(rows: list[dict[str, Any]], force: str = "force", **window: Any) -> Total:
    with reading(module, casualties=rows):
        return total(force, **window)


YEARS = [tally(str(year), f"{year}-01-01", f"{year}-12-31", str(count)) for year, count in ((2013, 3), (2014, 28), (2015, 12), (2017, 31))]


# The cover.

spans = st.lists(st.tuples(st.integers(0, 24), st.integers(0, 9)).map(lambda p: (BEGIN + p[0] * DAY, BEGIN + (p[0] + p[1]) * DAY)), max_size=8)


def days_of(chosen: list[tuple[date, date]]) -> list[date]:
    return [start + n * DAY for start, end in chosen for n in range((end - start).days + 1)]


@settings(max_examples=300)
@given(spans)
def test_a_cover_is_the_best_of_all_sets_that_share_no_day(given_spans: list[tuple[date, date]]):
    chosen = cover(given_spans)
    days = days_of([given_spans[i] for i in chosen])
    assert len(days) == len(set(days)), "a day is covered twice"
    assert days == sorted(days), "not in order of time"
    best = (0, 0)
    for size in range(1, len(given_spans) + 1):
        for some in combinations(given_spans, size):
            covered = days_of(list(some))
            if len(covered) == len(set(covered)):
                best = max(best, (len(covered), -size))
    assert (len(days), -len(chosen)) == best


def test_a_cover_of_nothing_is_empty():
    assert cover([]) == []


def test_days_that_touch_overlap_and_neighbours_do_not():
    assert cover([(date(2020, 1, 1), date(2020, 6, 30)), (date(2020, 6, 30), date(2020, 12, 31))]) == [1]
    assert cover([(date(2020, 1, 1), date(2020, 6, 30)), (date(2020, 7, 1), date(2020, 12, 31))]) == [0, 1]


def test_of_covers_of_the_same_days_the_one_with_the_fewest_rows_is_taken():
    halves = [(date(2020, 1, 1), date(2020, 6, 30)), (date(2020, 7, 1), date(2020, 12, 31))]
    assert cover([*halves, (date(2020, 1, 1), date(2020, 12, 31))]) == [2]


# Nobody is counted twice.


def spoken(count: int, form: str) -> str:
    """A true statement of a count."""
    return {"exact": f"{count}", "at least": f">={max(0, count - 1)}", "at most": f"<={count + 2}", "between": f"{count}..{count + 3}", "about": f"~{count}", "words": "scores"}[form]  # fmt: skip


@st.composite
def worlds(draw: Any) -> tuple[list[date], list[dict[str, Any]], dict[str, date]]:
    """Deaths, tallies that count them truly in all sorts of windows and splits, and a window that is asked for."""
    days = st.integers(0, 40).map(lambda n: BEGIN + n * DAY)
    deaths = draw(st.lists(st.tuples(days, st.sampled_from(("hostile-act", "illness")), st.sampled_from(("TCD", "NLD"))), max_size=25))
    rows = []
    for n in range(draw(st.integers(1, 9))):
        start, end = sorted((draw(days), draw(days)))
        cause, nation = draw(st.sampled_from((None, None, "hostile-act"))), draw(st.sampled_from((None, None, None, "TCD")))
        force = draw(st.sampled_from(("act-force", "act-force", "act-force", "act-other")))
        counted = sum(start <= d <= end and cause in (None, c) and nation in (None, t) for d, c, t in deaths)
        form = draw(st.sampled_from(("exact", "exact", "exact", "at least", "at most", "between", "about", "words")))
        rows.append(tally(f"{n}", str(start), str(end), spoken(counted, form), cause=cause, nationality=nation, force_id=force))
    window = {}
    if draw(st.booleans()):
        window["since"], window["until"] = sorted((draw(days), draw(days)))
    return [day for day, _, _ in deaths], rows, window


@settings(max_examples=300)
@given(worlds())
def test_a_total_never_counts_a_death_twice_or_leaves_a_day_unsaid(world: Any):
    deaths, rows, window = world
    try:
        found = answer(rows, **window)
    except NoAnswerError:
        return
    inside = sum(found.since <= day <= found.until for day in deaths)
    assert found.low <= inside
    assert found.high is None or inside <= found.high
    by_id = {r["casualty_id"]: r for r in rows}
    used = [by_id[u.casualty_id] for u in found.rows]
    assert all((r["force_id"], r["cause"], r["nationality"]) == ("act-force", None, None) for r in used)
    counted = days_of([(u.start, u.end) for u in found.rows])
    missing = days_of([(gap.start, gap.end) for gap in found.gaps])
    asked = days_of([(found.since, found.until)])
    assert sorted(counted + missing) == asked
    assert found.low == sum(r["count_low"] or 0 for r in used)
    if found.gaps:
        assert (found.best, found.high) == (None, None)
    else:
        for name in ("best", "high"):
            values = [r[f"count_{name}"] for r in used]
            assert getattr(found, name) == (None if None in values else sum(values))


@settings(max_examples=100)
@given(worlds())
def test_a_refusal_means_that_no_tally_lies_within(world: Any):
    _, rows, window = world
    own = [r for r in rows if (r["force_id"], r["cause"], r["nationality"]) == ("act-force", None, None)]
    first, last = window.get("since", date.min), window.get("until", date.max)
    fits = [r for r in own if first <= r["start_earliest"] and r["end_latest"] <= last]
    if fits:
        assert answer(rows, **window).rows
    else:
        with pytest.raises(NoAnswerError):
            answer(rows, **window)


# Known answers.


def test_years_are_summed_and_a_year_that_nobody_counted_is_a_gap():
    found = answer(YEARS)
    assert (found.low, found.best, found.high) == (74, None, None)
    assert found.gaps == (Gap(date(2016, 1, 1), date(2016, 12, 31)),)
    assert [u.casualty_id for u in found.rows] == ["cas-2013", "cas-2014", "cas-2015", "cas-2017"]
    assert (found.since, found.until, found.as_of) == (date(2013, 1, 1), date(2017, 12, 31), date(2017, 12, 31))


def test_since_and_until_choose_the_rows_and_make_gaps_at_both_ends():
    found = answer(YEARS, since="2013-06-01", until=date(2015, 6, 30))
    assert [u.casualty_id for u in found.rows] == ["cas-2014"]
    assert found.gaps == (Gap(date(2013, 6, 1), date(2013, 12, 31)), Gap(date(2015, 1, 1), date(2015, 6, 30)))
    assert found.as_of == date(2014, 12, 31)


def test_a_window_without_gaps_has_a_best_and_a_high():
    found = answer(YEARS, until="2015-12-31")
    assert (found.low, found.best, found.high, found.gaps) == (43, 43, 43, ())


def test_a_tally_of_the_whole_window_is_used_instead_of_its_parts():
    whole = tally("all", "2013-01-01", "2015-12-31", "43")
    parts = [r | {"part_of_id": "cas-all", "partition": "year", "is_complete": True} for r in YEARS[:3]]
    assert [u.casualty_id for u in answer([whole, *parts]).rows] == ["cas-all"]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (("10", "20"), (30, 30, 30)),
        (("10", "~20"), (10, 30, None)),
        ((">=10", "20"), (30, None, None)),
        (("<=10", "20"), (20, None, 30)),
        (("10..15", "20..22"), (30, None, 37)),
        (("scores", "20"), (20, None, None)),
        (("0", "0"), (0, 0, 0)),
        (("~10", "~20"), (0, 30, None)),
    ],
)
def test_bounds_are_summed_apart(counts: tuple[str, str], expected: tuple[int, int | None, int | None]):
    found = answer([tally("a", "2013-01-01", "2013-12-31", counts[0]), tally("b", "2014-01-01", "2014-12-31", counts[1])])
    assert (found.low, found.best, found.high) == expected


def test_a_cause_and_a_harm_are_counted_by_themselves():
    rows = [
        *YEARS[:1],
        tally("hostile", "2013-01-01", "2013-12-31", "2", cause="hostile-act"),
        tally("injured", "2013-01-01", "2013-12-31", "9", harm="injured"),
    ]
    assert answer(rows).best == 3
    assert answer(rows, cause="hostile-act").best == 2
    assert answer(rows, harm="injured").best == 9


@pytest.mark.parametrize("split", [{"nationality": "TCD"}, {"personnel": "police"}, {"level": "event", "incident_id": "inc-a"}, {"start": None}])
def test_a_part_of_the_force_is_no_tally_of_it(split: dict[str, Any]):
    rows = [*YEARS[:1], tally("part", "2014-01-01", "2014-12-31", "5") | row("casualties", **{**YEARS[1], **split}) | {"casualty_id": "cas-part"}]
    assert [u.casualty_id for u in answer(rows).rows] == ["cas-2013"]


@pytest.mark.parametrize("other", [{"area": "mali"}, {"status": "civilian"}])
def test_tallies_that_are_not_of_one_population_are_not_added(other: dict[str, Any]):
    rows = [YEARS[0], tally("other", "2014-01-01", "2014-12-31", "5", **other)]
    with pytest.raises(NoAnswerError, match="the tallies of act-force are not of one population, so they cannot be added: m"):
        answer(rows)


def test_an_area_is_chosen():
    rows = [*YEARS[:1], tally("mali", "2013-01-01", "2013-12-31", "2", area="mali")]
    assert answer(rows, area="mali").best == 2
    assert answer(rows, area="mission").best == 3
    with pytest.raises(NoAnswerError, match="there is no tally"):
        answer(rows, area="sahel")


def test_a_window_known_to_the_month_is_taken_at_its_widest():
    rows = [tally("a", "2013-01-01", "[2013-06-01..2013-06-30]", "4"), tally("b", "2013-06-15", "2013-12-31", "9")]
    assert [u.casualty_id for u in answer(rows).rows] == ["cas-b"]


@pytest.mark.parametrize("name", ["force", "act-force"])
def test_a_force_is_named_by_its_id_or_the_end_of_it(name: str):
    assert answer(YEARS, name).force == "act-force"


def test_an_unknown_force_names_the_nearest():
    with pytest.raises(NoAnswerError, match="Did you mean 'force'"):
        answer(YEARS, "forse")


def test_a_cause_that_nobody_counted_says_what_there_is():
    with pytest.raises(NoAnswerError, match="no tally of act-force for killed, illness; there is: injured, all causes; killed, all causes"):
        answer([*YEARS, tally("i", "2013-01-01", "2013-12-31", "9", harm="injured")], cause="illness")


def test_a_window_in_which_no_tally_lies_says_what_there_is():
    with pytest.raises(NoAnswerError, match="no tally of act-force lies within 2013-02-01 to 2013-11-30; there is: 2013-01-01 to 2013-12-31, 2014"):
        answer(YEARS, since="2013-02-01", until="2013-11-30")


def test_a_window_that_runs_backwards_is_refused():
    with pytest.raises(ValueError, match="2014-01-01 is after 2013-01-01"):
        answer(YEARS, since="2014-01-01", until="2013-01-01")


def test_a_day_that_is_none_is_refused():
    with pytest.raises(ValueError, match="'2013-02-30' is not a day"):
        answer(YEARS, until="2013-02-30")


def test_no_rows_at_all():
    with pytest.raises(NoAnswerError):
        answer([])


def test_a_total_reads_well():
    assert str(answer(YEARS, until="2014-12-31")).splitlines() == [
        "act-force: 31 killed (all causes), 2013-01-01 to 2014-12-31, as of 2014-12-31",
        "rows:",
        "  3 from 2013-01-01 to 2013-12-31 [cas-2013]",
        "  28 from 2014-01-01 to 2014-12-31 [cas-2014]",
    ]
    with_gap = repr(answer(YEARS)).splitlines()
    assert with_gap[0].startswith("act-force: at least 74 killed (all causes), ")
    assert with_gap[-2:] == ["gaps:", "  2016-01-01 to 2016-12-31"]


def test_a_range_reads_well():
    found = answer([tally("a", "2013-01-01", "2013-12-31", "10..15", cause="hostile-act")], cause="hostile-act")
    assert str(found).startswith("act-force: at least 10, at most 15 killed (hostile-act), ")


def test_a_total_is_a_value():
    assert answer(YEARS) == answer(YEARS[::-1])
    with pytest.raises(AttributeError):
        answer(YEARS).low = 0  # type: ignore[misc]  # the test changes what is frozen


@pytest.mark.usefixtures("release")
def test_a_total_of_a_release():
    found = mali.total("mission", until="2014-12-31")
    assert (found.low, found.best, found.high, found.gaps) == (31, 31, 31, ())
    assert [u.casualty_id for u in mali.total("mission").rows] == ["cas-mission-killed"]
    with pytest.raises(NoAnswerError, match="for injured, all causes; there is: killed, all causes"):
        mali.total("mission", harm="injured")
