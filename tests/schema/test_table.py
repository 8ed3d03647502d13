"""Tables: what a definition may say, and the one reader of its columns."""

from typing import Any, cast

import pytest

from mali_dataset.schema import (
    Code,
    Count,
    DefinitionError,
    Differ,
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
    RowCount,
    Table,
    Text,
    Unique,
    When,
    all_rules,
    columns,
    references,
)
from mali_dataset.schema.table import MADE, added, authored_columns, complete, parts, with_role
from mali_dataset.tables import registry

TABLES = registry()


class Toy(Table):
    """A toy."""

    name = "toys"

    toy_id = Key("Id.", prefix="toy")
    owner_id = Ref("Owner.", to="owners", part="toys", optional=True)
    made = When("When made.", optional=True, ongoing=True)
    pieces = Count("Pieces.", optional=True)
    state = Code("State.", codes={"new": "New.", "old": "Old."}, default="new")


def test_columns_come_in_order_of_definition() -> None:
    assert [c.name for c in columns(Toy)] == [
        "toy_id", "owner_id", "made", "made_earliest", "made_latest", "made_kind", "made_approximate", "made_uncertain",
        "pieces", "pieces_low", "pieces_best", "pieces_high", "state", "note",
    ]  # fmt: skip
    assert list(authored_columns(Toy)) == ["toy_id", "owner_id", "made", "made_kind", "pieces", "state", "note"]
    assert references(Toy) == {"owner_id": "owners"}
    assert Toy.key == ("toy_id",)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"helper": 3}, "neither a field nor a setting"),
        ({"kye": ("toy_id",)}, "neither a field nor a setting"),
        ({"__doc__": None}, "needs a docstring"),
        ({"serves": "facts"}, "cannot serve as"),
        ({"toy_id": Text("No key.")}, "it has no key"),
        ({"key": ("gone",)}, "a column that is not there"),
        ({"rules": (NotAfter("start", "end"),)}, "a column that is not there"),
        ({"made": When("When."), "made_kind": Text("Twice.")}, "two columns have the same name"),
        ({"Toy_ID": Text("Twice.")}, "two columns have the same name"),
        ({"size": Number("Size."), "rules": (NotAbove("toy_id", "size"),)}, "string and int64 are neither both numbers nor both days"),
        ({"color": Text("Color."), "rules": (NotAbove("toy_id", "color"),)}, "string and string are neither"),
        ({"size": Number("Size."), "rules": (RequiredIf("toy_id", "size", ("3",)),)}, r"\('3',\) are no values of `size`, which has the type int64"),
        ({"size": Number("Size."), "rules": (NullIf("toy_id", "size", (True,)),)}, "are no values of `size`"),
        ({"mine": Flag("Mine."), "rules": (RequiredIf("toy_id", "mine", (1,)),)}, "are no values of `mine`"),
        ({"color": Text("Color."), "rules": (RequiredIf("toy_id", "color", ()),)}, "are no values of `color`"),
        ({"color": Text("Color."), "rules": (Unique("colour"),)}, "a column that is not there"),
        ({"rules": (Unique(()),)}, "names a column twice, or none"),
        ({"rules": (Differ("toy_id", "toy_id"),)}, "names a column twice, or none"),
        ({"rules": (RowCount(5, 1),)}, "no number of rows is enough"),
        ({"rules": ("unique",)}, "'unique' is no rule"),
        ({"toy_id": Key("Id.", optional=True)}, "a column of the key is optional"),
        ({"other_id": Ref("Other.")}, "a Ref says in `to` to which table"),
        ({"size": Number("Size.", minimum=3, maximum=2)}, "limits that no value keeps"),
        ({"size": Number("Size.", minimum=float("nan"))}, "no number or too far out"),
        ({"size": Number("Size.", maximum=10**400)}, "no number or too far out"),
        ({"size": Number("Size.", maximum=cast("int", "9"))}, "no number or too far out"),
        ({"size": Text("Size.", max_length=-1)}, "limits that no value keeps"),
        ({"color": Code("Color.", codes={"red": "Red."}), "rules": (NullIf("toy_id", "color", ("read",)),)}, "'read' is none of the codes of `color`"),
        ({"size": Number("Size."), "rules": (Differ("toy_id", "size"),)}, "a string always differs from a number"),
        ({"size": Number("Size."), "rules": (ReferencesAny("toy_id", "size"),)}, "`size` is no text"),
        ({"n": Count("How many."), "color": Text("Color."), "rules": (PartsSum("n", "toy_id", "color", "color", "color"),)}, "a flag for `complete`"),
    ],
)
def test_a_wrong_definition_is_refused(members: dict[str, Any], message: str) -> None:
    sound = {"__doc__": "One toy.", "name": "toys", "toy_id": Key("Id.")}
    made = {k: v for k, v in (sound | members).items() if v is not None}
    with pytest.raises(DefinitionError, match=message):
        type("Wrong", (Table,), made)


