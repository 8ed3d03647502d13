"""The canonical form: done twice it is done once, and it loses no comment and no value."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mali_dataset.curation import fmt
from mali_dataset.curation.fmt import format_files, formatted
from mali_dataset.curation.reader import parse
from mali_dataset.problems import ProblemsError
from mali_dataset.schema.forms.strategies import records
from mali_dataset.tables import registry
from tests.conftest import FILES
from tests.schema.forms.test_laws import yaml_of

MESSY = """# yaml-language-server: $schema=x.json
coups:
    -   id:   cou-a   # the first
        date: "[..2023-03-01]"
        count:  ">=209"
        flag: NO

        number: 0123
        time: 12:30
        # before the list
        evidence:
          - {source: src-a, at: row 1}
          - source: 'src-b'
# at the end
"""


@pytest.mark.parametrize("text", [MESSY, MESSY.replace("\n", "\r\n"), "\ufeff" + MESSY, *(t for n, t in FILES.items() if n.endswith(".yaml"))])
def test_formatting_twice_is_formatting_once_and_keeps_values_and_comments(text: str) -> None:
    once = formatted(text, "f.yaml")
    assert formatted(once, "f.yaml") == once
    assert parse(once, "f")[0] == parse(text.removeprefix("\ufeff"), "f")[0]
    for comment in ("# the first", "# before the list", "# at the end", "# yaml-language-server"):
        assert (comment in once) is (comment in text)
    assert "\r" not in once
    assert once.endswith("\n")


@given(st.data())
def test_formatting_keeps_every_value_of_generated_records(data: st.DataObject) -> None:
    table = registry()[data.draw(st.sampled_from(["coups", "casualties", "sources"]))]
    text = yaml_of(table, data.draw(st.lists(records(table), min_size=1, max_size=2)))
    once = formatted(text, "f.yaml")
    assert parse(once, "f.yaml") == parse(text, "f.yaml")
    assert formatted(once, "f.yaml") == once


def test_what_is_not_plain_yaml_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("a: &x 1\n", encoding="utf-8")
    changed, problems = format_files([path], tmp_path, write=True)
    assert (changed, [p.rule for p in problems], path.read_text(encoding="utf-8")) == ([], ["yaml_anchor_or_tag"], "a: &x 1\n")


def test_a_form_that_would_lose_a_comment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Losing:
        def load(self, text: str) -> str:
            return text

        def dump(self, text: str, out: object) -> None:
            out.write(text.replace("# the first", ""))  # type: ignore[attr-defined]  # a StringIO

    monkeypatch.setattr(fmt, "_yaml", Losing)
    with pytest.raises(ProblemsError, match="lose a comment") as error:
        formatted(MESSY, "f.yaml")
    assert [(p.rule, p.file) for p in error.value.problems] == [("fmt", "f.yaml")]


def test_files_are_written_only_when_asked_and_only_when_they_change(data: Path) -> None:
    files = sorted(data.rglob("*.yaml"))
    files[0].write_text(MESSY, encoding="utf-8")
    would, _ = format_files(files, data, write=False)
    assert files[0] in would
    assert files[0].read_text(encoding="utf-8") == MESSY
    done, problems = format_files(files, data, write=True)
    assert (done, problems) == (would, [])
    assert format_files(files, data, write=True) == ([], [])


def test_a_file_that_cannot_be_replaced_stays_whole(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = data / "coups.yaml"
    path.write_text(MESSY, encoding="utf-8")

    def fail(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr("mali_dataset.curation.fmt.os.replace", fail)
    with pytest.raises(OSError, match="full"):
        format_files([path], data, write=True)
    assert path.read_text(encoding="utf-8") == MESSY
    assert [p.name for p in data.iterdir() if p.name.startswith(".")] == []
