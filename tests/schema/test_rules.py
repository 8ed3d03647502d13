"""Every rule of the closed set holds where it should, breaks where it should, and says so alike for a record and for a frame."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from mali_dataset.schema import (
    AnyOf,
    Differ,
    Disjoint,
    Expands,
    NotAbove,
    NotAfter,
    NullIf,
    PartsSum,
    References,
    ReferencesAny,
    RequiredIf,
    Rule,
    Together,
    Unique,
)
from mali_dataset.schema.forms.expressions import broken_rows, expression
from mali_dataset.schema.plan import Limit
from mali_dataset.schema.rules import RowRule

D1, D2 = date(2020, 1, 1), date(2020, 2, 1)
DATE = {"d_earliest": pl.Date, "d_latest": pl.Date, "d_approximate": pl.Boolean, "d_uncertain": pl.Boolean, "d_kind": pl.String, "d": pl.String}
COUNT = {"c": pl.String, "c_low": pl.Int64, "c_best": pl.Int64, "c_high": pl.Int64}


def _date(text: str | None, earliest: date | None, latest: date | None, kind: str | None, flag: bool | None = False) -> dict[str, Any]:
    return {"d": text, "d_earliest": earliest, "d_latest": latest, "d_kind": kind, "d_approximate": flag, "d_uncertain": None if flag is None else False}


def _count(text: str | None, low: int | None, best: int | None, high: int | None) -> dict[str, Any]:
    return {"c": text, "c_low": low, "c_best": best, "c_high": high}


ROWS: list[tuple[RowRule, dict[str, Any], bool]] = [
    (NotAbove("a", "b"), {"a": 1, "b": 1}, True),
    (NotAbove("a", "b"), {"a": 2, "b": 1}, False),
    (NotAbove("a", "b"), {"a": None, "b": 1}, True),
    (NotAbove("a", "b"), {"a": 2, "b": None}, True),
    (NotAfter("a", "b"), {"a_earliest": D1, "b_latest": D2}, True),
    (NotAfter("a", "b"), {"a_earliest": D2, "b_latest": D1}, False),
    (NotAfter("a", "b"), {"a_earliest": None, "b_latest": D1}, True),
    (RequiredIf("a", "b", ("x", "y")), {"a": None, "b": "x"}, False),
    (RequiredIf("a", "b", ("x", "y")), {"a": "1", "b": "y"}, True),
    (RequiredIf("a", "b", ("x",)), {"a": None, "b": "z"}, True),
    (RequiredIf("a", "b", ("x",)), {"a": None, "b": None}, True),
    (NullIf("a", "b", ("x",)), {"a": "1", "b": "x"}, False),
    (NullIf("a", "b", ("x",)), {"a": None, "b": "x"}, True),
    (NullIf("a", "b", ("x",)), {"a": "1", "b": "z"}, True),
    (NullIf("a", "b", ("x",)), {"a": "1", "b": None}, True),
    (AnyOf(("a", "b")), {"a": None, "b": None}, False),
    (AnyOf(("a", "b")), {"a": None, "b": "1"}, True),
    (Together(("a", "b", "c")), {"a": None, "b": None, "c": None}, True),
    (Together(("a", "b", "c")), {"a": "1", "b": "1", "c": "1"}, True),
    (Together(("a", "b", "c")), {"a": "1", "b": None, "c": "1"}, False),
    (Differ("a", "b"), {"a": "1", "b": "1"}, False),
    (Differ("a", "b"), {"a": "1", "b": "2"}, True),
    (Differ("a", "b"), {"a": None, "b": None}, True),
    (Differ("a", "b"), {"a": "1", "b": None}, True),
    (Expands("d", "date"), _date("2020-01-01", D1, D1, "actual"), True),
    (Expands("d", "date"), _date("2020-01-01", D1, D2, "actual"), False),
    (Expands("d", "date"), _date("2020-01-01", None, D1, "actual"), False),
    (Expands("d", "date"), _date("2020-01-01", D1, D1, "actual", True), False),
    (Expands("d", "date"), _date("2020-01-01", D1, D1, None), False),
    (Expands("d", "date"), _date("2020-01-01", D1, D1, "ongoing"), False),
    (Expands("d", "date"), _date("2020-02-30", D1, D1, "actual"), False),
    (Expands("d", "date"), _date(None, None, None, None, None), True),
    (Expands("d", "date"), _date(None, None, None, "ongoing", None), True),
    (Expands("d", "date"), _date(None, None, None, "actual", None), False),
    (Expands("d", "date"), _date(None, D1, None, None, None), False),
    (Expands("c", "count"), _count(">=3", 3, None, None), True),
    (Expands("c", "count"), _count(">=3", 3, 3, None), False),
    (Expands("c", "count"), _count("3", 3, 3, None), False),
    (Expands("c", "count"), _count("scores", None, None, None), True),
    (Expands("c", "count"), _count("5..3", 5, None, 3), False),
    (Expands("c", "count"), _count(None, None, None, None), True),
    (Expands("c", "count"), _count(None, None, 3, None), False),
]


def _frame(rule: Rule, rows: list[dict[str, Any]]) -> pl.DataFrame:
    numeric = {"a": pl.Int64, "b": pl.Int64} if isinstance(rule, NotAbove) else {}
    texts = dict.fromkeys(rows[0], pl.String)
    days = {name: pl.Date for name in rows[0] if name.endswith(("_earliest", "_latest"))}
    types = texts | days | numeric | {k: v for k, v in (DATE | COUNT).items() if k in rows[0]}
    return pl.DataFrame(rows, schema={k: types[k] for k in rows[0]}) if not isinstance(rule, Together) else pl.DataFrame(rows, schema=texts)


@pytest.mark.parametrize(("rule", "row", "holds"), ROWS, ids=[f"{rule.name}-{n}" for n, (rule, _, _) in enumerate(ROWS)])
def test_a_rule_of_one_row_reads_a_record_and_a_frame_alike(rule: RowRule, row: dict[str, Any], holds: bool) -> None:
    assert rule.holds(row) is holds
    assert broken_rows(rule, _frame(rule, [row])).to_list() == ([] if holds else [0])


def test_every_rule_of_one_row_has_a_case_that_holds_and_one_that_breaks() -> None:
    def below(cls: type) -> set[type]:
        return {cls} | {found for sub in cls.__subclasses__() for found in below(sub)}

    public = {cls for cls in below(RowRule) if cls is not RowRule and not cls.__name__.startswith("_")}
    assert {type(rule) for rule, _, holds in ROWS if holds} == public
    assert {type(rule) for rule, _, holds in ROWS if not holds} == public


@pytest.mark.parametrize(
    ("rule", "frame", "broken"),
    [
        (Unique(("a", "b")), {"a": [1, 1, 1], "b": [1, 2, 1]}, [0, 2]),
        (Unique(("a",)), {"a": [1, 2]}, []),
        (Disjoint(("g",), "s", "e"), {"g": ["x", "x", "y"], "s_latest": [D1, D1, D1], "e_earliest": [D2, D2, D2]}, [1]),
        (Disjoint(("g",), "s", "e"), {"g": ["x", "x"], "s_latest": [D1, D2], "e_earliest": [D1, D2]}, []),
        (
            Disjoint(("g",), "s", "e"),
            {"g": ["x", "x", "x"], "s_latest": [D1, date(2020, 1, 10), date(2020, 1, 20)], "e_earliest": [D2, date(2020, 1, 11), D2]},
            [1, 2],
        ),
        (Disjoint(("g",), "s", "e"), {"g": ["x", "x"], "s_latest": [D1, None], "e_earliest": [D2, D2]}, []),
    ],
)
def test_a_rule_over_rows_finds_the_rows_that_break_it(rule: Rule, frame: dict[str, list[Any]], broken: list[int]) -> None:
    types = {k: pl.Date for k in frame if k.endswith(("_latest", "_earliest"))}
    assert broken_rows(rule, pl.DataFrame(frame, schema_overrides=types)).to_list() == broken


@pytest.mark.parametrize(
    ("whole", "parts", "complete", "broken"),
    [
        (10, [4, 6], True, []), (11, [4, 6], True, [0]), (10, [4, 7], False, []), (10, [4, None], True, []), (None, [4, 6], True, []), (10, [], True, []),
    ],
)  # fmt: skip
def test_complete_parts_sum_to_their_whole(whole: int | None, parts: list[int | None], complete: bool, broken: list[int]) -> None:
    rule = PartsSum("n", "id", "of", "by", "complete")
    rows = [("w", whole, None, None, None), *((f"p{i}", part, "w", "year", complete) for i, part in enumerate(parts))]
    schema = {"id": pl.String, "n_best": pl.Int64, "of": pl.String, "by": pl.String, "complete": pl.Boolean}
    assert broken_rows(rule, pl.DataFrame(rows, schema=schema, orient="row")).to_list() == broken


def test_each_split_sums_by_itself() -> None:
    rule = PartsSum("n", "id", "of", "by", "complete")
    rows = [("w", 10, None, None, None), ("a", 10, "w", "year", True), ("b", 4, "w", "cause", True), ("c", 5, "w", "cause", True)]
    schema = {"id": pl.String, "n_best": pl.Int64, "of": pl.String, "by": pl.String, "complete": pl.Boolean}
    assert broken_rows(rule, pl.DataFrame(rows, schema=schema, orient="row")).to_list() == [0]


@pytest.mark.parametrize("rule", [Unique(("a",)), References("a", "b"), ReferencesAny("a", "b")])
def test_a_rule_over_more_than_a_row_is_no_expression_of_one(rule: Rule) -> None:
    with pytest.raises(TypeError, match="one row cannot decide"):
        expression(rule)


def test_a_limit_that_is_none_of_values_is_refused() -> None:
    with pytest.raises((TypeError, KeyError)):
        expression(Limit("a", "kind", "string"))


SET_RULES: list[Rule] = [
    Unique(("a", "b")),
    Disjoint(("g",), "s", "e"),
    PartsSum("n", "id", "of", "by", "done"),
    References("a", "others"),
    ReferencesAny("a", "t"),
]


@pytest.mark.parametrize("rule", [*{type(rule): rule for rule, _, _ in ROWS}.values(), *SET_RULES], ids=lambda rule: type(rule).__name__)
def test_a_rule_has_a_name_for_programs_and_a_sentence_for_people(rule: Rule) -> None:
    assert rule.name.replace("_", "").isalnum()
    assert rule.name == rule.name.lower()
    assert "`" in rule.sentence
    assert "{" not in rule.sentence
    assert rule.about == rule.columns[0]
