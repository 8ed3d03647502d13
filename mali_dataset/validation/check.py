"""Runs the plan of a table on an engine: what can be checked, in which steps, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from mali_dataset.problems import Problem, ProblemsError
from mali_dataset.schema import ReferencesAny, RowCount, Rule, columns
from mali_dataset.schema.plan import Limit
from mali_dataset.schema.rules import ACROSS
from mali_dataset.schema.table import added
from mali_dataset.validation.collect import Collector, write
from mali_dataset.validation.engine import Engine, other_column
from mali_dataset.validation.polars_source import file_heights, open_source
from mali_dataset.validation.progress import Told, following
from mali_dataset.validation.report import Check, Problems, as_table, joined
from mali_dataset.validation.sources import Files, csv_header, ragged_rows, shape_problems

Found = tuple[int, Problems, tuple[Check, ...]]


def check(
    engine: Engine, rules: Sequence[Rule], own: Files | None, read: Sequence[tuple[str, Files]], limit: int | None, out: Path | None, progress: Told
) -> Found:
    """Number of rows, problems and checks of an open table.

    Args:
        engine: the engine with the table open.
        rules: the plan.
        own: the files of the table, if it is in files.
        read: all files that are read, each with the name of its table.
        limit: how many problems are kept; None for all.
        out: a file for all problems.
        progress: see `validate`.

    Raises:
        ProblemsError: a file changed while it was read, or cannot be read.
    """
    table, rows = engine.table, engine.rows()
    shapes = getattr(engine, "shapes", None) or (open_source(own, table).shapes if own else {None: list(engine.types.items())})
    # Who defines a table of another subject does not think of the column that every table is given.
    spare = added(table) - {name for shape in shapes.values() for name, _ in shape}
    rules = [rule for rule in rules if not spare & set(rule.columns)]
    whole = [problem for problem in shape_problems(table, shapes) if problem.column not in spare]
    right = {c.name for c in columns(table) if all([kind for name, kind in shape if name == c.name] == [c.dtype] for shape in shapes.values())}
    why: dict[Rule, str] = {}
    told, at_once = Counter((problem.rule, problem.column) for problem in whole), set[Rule]()
    for rule in rules:
        if isinstance(rule, RowCount):
            if not rule.allows(rows):
                at_once.add(rule)
                whole.append(Problem(rule=rule.name, message=f"breaks the rule that {rule.sentence}; it has {rows:,}", table=table.name))
        elif wrong := sorted(set(rule.columns) - right):
            why[rule] = f"{', '.join(f'`{name}`' for name in wrong)} is missing or of another type"
        elif isinstance(rule, ACROSS) and (problem := _other_problem(rule, engine)):
            why[rule] = problem if isinstance(problem, str) else "its column cannot be read"
            if isinstance(problem, Problem):
                at_once.add(rule)
                whole.append(problem)
    runnable = [rule for rule in rules if rule not in why and not isinstance(rule, RowCount)]
    # Rows that name a table which was not given are counted, as nothing is known of them.
    aside: dict[Rule, Limit] = {rule: Limit(rule.table, "one_of", _given(rule, engine)) for rule in runnable if isinstance(rule, ReferencesAny)}
    unknown = Counter[Rule]()
    # A table that refers to itself is read once.
    uneven = [problem for (name, _), files in {(name, one.paths): one for name, one in read}.items() for problem in ragged(files, name)]
    with Collector(table, limit, engine.keys, lambda: file_heights(own), out) as collector, following(progress, rows) as tell:
        collector.whole(whole)
        for problem in uneven:
            told[problem.rule, problem.column] += 1
            collector.whole([problem])
            if limit is None or len(whole) < limit:
                whole.append(problem)
        done = 0
        steps = list(dict.fromkeys((*runnable, *aside.values())))
        for step in engine.steps(steps):
            tell(done, len(steps), step.rules[0].sentence)
            done += len(step.rules)
            for rule, found in step.run():
                unknown[rule] += found.height
                if rule in runnable:
                    collector.add(rule, found)
        kept = as_table(whole[:limit])
        rest = collector.problems(runnable, None if limit is None else max(limit - kept.num_rows, 0))
        if changed := [problem for name, one in read for problem in one.changed(name)]:
            raise ProblemsError(changed)
    made = []
    for rule in rules:
        failed = told.pop((rule.name, rule.about or None), 0) + (rule in at_once) + collector.counts.get(rule, 0)
        if isinstance(rule, Limit) and rule in why and not failed:
            continue  # the problem of the column says it
        part = f"{some:,} rows name other tables than {', '.join(aside[rule].value)}" if rule in aside and (some := unknown[aside[rule]]) else None
        open_ = rule in why and not failed
        made.append(Check(rule.name, rule.about or None, rule.sentence, None if open_ else failed, why[rule] if open_ else part))
    made += [Check(rule, column, "", count) for (rule, column), count in told.items()]
    return rows, Problems(joined([kept, rest])), tuple(made)


def _given(rule: ReferencesAny, engine: Engine) -> tuple[str, ...]:
    """The tables whose keys a rule can look up."""
    return tuple(name for name in engine.others if other_column(rule, engine.table, engine.others, name))


def _other_problem(rule: Rule, engine: Engine) -> Problem | str | None:
    """Why a rule across tables cannot be checked: as a reason when the table was not given, as a problem when it has not what it should have."""
    table, others = engine.table, engine.others
    if isinstance(rule, ReferencesAny):
        return None if _given(rule, engine) else "give the tables as `against`"
    name = getattr(rule, "table", "")
    if name not in others:
        return "give the table as `against`"
    column = other_column(rule, table, others)
    wanted = next(c.dtype for c in columns(table) if c.name == rule.about)
    if column is not None and others[name][column] in (wanted, "string"):
        return None
    if name == table.name and set(table.key) - set(others[name]):
        return "its own key is missing"
    fault = f"its key `{column}` cannot be read as {wanted}" if column else f"no column of it can be what `{rule.about}` refers to"
    message = f"`{name}` was given, but {fault}; it has {', '.join(f'{c} ({kind})' for c, kind in others[name].items()) or 'no columns'}"
    return Problem(rule=rule.name, message=message, table=table.name, column=rule.about)


def ragged(files: Files, table: str) -> Iterator[Problem]:
    """Rows of CSV files that have not as many cells as the header."""
    if files.format == "CSV":
        for path, name in zip(files.paths, files.names, strict=True):
            yield from ragged_rows(path, name, len(csv_header(path, name, table)), table)


def refused(problems: list[Problem], out: Path | None) -> Found:
    """What is reported, to the file too, of a table that cannot be read."""
    if out:
        write(as_table(problems), out)
    counted = Counter((problem.rule, problem.column) for problem in problems)
    return 0, Problems(as_table(problems)), tuple(Check(rule, column, "", count) for (rule, column), count in counted.items())
