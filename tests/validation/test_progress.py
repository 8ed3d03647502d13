"""Long validations say how far they are."""

import pytest

from mali_dataset.validation.progress import LONG, following
from mali_dataset.validation.validate import validate
from tests.validation.test_bad_input import ENGINES, Shop, shops


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_is_told_every_step(engine):
    told: list[tuple[int, int, str]] = []
    validate(shops(), Shop, engine=engine, progress=lambda *step: told.append(step))
    assert told
    assert [done for done, *_ in told] == sorted({done for done, *_ in told})
    assert told[0][0] == 0
    assert all(done < total for done, total, _ in told)
    assert len({total for _, total, _ in told}) == 1
    assert all(isinstance(what, str) and what for *_, what in told)


def test_a_bar_is_drawn_on_standard_error_only(capsys):
    with following(progress=True, rows=3) as tell:
        tell(1, 2, "[red]x")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("progress", "rows", "terminal"), [(None, LONG, True), (None, LONG + 1, False), (False, LONG + 1, True)])
def test_nobody_is_told_of_a_short_run_or_where_nobody_looks(progress, rows, terminal, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    with following(progress, rows) as tell:
        tell(1, 2, "x")
    assert capsys.readouterr() == ("", "")


def test_a_long_run_is_shown_on_a_terminal(monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    made = []
    monkeypatch.setattr("rich.progress.Progress.update", lambda *_, **told: made.append(told))
    with following(None, LONG + 1) as tell:
        tell(1, 2, "`a` is never empty")
    assert made == [{"completed": 1, "total": 2, "description": "`a` is never empty"}]


def test_a_sentence_with_brackets_is_shown_as_it_is(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    with following(progress=True, rows=3) as tell:
        tell(1, 2, "`a` as a whole has the form [/][a-z]+")
    assert "[/][a-z]+" in capsys.readouterr().err
