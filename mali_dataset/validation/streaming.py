"""Queries of polars over tables of any size: each reads the columns that it needs, in one pass or in as many as the memory demands."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from math import ceil
from operator import or_
from sys import float_info
from typing import TYPE_CHECKING, TypeVar

from mali_dataset.schema import Disjoint, Expands, PartsSum, Rule
from mali_dataset.schema.count import MOST
from mali_dataset.schema.forms.expressions import ROW, hashed, one_of, overlapping, unequal_wholes
from mali_dataset.schema.forms.expressions import unexpanded as wrong_expansions
from mali_dataset.schema.plan import Limit

if TYPE_CHECKING:
    import polars as pl

S = TypeVar("S")
T = TypeVar("T")
Found = Iterator[tuple[Rule, "pl.DataFrame"]]
# Bytes that the hashes of one pass, or the values of another table, may take.
MEMORY = 512 * 2**20
# Rows that are looked at together.
BATCH = 50_000
# Batches that are made one: of those in which little is left of much that was read, each keeps the room of all.
TOGETHER = 16
# Bytes of a part, as values in memory, and the least number of its rows; twice that where so much is stored together.
PART, LEAST = 18 * 2**20, 125_000
# Bytes of values of a column that may be held, and how many values may be sought in another table.
VALUES, SOUGHT = 128 * 2**20, 1_000_000
# Least number of rows of each of the four places that a sample is taken from, and the part of a large table that it is.
SAMPLE, SAMPLED = 10_000, 400


@dataclass(frozen=True)
class Rows:
    """The rows of a table that is too large to be read at once.

    Attributes:
        lazy: the table.
        height: how many there are.
        ends: the rows before which those that are stored, and so read, together end; none where that is not known.
    """

    lazy: pl.LazyFrame
    height: int
    ends: Sequence[int] = ()

    def sample(self, names: Iterable[str]) -> pl.DataFrame:
        """Some rows from four places."""
        import polars as pl

        # One after the other: as one query they would read the whole table.
        taken = min(max(SAMPLE, self.height // SAMPLED), self.height // 4 + 1)
        return pl.concat([self.lazy.select(names).slice(self.height // 4 * n, taken).collect(engine="streaming") for n in range(4)])

    def parts(self, seen: pl.Series | pl.DataFrame, times: int = 1) -> Iterator[pl.LazyFrame]:
        """Parts that hold only so many bytes (times `PART`) of some columns, as `seen` of them foretells: what is read faster than looked at would pile up."""
        most, first, ends = max(PART * times * len(seen) // max(int(seen.estimated_size()), 1), LEAST), 0, self.ends
        if self._together > 2 * most:
            ends = range(most, self.height, most)
        for end, after in pairwise((*ends, self.height, self.height + most)):
            if after - first > most and end > first:
                yield self.lazy.slice(first, end - first)
                first = end

    def bounded(self, names: Sequence[str]) -> Iterator[pl.LazyFrame]:
        """The whole, or parts of it where too many bytes of some columns are stored together."""
        # No value takes more than 16 bytes but those of longer texts, for which a sample is worth its time.
        if self.ends and self._together * len(names) * 16 > 2 * PART:
            yield from self.parts(self.sample(names))
        else:
            yield self.lazy

    @property
    def _together(self) -> int:
        return max((after - end for end, after in pairwise((0, *self.ends))), default=self.height)


def batches(query: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The rows of a query, as they come, but not in crumbs; in no order, as that would hold more of them in memory."""
    import polars as pl

    waiting: list[pl.DataFrame] = []
    for batch in _own(query).collect_batches(maintain_order=False):
        waiting += [batch] if batch.height else []
        if len(waiting) >= TOGETHER:
            waiting = [pl.concat(waiting, rechunk=True)]
        if sum(one.height for one in waiting) >= BATCH:
            yield pl.concat(waiting)
            waiting = []
    if waiting:
        yield pl.concat(waiting, rechunk=True)