def test_columns_may_be_called_like_settings_which_are_then_arguments() -> None:
    class City(Table, name="cities", key=["name"], rules=[Unique("key")]):
        """A city."""

        name = Text("Name.")  # type: ignore[assignment]  # a column takes the name of a setting
        key = Text("Sign of the city.")  # type: ignore[assignment]  # as above
        note = Number("What is noted, as a number.")

    assert (City.name, City.key, City.rules) == ("cities", ("name",), (Unique(("key",)),))
    assert [(column.name, column.dtype) for column in columns(City)] == [("name", "string"), ("key", "string"), ("note", "int64")]
    assert added(City) == frozenset()
    with pytest.raises(DefinitionError, match=r"\['kye'\] is neither"):
        type("Town", (City,), {"__doc__": "A town."}, kye=("name",))


def test_a_table_is_closed_unless_it_or_one_above_it_says_otherwise() -> None:
    class Open(Toy, closed=False):
        """A toy of which others note other things too."""

    below = type("Below", (Open,), {"__doc__": "As above."})
    assert (Toy.closed, Open.closed, below.closed) == (True, False, False)
    assert type("Shut", (Open,), {"__doc__": "As above.", "closed": True}).closed
    with pytest.raises(DefinitionError, match="`closed` is true or false, not 'no'"):
        type("Wrong", (Toy,), {"__doc__": "As above.", "closed": "no"})


def test_a_table_that_derives_from_another_has_its_columns_and_rules() -> None:
    class Painted(Toy):
        """A toy with a color."""

        name = "painted"
        color = Text("Color.")
        rules = (*Toy.rules, Unique("color"))

    assert [column.name for column in columns(Painted)][-3:] == ["state", "color", "note"]
    assert (Painted.key, Toy.key) == (("toy_id",), ("toy_id",))
    assert added(Painted) == {"note"}

    class Vote(Table, key="ward"):
        """A vote."""

        ward = Text("Ward.")

    assert type("Later", (Vote,), {"__doc__": "A later vote."}).key == ("ward",)
    assert "color" not in Toy.fields


def test_a_table_is_named_after_its_module_and_facts_end_with_a_note() -> None:
    made = type("Thing", (Table,), {"__doc__": "One thing.", "__module__": "somewhere.things", "thing_id": Key("Id.")})
    other = type("Rule", (Table,), {"__doc__": "One rule.", "__module__": "somewhere.things", "thing_id": Key("Id."), "serves": "rule"})
    assert made.name == "things"
    assert list(made.fields) == ["thing_id", "note"]
    assert list(other.fields) == ["thing_id"]


def test_a_record_is_completed_with_defaults_kinds_and_bounds() -> None:
    row = complete(Toy, {"toy_id": "toy-1", "made": "2023", "pieces": ">=3"})
    assert set(row) == {c.name for c in columns(Toy)}
    assert (row["state"], row["made_kind"], row["pieces_low"], row["pieces_best"]) == ("new", "actual", 3, None)
    empty = complete(Toy, {"toy_id": "toy-1"})
    assert (empty["made_kind"], empty["made_approximate"]) == (None, None)
    assert complete(Toy, {"toy_id": "toy-1", "made_kind": "ongoing"})["made_kind"] == "ongoing"


def test_parts_name_the_column_that_points_back() -> None:
    owner = type("Owner", (Table,), {"__doc__": "One owner.", "name": "owners", "owner_id": Key("Id.")})
    assert parts(owner, {"owners": owner, "toys": Toy}) == {"toys": (Toy, "owner_id")}
    assert parts(Toy, {"owners": owner, "toys": Toy}) == {}


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_a_shipped_table_is_named_documented_and_refers_to_tables_that_exist(table: type[Table]) -> None:
    assert TABLES[table.name] is table
    assert (table.__doc__ or "").rstrip().endswith(".")
    assert all(column.doc.endswith(".") and column.name.islower() for column in columns(table))
    assert set(references(table).values()) <= set(TABLES)
    assert len({rule.name for rule in all_rules(table)}) == len(all_rules(table))


@pytest.mark.parametrize("role", ["source", *MADE, "rule", "retired"])
def test_each_role_of_the_build_has_exactly_one_table(role: Any) -> None:
    assert [t for t in TABLES.values() if t.serves == role] == [with_role(TABLES, role)]
