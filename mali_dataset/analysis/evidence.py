"""Follows a value back to its sources, and shows where sources disagree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mali_dataset.problems import near
from mali_dataset.release.read import load, rows_of

if TYPE_CHECKING:
    import pyarrow as pa

_DISAGREEMENT = "table record_id field reading value stated verdict why see_record speaker producer source_id publisher published place phrase link"


class UnknownRecordError(KeyError):
    """There is no record of that id."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class ClaimView:
    """One claim with its place in a source, as it reads best."""

    field: str
    value: str
    stated: str
    verdict: str
    why: str | None
    see_record: str | None
    speaker: str | None
    producer: str | None
    source_id: str
    title: str
    publisher: str
    published: str | None
    place: str
    phrase: str
    link: str | None

    def __str__(self) -> str:
        who = ", ".join(word for word in (self.speaker, self.producer and f"count by {self.producer}") if word)
        when = f", {self.published}" if self.published else ""
        lines = [f"    {self.verdict}: {self.value}, “{self.phrase}”{f' ({who})' if who else ''}"]
        lines.append(f"      {self.publisher}: {self.title}{when}, {self.place} [{self.source_id}]")
        lines += [f"      why: {self.why}{f' See {self.see_record}.' if self.see_record else ''}"] if self.why else []
        return "\n".join(lines)


@dataclass(frozen=True)
class ValueView:
    """One value of a record, its basis, and every claim about it."""

    field: str
    value: object
    basis: str
    rule: str | None
    claims: tuple[ClaimView, ...]

    def __str__(self) -> str:
        head = f"  {self.field} = {self.value if self.value is not None else 'no source says'} [{self.basis}"
        return "\n".join([f"{head}{f' by {self.rule}' if self.rule else ''}]", *map(str, self.claims)])


@dataclass(frozen=True)
class Evidence:
    """Every value of a record with its basis, and every claim on it with its place in a source."""

    table: str
    key: str
    record: dict[str, Any]
    values: tuple[ValueView, ...]

    @property
    def claims(self) -> tuple[ClaimView, ...]:
        """Every claim on the record."""
        return tuple(claim for value in self.values for claim in value.claims)

    def __str__(self) -> str:
        return "\n".join([f"{self.table} {self.key}", *map(str, self.values)])

    __repr__ = __str__


def evidence(table: str, key: str) -> Evidence:
    """Every value of one record with its basis, and every claim on it with its place in the source.

    Args:
        table: name of the table.
        key: id of the record, as `cou-2012-03-22`.

    Raises:
        UnknownRecordError: there is no such record; the message names the nearest, or what replaced a retired id.
        UnknownTableError: there is no such table.
    """
    rows = by_key(table)
    if key not in rows:
        retired = by_key("retired_ids").get(key)
        gone = f"{key!r} was retired in {retired['version']}: {retired['reason']}; see {retired['replaced_by']}" if retired else ""
        raise UnknownRecordError(gone or f"there is no {key!r} in `{table}`.{near(key, rows)}")
    record, claims = rows[key], _joined(c for c in rows_of("claims") if (c["table"], c["record_id"]) == (table, key))
    bases = {row["field"]: row for row in rows_of("bases") if (row["table"], row["record_id"]) == (table, key)}
    said = {claim["field"] for claim in claims}
    values = []
    for name in [*sorted(said - set(record)), *(f for f in record if f in said or f in bases)]:
        basis = bases.get(name, {"basis": "existence" if name not in record else "no value", "rule": None})
        views = (ClaimView(**{k: c[k] for k in ClaimView.__dataclass_fields__}) for c in claims if c["field"] == name)
        values.append(ValueView(name, record.get(name, "this record"), basis["basis"], basis["rule"], tuple(views)))
    return Evidence(table, key, record, tuple(values))


def rivals(table: str | None = None) -> pa.Table:
    """Where sources disagree with our reading, or with each other: one row a claim whose verdict is not `supports`.

    Args:
        table: only the records of this table; by default all.

    Returns:
        Columns table, record_id, field, reading (our value, null if we give none), value, stated, verdict, why, see_record, speaker, producer,
        source_id, publisher, published, place, phrase, link.

    Raises:
        UnknownTableError: there is no such table.
    """
    import pyarrow as pa

    if table is not None:
        load(table)
    claims = _joined(c for c in rows_of("claims") if c["verdict"] != "supports" and table in (None, c["table"]))
    records = {name: by_key(name) for name in {claim["table"] for claim in claims}}
    for claim in claims:
        reading = records[claim["table"]].get(claim["record_id"], {}).get(claim["field"])
        claim["reading"] = str(reading).lower() if isinstance(reading, bool) else None if reading is None else str(reading)
    claims.sort(key=lambda c: (c["table"], c["record_id"], c["field"], c["verdict"], c["claim_id"]))
    names = _DISAGREEMENT.split()
    return pa.Table.from_pylist([{n: c[n] for n in names} for c in claims], pa.schema([(name, pa.string()) for name in names]))


def by_key(table: str) -> dict[str, dict[str, Any]]:
    """The rows of a table by their first column, which is the key of every table of records."""
    return {str(next(iter(row.values()))): row for row in rows_of(table)}


def _joined(claims: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Claims, each joined to its citation, source and publisher."""
    citations, sources, publishers = by_key("citations"), by_key("sources"), by_key("publishers")
    joined = []
    for claim in claims:
        citation = citations[claim["citation_id"]]
        source = sources[citation["source_id"]]
        place = {"place": citation["locator"], "phrase": citation["phrase"], "link": citation["link"]}
        about = {"title": source["title"], "published": source["published"], "publisher": publishers[source["publisher_id"]]["title"]}
        joined.append(claim | place | about | {"source_id": source["source_id"]})
    return joined
