"""Follows a value back to its sources, and shows where sources disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

from mali_dataset.release.read import Frame, as_frame, load, rows_of

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


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
        who = f" ({', '.join(w for w in (self.speaker, self.producer and f'count by {self.producer}') if w)})" if self.speaker or self.producer else ""
        why = f"\n      why: {self.why}{f' See {self.see_record}.' if self.see_record else ''}" if self.why else ""
        when = f", {self.published}" if self.published else ""
        return (
            f"    {self.verdict}: {self.value} — “{self.phrase}”{who}\n"
            f"      {self.publisher}: {self.title}{when}, {self.place} [{self.source_id}]{why}"
        )


@dataclass(frozen=True)
class ValueView:
    """One value of a record, its basis, and every claim about it."""

    field: str
    value: object
    basis: str
    rule: str | None
    claims: tuple[ClaimView, ...]

    def __str__(self) -> str:
        rule = f" by {self.rule}" if self.rule else ""
        head = f"  {self.field} = {self.value if self.value is not None else 'no source says'} [{self.basis}{rule}]"
        return "\n".join([head, *map(str, self.claims)])


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


def _claims() -> list[dict[str, Any]]:
    """Every claim joined to its citation, source and publisher."""
    citations = {row["citation_id"]: row for row in rows_of("citations")}
    sources = {row["source_id"]: row for row in rows_of("sources")}
    publishers = {row["publisher_id"]: row["title"] for row in rows_of("publishers")}
    joined = []
    for claim in rows_of("claims"):
        citation = citations[claim["citation_id"]]
        source = sources[citation["source_id"]]
        about = {
            "source_id": source["source_id"],
            "title": source["title"],
            "publisher": publishers[source["publisher_id"]],
            "published": source["published"],
            "place": citation["locator"],
            "phrase": citation["phrase"],
            "link": citation["link"],
        }
        joined.append(claim | about)
    return joined


def _view(claim: dict[str, Any]) -> ClaimView:
    return ClaimView(**{name: claim[name] for name in ClaimView.__dataclass_fields__})


def evidence(table: str, key: str) -> Evidence:
    """Every value of one record with its basis, and every claim on it with its place in the source.

    Args:
        table: name of the table.
        key: id of the record, as `cou-2012-03-22`.

    Raises:
        UnknownRecordError: there is no such record; the message names the nearest, or what replaced a retired id.
        UnknownTableError: there is no such table.
    """
    rows = {str(row[next(iter(row))]): row for row in rows_of(table)}
    if key not in rows:
        raise UnknownRecordError(_missing(table, key, rows))
    record = rows[key]
    claims = [claim for claim in _claims() if claim["table"] == table and claim["record_id"] == key]
    bases = {row["field"]: row for row in rows_of("bases") if row["table"] == table and row["record_id"] == key}
    fields = list(dict.fromkeys([c["field"] for c in claims if c["field"] not in record] + [f for f in record if f in bases or any(c["field"] == f for c in claims)]))
    values = [
        ValueView(
            field=name,
            value=record.get(name, "this record") if name in record else "this record",
            basis=bases[name]["basis"] if name in bases else "no value" if name in record else "existence",
            rule=bases[name]["rule"] if name in bases else None,
            claims=tuple(_view(c) for c in claims if c["field"] == name),
        )
        for name in fields
    ]
    return Evidence(table, key, record, tuple(values))


def _missing(table: str, key: str, rows: dict[str, dict[str, Any]]) -> str:
    from mali_dataset.problems import near

    for retired in rows_of("retired_ids"):
        if retired["retired_id"] == key:
            then = f"; {retired['replaced_by']} replaced it" if retired["replaced_by"] else ""
            return f"{key!r} was retired in {retired['version']} ({retired['reason']}){then}"
    return f"there is no {key!r} in `{table}`.{near(key, rows)}"


@overload
def rivals(table: str | None = ..., *, as_: Literal["arrow"] = ...) -> pa.Table: ...
@overload
def rivals(table: str | None = ..., *, as_: Literal["pandas"]) -> pd.DataFrame: ...
@overload
def rivals(table: str | None = ..., *, as_: Literal["polars"]) -> pl.DataFrame: ...
def rivals(table: str | None = None, *, as_: Frame = "arrow") -> Any:
    """Where sources disagree with our reading, or with each other: one row a claim whose verdict is not `supports`.

    Args:
        table: only the records of this table; by default all.
        as_: kind of frame, as in `load`.

    Returns:
        Columns table, record_id, field, reading (our value, null if we give none), value, stated, verdict, why, see_record, speaker, producer,
        source_id, publisher, published, place, phrase, link.

    Raises:
        UnknownTableError: there is no such table.
    """
    import pyarrow as pa

    names = ("table", "record_id", "field", "reading", "value", "stated", "verdict", "why", "see_record", "speaker", "producer")
    names += ("source_id", "publisher", "published", "place", "phrase", "link")
    if table is not None:
        load(table)
    wanted = [c for c in _claims() if c["verdict"] != "supports" and table in (None, c["table"])]
    records = {name: {str(row[next(iter(row))]): row for row in rows_of(name)} for name in {c["table"] for c in wanted}}
    for claim in wanted:
        reading = records[claim["table"]].get(claim["record_id"], {}).get(claim["field"])
        claim["reading"] = None if reading is None else str(reading).lower() if isinstance(reading, bool) else str(reading)
    ordered = sorted(wanted, key=lambda c: (c["table"], c["record_id"], c["field"], c["verdict"], c["claim_id"]))
    schema = pa.schema([pa.field(name, pa.string()) for name in names])
    return as_frame(pa.Table.from_pylist([{n: c[n] for n in names} for c in ordered], schema=schema), as_)