def gathered(query: pl.LazyFrame) -> pl.DataFrame:
    """The few rows of a query as one frame."""
    return _own(query).collect(engine="streaming").rechunk()


def _own(query: pl.LazyFrame) -> pl.LazyFrame:
    """A text and nothing is a new text: else the few that are found would hold on to all that were read with them."""
    import polars as pl

    return query.with_columns(pl.col(pl.String) + "")


def row_rules(lazy: pl.LazyFrame, rules: dict[Rule, pl.Expr]) -> Found:
    """Rows that break rules which one row decides: one query for all, then each rule on what it found."""
    import polars as pl

    names = list(dict.fromkeys(name for rule, expr in rules.items() for name in (*rule.columns, *expr.meta.root_names())))
    # One look at a decimal number decides all its limits: what is not finite lies between no bounds.
    decimals = {rule.column for rule in rules if isinstance(rule, Limit) and rule.limit == "finite"}
    bounds = {name: {"at_least": -float_info.max, "at_most": float_info.max} for name in decimals}
    rest = []
    for rule, expr in rules.items():
        if isinstance(rule, Limit) and rule.column in decimals and rule.limit in ("finite", "at_least", "at_most"):
            bounds[rule.column][rule.limit] = rule.value
        else:
            rest.append(expr)
    rest += [~pl.col(name).is_between(found["at_least"], found["at_most"]) for name, found in bounds.items()]
    for batch in batches(lazy.select(ROW, *names).filter(reduce(or_, rest))):
        yield from each(batch, rules)


def many(seen: pl.Series | pl.DataFrame) -> bool:
    """Whether values, or combinations of values, stand less than twice in a sample."""
    return seen.n_unique() * 2 > len(seen)


def few(values: pl.Series, rules: dict[Rule, pl.Expr]) -> bool:
    """Whether a column has few values, to judge by a sample from four places.

    Values that stand often, but each in one place only, are few where they are stored together. That serves as long as nothing is wrong.
    """
    if many(values.drop_nulls()):
        return False
    places = len(values) * 3 // 4
    known = values.slice(places).is_in(values.head(places).unique().implode(), nulls_equal=True)
    return int(known.sum()) * 10 >= len(known) * 9 or not values.to_frame().filter(reduce(or_, rules.values())).height


def few_texts(lazy: pl.LazyFrame, name: str, rules: dict[Rule, pl.Expr], seen: pl.Series, stored: pl.LazyFrame) -> Found:
    """As `row_rules`, for a column of text with few values, of which some were seen: the rules are asked of its values, and the rows of bad ones are sought.

    Where the values cannot be told, or are many, those that were seen and are sound are let pass first. Of a column that is `stored` as categories these
    are the values, which the texts made of them would hide.
    """
    import polars as pl

    column, broken, some = pl.col(name), reduce(or_, rules.values()), seen.to_frame(name)
    if (values := _values(stored, name)) is not None:
        bad = values.to_frame(name).filter(broken).to_series()
        wrong = [one_of(column, bad)] if len(bad) else []
    else:
        sound = some.filter(~broken.fill_null(value=False)).to_series()
        wrong = [~column.is_in(sound.implode())] if len(sound) < len(seen) else [broken]
    if some.clear(1).select(broken).item():
        wrong.append(column.is_null())
    if wrong:
        for batch in batches(lazy.select(ROW, name).filter(reduce(or_, wrong))):
            yield from each(batch, rules)


