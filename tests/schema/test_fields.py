"""Fields: their columns, their expansion, and how a claimed value lies to a recorded one."""

import pytest
from hypothesis import given

from mali_dataset.schema import Code, Count, Day, DefinitionError, Flag, Key, Number, Ref, Summary, Text, When
from mali_dataset.schema.fields import Field
from mali_dataset.schema.forms.strategies import count_texts, edtf_texts

WHEN, COUNT = When("When."), Count("How many.")


@pytest.mark.parametrize(
    ("field", "names"),
    [
        (Key("Id.", prefix="toy"), ["x"]), (Ref("Other.", to="others"), ["x"]), (Text("Words."), ["x"]), (Number("N.", unit="m"), ["x"]),
        (Flag("Yes."), ["x"]), (Day("Day."), ["x"]), (Code("Code.", codes={"a": "A."}), ["x"]),
        (WHEN, ["x", "x_earliest", "x_latest", "x_kind", "x_approximate", "x_uncertain"]), (COUNT, ["x", "x_low", "x_best", "x_high"]),
    ],
)  # fmt: skip
def test_a_field_is_published_as_these_columns(field: Field, names: list[str]) -> None:
    assert [column.name for column in field.columns("x")] == names
    assert field.columns("x")[0] == field.authored("x")


@pytest.mark.parametrize("codes", [None, {}, {"a": " "}, {"a": "A.", "b": ""}])
def test_a_code_without_a_sentence_is_refused(codes: dict[str, str] | None) -> None:
    with pytest.raises(DefinitionError, match="sentence for every value"):
        Code("Code.", codes=codes)  # type: ignore[arg-type]  # the test makes wrong ones


@pytest.mark.parametrize(
    ("field", "claimed", "recorded", "relation"),
    [
        (WHEN, "2023-02-10", "2023-02", "within"), (WHEN, "2023-02", "2023-02-10", "overlaps"), (WHEN, "2023-03", "2023-02", "apart"),
        (WHEN, "[..2023-03-01]", "[..2023-03-01]", "within"), (WHEN, "[2023-03-01..]", "2023-02", "apart"), (WHEN, "2023~", "2023", "within"),
        (COUNT, "300", ">=209", "within"), (COUNT, ">=209", "300", "overlaps"), (COUNT, "180", "209", "apart"),
        (COUNT, "scores", "scores", "within"), (COUNT, "scores", "300", "overlaps"), (COUNT, "300", "scores", "overlaps"),
        (Text("T."), "mnla", "MNLA", "within"), (Text("T."), "NMLA", "MNLA", "apart"), (Summary("S."), "other words", "our words", "within"),
        (Code("C.", codes={"a": "A.", "b": "B."}), "a", "b", "apart"), (Ref("R.", to="x"), "act-a", "act-a", "within"),
        (Flag("F."), True, False, "apart"),
    ],
)  # fmt: skip
def test_a_claim_lies_to_a_record(field: Field, claimed: object, recorded: object, relation: str) -> None:
    assert field.relate(claimed, recorded) == relation


@given(edtf_texts(), edtf_texts())
def test_dates_relate_consistently(one: str, other: str) -> None:
    assert WHEN.relate(one, one) == "within"
    assert (WHEN.relate(one, other) == "apart") is (WHEN.relate(other, one) == "apart")


@given(count_texts(), count_texts())
def test_counts_relate_consistently(one: str, other: str) -> None:
    assert COUNT.relate(one, one) == "within"
    assert (COUNT.relate(one, other) == "apart") is (COUNT.relate(other, one) == "apart")


@pytest.mark.parametrize("field", [WHEN, COUNT])
def test_nothing_expands_to_nothing(field: Field) -> None:
    assert set(field.expand("x", None).values()) == {None}


def test_only_a_date_that_may_be_ongoing_knows_that_kind() -> None:
    assert [code for code, _ in When("W.").kind("x").codes] == ["actual", "planned"]
    assert [code for code, _ in When("W.", ongoing=True).kind("x").codes] == ["actual", "planned", "ongoing"]
