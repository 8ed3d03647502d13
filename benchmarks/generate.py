"""Makes the benchmark tables, knowing which rows it spoiled.

The base of the data is clean. With `seeded`, one row in a thousand has one defect; the kinds of defects come by turns, so that every check has
its share, and what each row breaks is recorded.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from events import COUNTRIES, TYPES, Event, Report

from mali_dataset.schema import Table, columns
from mali_dataset.schema.forms.arrow import arrow_schema
from mali_dataset.schema.table import complete

GROUP = 262_144  # rows of a row group, and of a piece that the generator makes at once
ACTORS = 5_000
DIGITS = 13  # of a number in a text

# A row that keeps every rule, with nothing empty but the note: the ground of every defect.
_GROUND: dict[str, Any] = {
    "event_type": "battle", "country": "mli", "actor_id": "act-00001", "target_id": "act-00002", "place": "Ségou", "latitude": 13.4317, "longitude": -6.2157,
    "start": date(2012, 3, 22), "end": date(2012, 3, 24), "deaths_low": 3, "deaths_best": 5, "deaths_high": 9, "civilians": True, "note": None,
}  # fmt: skip


def defects() -> Iterator[tuple[tuple[tuple[str, str], ...], dict[str, Any]]]:
    """Each kind of defect: the checks that it breaks, as (rule, column), and the values that do so.

    In a text `#` stands for the number of the row, so that no two bad rows are equal by chance; `...` is the value of another row.
    """
    for column in columns(Event):
        name = column.name
        dangling = (("references_actors", name),) if name in ("actor_id", "target_id") else ()
        if not column.nullable:
            yield (("not_null", name),), {name: None}
        if column.codes:
            yield (("one_of", name),), {name: column.codes[0][0] + "s"}
        if column.pattern:
            yield (("pattern", name), *dangling), {name: "-Gao\n#"}
        if column.max_length:
            yield (("max_length", name), *dangling), {name: ("evt-#" if name == "event_id" else "act-#").ljust(column.max_length + 2 - DIGITS, "a")}
        if column.dtype == "float64":
            yield (("finite", name), ("at_most", name)), {name: float("nan") if name == "latitude" else float("inf")}
        alone: dict[str, Any] = {"source": "Source #"} if name == "source_number" else {}
        above = {"deaths_best": {"deaths_high": None}, "deaths_low": {"deaths_best": None}}.get(name, alone)
        below = {"deaths_best": {"deaths_low": None}, "deaths_high": {"deaths_best": None}}.get(name, alone)
        if column.minimum is not None:
            yield (("at_least", name),), {name: column.minimum - 1, **below}
        if column.maximum is not None:
            yield (("at_most", name),), {name: column.maximum + 1, **above}
    for column_name in ("actor_id", "target_id"):
        yield (("references_actors", column_name),), {column_name: "act-nobody"}
    yield (("unique_event_id", "event_id"),), {"event_id": ...}
    yield (("unique_source_source_number", "source"),), {"source": ..., "source_number": ...}
    yield (("deaths_low_not_above_deaths_best", "deaths_low"),), {"deaths_low": 6}
    yield (("deaths_best_not_above_deaths_high", "deaths_best"),), {"deaths_best": 10}
    yield (("start_not_above_end", "start"),), {"end": date(2012, 3, 21)}
    yield (("target_id_required_if_event_type", "target_id"),), {"target_id": None}
    yield (("deaths_best_null_if_event_type", "deaths_best"),), {"event_type": "agreement"}
    yield (("together_latitude_longitude", "latitude"),), {"longitude": None}
    yield (("any_of_place_latitude", "place"),), {"place": None, "latitude": None, "longitude": None}
    yield (("actor_id_differs_from_target_id", "actor_id"),), {"target_id": "act-00001"}


def write_actors(path: Path) -> None:
    """Write the table that events refer to."""
    pq.write_table(pa.table({"actor_id": [f"act-{i:05}" for i in range(ACTORS)], "title": [f"Actor {i}" for i in range(ACTORS)]}), path)


def generate(path: Path, rows: int, *, seeded: bool, seed: int = 1, order: str = "ascending", share: float = 0.001) -> list[tuple[str, str, int]]:
    """Write a table of events as Parquet, piece by piece, and return what was spoiled.

    Args:
        path: the file to write.
        rows: how many rows.
        seeded: whether to spoil rows.
        seed: of the random numbers; equal seeds give equal files.
        order: `ascending` keys, or `shuffled` ones (pseudo-random numbers).
        share: the share of rows that get a defect.

    Returns:
        Every broken check as (rule, column, row), the rows counted from 0.

    Raises:
        ValueError: there are too few rows to spoil one.
    """
    truth, kinds, every = [], list(defects()), round(1 / share)
    if seeded and rows < every:
        raise ValueError(f"{rows} rows are too few for a defect in each {every}")
    # One row in each block of `every` is spoiled; the last row of another block lends its key where one must be double.
    spoiled = np.arange(seed % (every - 1), rows if seeded else 0, every)
    with pq.ParquetWriter(path, _schema(Event), compression="snappy") as writer:
        for start in range(0, rows, GROUP):
            numbers = np.arange(start, min(start + GROUP, rows))
            table = _piece(numbers, np.random.default_rng([seed, start]), order, rows)
            places, patches = [], []
            for k in np.flatnonzero((spoiled >= start) & (spoiled <= numbers[-1])).tolist():
                row, (breaks, values) = int(spoiled[k]), kinds[k % len(kinds)]
                lender = (k * 7919 + 13) % (rows // every) * every + every - 1 if ... in values.values() else row
                own, lent = pa.table(_identity(np.array([row, lender]), order)).to_pylist()
                patch = {name: value.replace("#", f"{row:0{DIGITS}}") if isinstance(value, str) else value for name, value in values.items()}
                patches.append({**_GROUND, **own, **patch, **{name: lent[name] for name, value in values.items() if value is ...}})
                places.append(row - start)
                truth += [(*check, one) for check in breaks for one in {row, lender}]
            if places:
                take = np.arange(len(numbers))
                take[places] = len(numbers) + np.arange(len(places))
                table = pa.concat_tables([table, pa.Table.from_pylist(patches, _schema(Event))]).take(take)
            writer.write_table(table, row_group_size=GROUP)
    return sorted(set(truth))


def generate_reports(path: Path, rows: int, *, seed: int = 1) -> None:
    """Write a clean table of reports as Parquet: dates and counts as text with the columns that they expand to."""
    days = np.datetime64("2000-01-01") + np.arange(9_000)
    starts = [*map(str, days), *(f"{d}~" for d in days[::9]), *np.unique(days.astype("M8[M]")).astype(str), *(f"[{d}..{d + 6}]" for d in days[::5])]
    counts = [*map(str, range(400)), *(f">={n}" for n in range(200)), *(f"{n}..{n + 9}" for n in range(300)), *(f"~{n}0" for n in range(1, 90)), None]
    ends = [*(str(d) for d in days[-30:] + 9_000), *(f"[{d}..]" for d in days[-30:] + 9_000)]
    dates = pa.Table.from_pylist([complete(Report, {"report_id": "rep-a", "start": s, "end": ends[i % 60]}) for i, s in enumerate(starts)], _schema(Report))
    deaths = pa.Table.from_pylist([complete(Report, {"report_id": "rep-a", "start": "2000", "end": "2000", "deaths": c}) for c in counts], _schema(Report))
    with pq.ParquetWriter(path, _schema(Report), compression="snappy") as writer:
        for start in range(0, rows, GROUP):
            numbers, random = np.arange(start, min(start + GROUP, rows)), np.random.default_rng([seed, start])
            table, other = dates.take(random.integers(0, len(starts), len(numbers))), deaths.take(random.integers(0, len(counts), len(numbers)))
            for name in ("deaths", "deaths_low", "deaths_best", "deaths_high"):
                table = table.set_column(table.column_names.index(name), name, other[name])
            writer.write_table(table.set_column(0, "report_id", _texts("rep-", numbers)), row_group_size=GROUP)


def _schema(table: type[Table]) -> pa.Schema:
    """The columns of a table, all of which may be null in a file."""
    return pa.schema([pa.field(field.name, field.type) for field in arrow_schema(table)])


def _texts(prefix: str, numbers: np.ndarray[Any, Any], digits: int = DIGITS) -> pa.Array:
    """Numbers as texts of one length, made digit by digit."""
    head = np.frombuffer(prefix.encode(), np.uint8)
    text = np.empty((len(numbers), len(head) + digits), np.uint8)
    text[:, : len(head)] = head
    for place in range(digits):
        text[:, -1 - place] = numbers % 10 + 48
        numbers = numbers // 10
    offsets = np.arange(len(text) + 1, dtype=np.int32) * text.shape[1]
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(text))


def _identity(numbers: np.ndarray[Any, Any], order: str) -> dict[str, pa.Array]:
    """What no other row has: the key, and the source with its own number."""
    keys = numbers.astype(np.uint64)
    if order == "shuffled":
        for _ in range(2):  # steps that no two numbers leave at the same place
            keys = keys * np.uint64(0x9E3779B97F4A7C15) & np.uint64((1 << 40) - 1)
            keys ^= keys >> np.uint64(20)
    block, place = numbers // len(_SOURCES), numbers % len(_SOURCES)
    source = _SOURCES.take((place * 119 + block * 37) % len(_SOURCES))
    return {"event_id": _texts("evt-", keys), "source": source, "source_number": pa.array(block + 1)}


def _names(glue: str, *parts: str) -> pa.Array:
    """All texts with one part of each of some lists."""
    found = [""]
    for part in parts:
        found = [f"{before}{glue if before else ''}{one}" for before in found for one in part.split(",")]
    return pa.array(found)


_SOURCES = _names(
    " ",
    "Daily,Weekly,Radio,The Sahel,Agence,Studio,Le,Voice of,Office of,New",
    "Observer,Herald,Monitor,Courier,Post,Tribune,Echo,Times,Journal,Record",
    "North,South,East,West",
)
_PLACES = _names(
    "",
    "Ba,Ké,Gao,Tim,Kida,Sé,Mo,Din,Ma,Né",
    "ra,gou,bouc,na,pti,ntié,ko,l,so,ndi",
    "ba,dougou,tou,bé,la,kala,ni,guel,wère,ma",
    "r,na,-Nord,-Sud,kan,ra, Peul, Dogon,lé,mé",
)
_OPENING = _names(
    " ",
    "Residents say,Officials say,A witness says,The army says,Local media say,The mission says",
    "armed men,a patrol of soldiers,unknown fighters,a convoy of traders,two groups",
    "attacked,left,entered,burned,searched,shelled",
)
_MIDDLE = _names(
    " ",
    "the village,the market,a checkpoint,the camp,a school,the bridge,the road",
    "at dawn,after dark,on market day,during prayers,around noon",
    "near,north of,south of,close to,far from",
)


def _piece(numbers: np.ndarray[Any, Any], random: np.random.Generator, order: str, rows: int) -> pa.Table:
    """Clean rows."""
    n = len(numbers)
    chance = {name: random.random(n, dtype=np.float32) for name in ("type", "actor", "place", "point", "end", "deaths", "best", "civilians", "note")}
    kind = np.searchsorted([0.3, 0.5, 0.7, 0.78, 0.97], chance["type"])
    actor = (ACTORS * chance["actor"].astype(float) ** 3).astype(int)
    target = (actor + random.integers(1, ACTORS, n)) % ACTORS
    day = random.integers(0, 365, n) + 10_227 + (numbers * 10_000 // max(rows, 1) if order == "ascending" else random.integers(0, 10_000, n))
    low = (random.exponential(2.5, n) ** 1.5).astype(int)
    best = low + random.integers(0, 4, n)
    uncounted = (kind == TYPES.index("agreement")) | (chance["deaths"] < 0.15)
    unplaced, silent = chance["place"] < 0.05, chance["note"] > 1 / 3
    nowhere = (chance["point"] < 0.1) & ~unplaced
    places, actors = _PLACES.take(random.integers(0, len(_PLACES), n)), pa.array([f"act-{i:05}" for i in range(ACTORS)])
    note = pc.binary_join_element_wise(_OPENING.take(random.integers(0, len(_OPENING), n)), _MIDDLE.take(random.integers(0, len(_MIDDLE), n)), places, " ")
    made = _identity(numbers, order) | {
        "event_type": pa.array(TYPES).take(kind),
        "country": pa.array(COUNTRIES).take(random.integers(0, len(COUNTRIES), n)),
        "actor_id": actors.take(actor),
        "target_id": pc.if_else(pa.array(np.isin(kind, (0, 2)) | (chance["actor"] < 0.5)), actors.take(target), None),
        "place": pc.if_else(pa.array(unplaced), None, places),
        "latitude": pa.array(np.round(random.uniform(4, 24, n), 4), mask=nowhere),
        "longitude": pa.array(np.round(random.uniform(-17, 15, n), 4), mask=nowhere),
        "start": pa.array(day.astype(np.int32)).cast(pa.date32()),
        "end": pa.array((day + random.geometric(0.4, n) - 1).astype(np.int32), mask=chance["end"] < 0.6).cast(pa.date32()),
        "deaths_low": pa.array(low, mask=uncounted),
        "deaths_best": pa.array(best, mask=uncounted | (chance["best"] < 0.1)),
        "deaths_high": pa.array(best + random.integers(0, 9, n), mask=uncounted),
        "civilians": pa.array(low % 2 == 0, mask=chance["civilians"] < 0.2),
        "note": pc.if_else(pa.array(silent), None, note),
    }
    return pa.table({name: made[name] for name in _schema(Event).names}, schema=_schema(Event))


def main(path: Path, rows: int, order: str) -> None:
    """Write the file that its name asks for (`events-…-seeded.parquet`, `reports-…`, `actors`), and beside it as JSON what was spoiled."""
    truth = []
    if path.stem == "actors":
        write_actors(path)
    elif path.stem.startswith("reports"):
        generate_reports(path, rows)
    else:
        truth = generate(path, rows, seeded=path.stem.endswith("seeded"), order=order)
    path.with_suffix(".json").write_text(json.dumps(truth), encoding="utf-8")
    if rows <= 100_000:  # what frictionless takes
        import polars as pl

        pl.scan_parquet(path).sink_csv(path.with_suffix(".csv"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