def _values(lazy: pl.LazyFrame, name: str) -> pl.Series | None:
    """The values of a column, None when they are many.

    A filter is asked of the values in the dictionary of a Parquet file, not of the rows, as long as none of these passes: so one that lets nothing pass
    is asked of all values, and notes them.
    """
    import polars as pl

    found, size = list[pl.Series](), 0

    def texts(values: pl.Series) -> pl.Series:
        return values.unique().cast(pl.String) if isinstance(values.dtype, pl.Categorical | pl.Enum) else values

    def noted(values: pl.Series) -> pl.Series:
        nonlocal size
        if size <= VALUES:
            found.append(texts(values))
            size += int(found[-1].estimated_size())
        return pl.Series([False]).new_from_index(0, len(values))

    nothing = lazy.select(name).filter(pl.col(name).map_batches(noted, return_dtype=pl.Boolean, is_elementwise=True)).collect(engine="streaming")
    return pl.concat([texts(nothing.to_series()), *found]).drop_nulls().unique() if size <= VALUES else None


def many_texts(some: Iterator[pl.LazyFrame], name: str, rules: dict[Rule, pl.Expr], coarse: pl.Expr) -> Found:
    """As `row_rules`, for a column of text with many values in parts of a table; `coarse` finds all that break a rule, and perhaps some more."""
    for found in side_by_side(lambda part: sifted(part.select(ROW, name).collect(engine="streaming"), coarse), some):
        yield from each(found, rules)


def sifted(read: pl.DataFrame, some: pl.Expr) -> pl.DataFrame:
    """Some of the rows of a part that was read as a whole: what looks at many texts together has more of them at once there than in a stream."""
    found = read.filter(some)
    return gathered(found.lazy()) if found.height else found


def side_by_side(run: Callable[[S], T], some: Iterable[S]) -> Iterator[T]:
    """What comes of some parts, in their order: a few run at once, as none keeps all processors busy, and each is looked at while others are read."""
    import polars as pl

    workers = max(pl.thread_pool_size(), 2)
    pool, waiting = ThreadPoolExecutor(workers), deque[Future[T]]()
    try:
        for part in some:
            waiting.append(pool.submit(run, part))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def marked(lazy: pl.LazyFrame, some: pl.Expr) -> pl.LazyFrame:
    """Some of the rows, but not by a filter that goes down into the scan, as such a one costs more where no dictionary decides it."""
    return lazy.with_columns(some.alias("__some")).filter("__some").drop("__some")


def each(batch: pl.DataFrame, rules: dict[Rule, pl.Expr]) -> Found:
    """The rows of a batch that break each of some rules."""
    for rule, expr in rules.items():
        if (broken := batch.filter(expr)).height:
            yield rule, broken.select(ROW, rule.about)


def grouped(rules: dict[Rule, pl.Expr], texts: frozenset[str]) -> list[dict[Rule, pl.Expr]]:
    """Rules that share a query: those over several columns that overlap, up to six together, with the limits of these columns; and those of one column.

    Limits of columns of text stay apart, because a filter on such a column alone is decided on the dictionary of a Parquet file.
    """
    groups: list[tuple[set[str], dict[Rule, pl.Expr]]] = []
    for rule, expr in sorted(rules.items(), key=lambda item: -len(item[0].columns)):
        mine = set(rule.columns)
        for names, group in groups:
            shared = names & mine - texts if len(mine) > 1 else set() if mine & texts else names & mine
            if names == mine or (shared and len(names | mine) <= 6):  # noqa: PLR2004 - as said above
                names |= mine  # noqa: PLW2901 - the set is that of the group
                group[rule] = expr
                break
        else:
            groups.append((mine, {rule: expr}))
    return [group for _, group in groups]


