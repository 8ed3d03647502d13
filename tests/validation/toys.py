"""A toy table with every kind of limit and of rule, rows that keep all of them, and defects that are known to break some."""

from datetime import date
from typing import Any

import polars as pl

from mali_dataset.schema import (
    AnyOf,
    AtLeastOne,
    Code,
    Count,
    Day,
    Differ,
    Disjoint,
    Flag,
    Key,
    NotAbove,
    NotAfter,
    NullIf,
    Number,
    PartsSum,
    Ref,
    ReferencesAny,
    RequiredIf,
    Table,
    Text,
    Together,
    Unique,
    When,
    columns,
)
from mali_dataset.schema.forms.expressions import polars_type
from mali_dataset.schema.table import complete


class Toy(Table):
    """One toy. Some columns have names that are words of SQL."""

    toy_id = Key("Key.", prefix="toy")
    start = When("First day.", optional=True)
    end = When("Last day.", optional=True)
    count = Count("How many.", optional=True)
    group = Code("Kind.", codes={"ball": "Round.", "it's": "With a quote."})
    order = Text("Free text.", optional=True, pattern=r"[^\x00-\x1f]*|.;", max_length=8)
    select = Number("Whole number.", optional=True, minimum=-5, maximum=10)
    ratio = Number("Number.", optional=True, decimal=True, minimum=-90, maximum=90.5)
    limit = Number("Another number.", optional=True, decimal=True)
    bought = Day("A day.", optional=True)
    mine = Flag("Complete.", optional=True)
    whole = Ref("The toy that this is a part of.", to="toys", optional=True)
    about = Text("Name of a table.", optional=True)
    record = Text("Key of it.", optional=True)
    owner = Ref("Who has it.", to="owners", optional=True)

    name = "toys"
    serves = "rule"
    rules = (
        NotAfter("start", "end"),
        NotAbove("ratio", "limit"),
        RequiredIf("order", "group", ("it's",)),
        NullIf("mine", "group", ("it's",)),
        AnyOf(("select", "ratio")),
        Together(("about", "record")),
        Differ("about", "record"),
        Unique(("select", "ratio")),
        Disjoint(("owner",), "start", "end"),
        PartsSum("count", "toy_id", "whole", "order", "mine"),
        ReferencesAny("record", "about"),
        AtLeastOne("toy_id", "boxes", "content"),
    )


NAN, INF = float("nan"), float("inf")


def row(number: int, written: dict[str, Any]) -> dict[str, Any]:
    """A row that keeps every rule, but for what is written of it: what a curator writes, or a published column beside that."""
    sound = {"toy_id": f"toy-{number}", "group": "ball", "ratio": number / 100}
    authored = {name: value for name, value in written.items() if name in Toy.fields}
    return complete(Toy, sound | authored) | written


