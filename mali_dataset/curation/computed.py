"""Values that are computed from other values, never typed by hand: `computed: {end: intersection-of-claims}`."""

from collections.abc import Iterable

from mali_dataset.curation.reader import Block
from mali_dataset.curation.records import Record
from mali_dataset.schema import PartsSum, edtf

INTERSECTION, SUM = "intersection-of-claims", "sum-of-parts"


def intersection(texts: Iterable[str]) -> str | None:
    """The EDTF text of the days that all of some dates allow, or None when no day is left or nothing bounds them."""
    dates = [edtf.parse(text) for text in texts]
    first = max((d.earliest for d in dates if d.earliest), default=None)
    last = min((d.latest for d in dates if d.latest), default=None)
    if first == last:
        return first.isoformat() if first else None
    return None if first and last and first > last else f"[{first or ''}..{last or ''}]"


def add_sums(records: Iterable[Record]) -> None:
    """Give each count that is computed by `sum-of-parts` the sum of a complete split of it, parts before wholes."""
    asked = [(r, rule) for r in records for rule in r.table.rules if isinstance(rule, PartsSum) and _asks(r, rule.count)]
    for record, rule in [pair for _ in asked for pair in asked]:
        own = [r.values for r in records if r.table is record.table and r.values.get(rule.parent) == record.key and r.values.get(rule.complete)]
        for split in sorted({part[rule.split] for part in own}):
            counts = [str(part.get(rule.count)) for part in own if part[rule.split] == split]
            if rule.count not in record.values and all(count.isdigit() for count in counts):
                record.values[rule.count] = str(sum(map(int, counts)))


def _asks(record: Record, name: str) -> bool:
    node = record.extras.get("computed")
    return isinstance(node, Block) and node.get(name) == SUM