def absent(rows: Rows, rule: Rule, other: pl.LazyFrame, size: int, memory: int) -> Iterator[pl.DataFrame]:
    """Rows whose value the only column of another table of a size does not hold: few values are sought in it; else it is gone through in passes."""
    import polars as pl

    (theirs,), mine = other.collect_schema().names(), rows.lazy.select(ROW, rule.about).filter(pl.col(rule.about).is_not_null())
    seen = rows.sample([rule.about]).to_series().drop_nulls()
    if not many(seen) and (values := _values(rows.lazy, rule.about)) is not None and len(values) <= SOUGHT:
        if not len(values):
            return
        known = other.join(values.to_frame("__value").lazy(), left_on=theirs, right_on="__value", how="semi").unique().collect(engine="streaming").to_series()
        missing = values.filter(~values.is_in(known.implode()))
        if len(missing):
            yield from batches(mine.filter(pl.col(rule.about).is_in(missing.implode())))
        return
    # A text of twenty characters takes some two hundred bytes while it is looked up.
    passes = max(ceil(size * 200 / memory), 1)
    for part in range(passes):
        sought, held = (some.filter(pl.col(name).hash() % passes == part) for some, name in ((mine, rule.about), (other, theirs)))
        yield from batches(sought.join(held, left_on=rule.about, right_on=theirs, how="anti"))


def unexpanded(rows: Rows, rule: Expands) -> Iterator[pl.DataFrame]:
    """Rows whose bounds are not those of their text: the grammar reads each distinct text with its bounds once."""
    import polars as pl

    text, names = pl.col(rule.text), rule.columns
    sample, unlike = rows.sample(names), pl.lit(value=True)
    if rule.kind == "count" and many(sample[rule.text]):
        low, best, high = (pl.col(name) for name in names[1:])
        # A plain number is the commonest count, and needs no grammar.
        plain = (low.cast(pl.String) == text) & (low == best) & (low == high) & low.is_between(0, MOST)
        unlike = ~plain.fill_null(value=False)
    yield from _with(rows, rule, wrong_expansions(rule, _combinations(rows, sample, unlike)))


def combined(rows: Rows, rule: Rule, broken: pl.Expr) -> Found:
    """As `row_rules`, for a rule over several columns: if these have few combinations of values, it is asked of each combination once."""
    sample = rows.sample(rule.columns)
    if many(sample):
        yield from row_rules(rows.lazy, {rule: broken})
    else:
        for found in _with(rows, rule, _combinations(rows, sample).filter(broken)):
            yield rule, found


def _combinations(rows: Rows, sample: pl.DataFrame, *some: pl.Expr) -> pl.DataFrame:
    """The combinations of values that some columns have, of which a sample is known, in some rows: part by part, which takes less memory than all at once."""
    import polars as pl

    # Each part has most combinations again, which takes time.
    parts = (part.select(sample.columns).filter(*some).unique() for part in rows.parts(sample, times=2))
    found = side_by_side(lambda part: part.collect(engine="streaming"), parts)
    return pl.concat([sample.clear(), *found]).unique()


def _with(rows: Rows, rule: Rule, wrong: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Rows in which the columns of a rule have a combination of values that is wrong."""
    import polars as pl

    if wrong.height:
        first, names = rule.columns[0], rule.columns
        some = rows.lazy.select(ROW, *names).filter(pl.col(first).is_in(wrong[first].unique().implode(), nulls_equal=True))
        yield from batches(some.join(wrong.lazy(), on=names, how="semi", nulls_equal=True).select(ROW, rule.about))


def over_rows(rows: Rows, rule: Rule, memory: int) -> Iterator[pl.DataFrame]:
    """Rows that break a rule over several rows of a table."""
    import polars as pl

    numbered = rows.lazy.select(ROW, *rule.columns)
    if isinstance(rule, PartsSum):
        yield from batches(unequal_wholes(rule, numbered).select(ROW, rule.about))
    if isinstance(rule, Disjoint):
        # A row takes a multiple of its values while it is sorted, and parts are sorted faster than the whole.
        passes = max(ceil(rows.height * 192 * len(rule.columns) / memory), 1)
        for part in range(passes):
            mine = numbered.filter(hashed(rule.group) % passes == part) if passes > 1 else numbered
            found = mine.collect(engine="streaming")
            yield found.filter(pl.col(ROW).is_in(overlapping(rule, found).implode())).select(ROW, rule.about)
