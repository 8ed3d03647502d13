"""Phrases are looked for in the texts of their sources, and texts are compared by hash."""

import hashlib
from pathlib import Path

import pytest

from mali_dataset.curation.compile import Compiled
from mali_dataset.curation.verify import paragraphs, verify_sources
from tests.conftest import FILES, Broken, line_of

TEXT = "One.\n\nTwo.\n \u00a0 \nThree.\n\nGone in December 2023? They were gone in\u00a0 December 2023.\nabout 12,000 troops\nSix.\nSeven.\nEight.\nthe first coup in 2020\nmore than 209 injured\n"


def _texts(tmp_path: Path, text: str = TEXT) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "paper.txt").write_text(text, encoding="utf-8")
    return folder


def test_blank_lines_and_no_break_spaces_do_not_count_as_paragraphs() -> None:
    assert paragraphs("a  b\n\n\u00a0\n c\u00a0d \n") == ["a b", "c d"]


def test_phrases_in_their_paragraphs_are_found(compiled: Compiled, tmp_path: Path) -> None:
    found = verify_sources(compiled, _texts(tmp_path))
    assert found.problems == ()
    assert found.sources == ("src-paper-2023",)
    assert found.places == 4
    assert found.without_text > 5


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ("the first coup in 2020", "the second coup", "phrase_not_in_source", "does not occur in paragraph 9"),
        ("Eight.\nthe first", "the first coup in 2020 again\nthe first", None, ""),
        ("Eight.\nthe first coup in 2020", "the first coup in 2020\nEight.", "phrase_not_in_source", "it stands in paragraph 8"),
        ("\nthe first coup in 2020\nmore than 209 injured", "", "no_such_paragraph", "has 8 paragraphs"),
    ],
)
def test_a_phrase_that_is_not_there_is_a_problem_with_file_and_line(
    compiled: Compiled, tmp_path: Path, old: str, new: str, rule: str | None, says: str
) -> None:
    assert TEXT.count(old) == 1
    found = verify_sources(compiled, _texts(tmp_path, TEXT.replace(old, new))).problems
    if rule is None:
        assert found == ()
        return
    coups = [p for p in found if p.file == "coups.yaml"]
    assert [(p.rule, says in p.message) for p in coups] == [(rule, True)]
    assert coups[0].line == line_of(FILES["coups.yaml"], "first coup in 2020, verdict: error")


@pytest.mark.parametrize(("text", "expected"), [(TEXT, []), (TEXT + "more\n", ["hash_differs"])])
def test_a_text_is_the_one_that_was_read(compile_with: Broken, tmp_path: Path, text: str, expected: list[str]) -> None:
    sha = hashlib.sha256(TEXT.encode()).hexdigest()
    compiled = compile_with("sources.yaml", "  seed_file: paper.txt\n", f"  seed_file: paper.txt\n  sha256: {sha}\n")
    found = verify_sources(compiled, _texts(tmp_path, text)).problems
    assert [p.rule for p in found] == expected
    assert all((p.file, p.column) == ("sources.yaml", "sha256") and p.line for p in found)


def test_a_text_may_be_named_after_its_source(compiled: Compiled, tmp_path: Path) -> None:
    (tmp_path / "src-report-2022.txt").write_text("nothing\n", encoding="utf-8")
    found = verify_sources(compiled, tmp_path)
    assert found.sources == ("src-report-2022",)
    assert {p.rule for p in found.problems} == {"phrase_not_in_source", "no_such_paragraph"}