# What is written of a row, and the rules that it then breaks.
DEFECTS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, set()),
    ({"order": "a';--\n"}, {"pattern"}),
    ({"order": "\n;"}, {"pattern"}),
    ({"order": "\u2028;"}, set()),
    ({"order": "\r;"}, set()),
    ({"order": "é\u0301😀\"'`\\"}, set()),
    ({"order": "😀😀😀😀😀😀😀😀"}, set()),
    ({"order": "123456789"}, {"max_length"}),
    ({"group": None}, {"not_null"}),
    ({"group": "its"}, {"one_of"}),
    ({"group": "it's", "order": "x"}, set()),
    ({"group": "it's"}, {"order_required_if_group"}),
    ({"group": "it's", "order": "x", "mine": False}, {"mine_null_if_group"}),
    ({"select": -6}, {"at_least"}),
    ({"select": 11}, {"at_most"}),
    ({"select": -5}, set()),
    ({"select": 10}, set()),
    ({"ratio": NAN}, {"finite", "at_most"}),
    ({"ratio": INF}, {"finite", "at_most"}),
    ({"ratio": -INF}, {"finite", "at_least"}),
    ({"ratio": 90.5}, set()),
    ({"ratio": 90.6}, {"at_most"}),
    ({"ratio": 1.5, "limit": 1.25}, {"ratio_not_above_limit"}),
    ({"ratio": 1.5, "limit": NAN}, {"finite"}),
    ({"ratio": None}, {"any_of_select_ratio"}),
    ({"ratio": 0.0, "select": 1}, {"unique_select_ratio"}),
    ({"ratio": -0.0, "select": 1}, {"unique_select_ratio"}),
    ({"ratio": NAN, "select": 2}, {"unique_select_ratio", "finite", "at_most"}),
    ({"ratio": NAN, "select": 2}, {"unique_select_ratio", "finite", "at_most"}),
    ({"ratio": None, "select": 3}, set()),
    ({"ratio": None, "select": 3}, set()),
    ({"about": "actors"}, {"together_about_record"}),
    ({"about": "nothing", "record": "nothing"}, {"about_differs_from_record"}),
    ({"about": "actors", "record": "act-1"}, set()),
    ({"about": "actors", "record": "act-2"}, {"references_about"}),
    ({"about": "nothing", "record": "act-2"}, set()),
    ({"owner": "mia"}, set()),
    ({"owner": "drop-table"}, {"references_owners"}),
    ({"toy_id": "toy-hidden"}, {"at_least_one_boxes"}),
    ({"toy_id": "toy-double"}, {"unique_toy_id"}),
    ({"toy_id": "toy-double"}, {"unique_toy_id"}),
    ({"toy_id": "box-1"}, {"pattern"}),
    ({"start": "2000-01-02", "end": "2000-01-01"}, {"start_not_after_end"}),
    ({"start": "1999", "start_latest": None}, {"expands_start"}),
    ({"start_kind": "actual"}, {"expands_start"}),
    ({"count": "5", "count_best": None}, {"expands_count"}),
    ({"count": "5", "count_high": 4}, {"expands_count", "count_low_not_above_count_high", "count_best_not_above_count_high"}),
    ({"owner": "tim", "start": "1990", "end": "1991-05"}, set()),
    ({"owner": "tim", "start": "1991-05", "end": "1991-05-31"}, set()),
    ({"owner": "tim", "start": "1991-06", "end": "[1991-06..1995]"}, set()),
    ({"owner": "tim", "start": "1991-12-31", "end": "1992"}, set()),
    ({"owner": "tim", "start": "1992-01-01", "end": "1993"}, {"disjoint_start_end"}),
    ({"toy_id": "toy-sum", "count": "6"}, {"parts_sum_count"}),
    ({"toy_id": "toy-some", "count": "3"}, set()),
    ({"whole": "toy-sum", "order": "a", "mine": True, "count": "3"}, set()),
    ({"whole": "toy-sum", "order": "a", "mine": True, "count": "4"}, set()),
    ({"whole": "toy-sum", "order": "b", "mine": True, "count": "6"}, set()),
    ({"whole": "toy-some", "order": "a", "mine": True, "count": ">=6"}, set()),
    ({"whole": "toy-some", "order": "b", "mine": False, "count": "6"}, set()),
    ({"whole": "toy-none"}, {"references_toys"}),
    ({"bought": date(1, 1, 1)}, set()),
    ({"bought": date(9999, 12, 31)}, set()),
]


def toys() -> pl.DataFrame:
    """The toy table."""
    rows = [row(number, written) for number, (written, _) in enumerate(DEFECTS)]
    return pl.DataFrame(rows, schema={column.name: polars_type(column.dtype) for column in columns(Toy)})


def known() -> dict[str, list[int]]:
    """The rows that break the rules of each name."""
    names = sorted({name for _, rules in DEFECTS for name in rules})
    return {name: [number for number, (_, rules) in enumerate(DEFECTS) if name in rules] for name in names}


def others(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables that toys refer to."""
    boxes = pl.DataFrame({"content": [*(key for key in frame["toy_id"] if key != "toy-hidden"), None]})
    owners = pl.DataFrame({"owner": ["mia", "tim", None]})
    return {"toys": frame, "boxes": boxes, "owners": owners, "actors": pl.DataFrame({"actor_id": ["act-1", None]})}
