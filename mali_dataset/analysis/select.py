"""How arguments name things: days as text or dates, actors and deployments by id or by the end of it."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from mali_dataset.problems import near


class NoAnswerError(LookupError):
    """The data cannot answer; the message says what is nearest."""


def day(value: str | date) -> date:
    """A day, from a date or from text as `2022-03-01`.

    Raises:
        ValueError: the text is not a day.
    """
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{value!r} is not a day: write it as 2022-03-01") from error


def pick(name: str, known: Iterable[str], what: str) -> str:
    """The one id that `name` means: itself, or with its prefix left out (`minusma` for `act-minusma`).

    Raises:
        NoAnswerError: no id fits; the message names the nearest.
    """
    ids = list(known)
    found = [i for i in ids if i == name] or [i for i in ids if i.partition("-")[2] == name]
    if not found:
        raise NoAnswerError(f"there is no {what} {name!r}.{near(name, [*(i.partition('-')[2] for i in ids), *ids])}")
    return found[0]


def lines(title: str, items: Collection[object]) -> list[str]:
    """A title and indented items below it, or nothing when there are none."""
    return [title, *(f"  {item}" for item in items)] if items else []
