"""Values that are computed from other values, never typed by hand: `computed: {count: sum-of-parts}`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mali_dataset.curation.reader import Block
from mali_dataset.curation.records import Record
from mali_dataset.problems import Problem
from mali_dataset.schema import edtf
from mali_dataset.schema.rules import PartsSum

FUNCTIONS = {
    "sum-of-parts": "The sum of the rows that are complete parts of this one, by one split.",
    "intersection-of-claims": "What all supporting claims on a date allow together.",
}


def compute(records: list[Record]) -> Iterable[Problem]:
    """Fill in the computed values of all records, parts before wholes; yields the problems met."""
    waiting = [(r, str(f), str(fn)) for r in records for f, fn in _asked(r).items()]
    for record, name, function in waiting:
        if function not in FUNCTIONS:
            yield record.problem("computed", f"there is no function {function!r}; there is {', '.join(FUNCTIONS)}", name)
    pending = [(r, f) for r, f, fn in waiting if fn == "sum-of-parts" and f not in r.values]
    while pending:
        done = [(r, f) for r, f in pending if _sum(r, f, records, {id(o) for o, _ in pending})]
        pending = [p for p in pending if p not in done]
        if not done:
            return


def intersection(texts: Iterable[str]) -> str | None:
    """The EDTF text of the days that all of some dates allow, or None when no day is left or nothing bounds them."""
    dates = [edtf.parse(text) for text in texts]
    first = max((d.earliest for d in dates if d.earliest), default=None)
    last = min((d.latest for d in dates if d.latest), default=None)
    if first == last:
        return first.isoformat() if first else None
    return None if first and last and first > last else f"[{first or ''}..{last or ''}]"


def _asked(record: Record) -> dict[str, Any]:
    node = record.extras.get("computed")
    return dict(node) if isinstance(node, Block) else {}


def _sum(record: Record, name: str, records: list[Record], pending: set[int]) -> bool:
    """Set a field to the sum of its complete parts, if all of them are plain numbers by now."""
    rule = next((r for r in record.table.rules if isinstance(r, PartsSum) and r.count == name), None)
    if rule is None:
        return False
    own = [r for r in records if r.table is record.table and r.values.get(rule.parent) == record.key and r.values.get(rule.complete)]
    splits: dict[str, list[Record]] = {}
    for part in own:
        splits.setdefault(part.values[rule.split], []).append(part)
    for parts in splits.values():
        if all(id(p) not in pending and str(p.values.get(name, "")).isdigit() for p in parts):
            record.values[name] = str(sum(int(p.values[name]) for p in parts))
            record.faulty.discard(name)
            return True
    return False
