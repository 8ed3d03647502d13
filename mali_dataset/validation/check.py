"""Runs the plan of a table on an engine: what can be checked, in which steps, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from mali_dataset.problems import Problem, ProblemsError
from mali_dataset.schema import RowCount, Rule, columns
from mali_dataset.schema.plan import Limit
from mali_dataset.schema.rules import ACROSS
from mali_dataset.schema.table import added
from mali_dataset.validation.collect import Collector, write
from mali_dataset.validation.engine import Engine
from mali_dataset.validation.others import Named, other_problem
from mali_dataset.validation.polars_source import file_heights, open_source
from mali_dataset.validation.progress import Told, following
from mali_dataset.validation.ragged import ragged
from mali_dataset.validation.report import Check, Problems, as_table, joined
from mali_dataset.validation.sources import Files, shape_problems

Found = tuple[int, Problems, tuple[Check, ...]]
# Problems that are told, and written, together.
TOGETHER = 10_000


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
        elif isinstance(rule, ACROSS) and (problem := other_problem(rule, engine)):
            why[rule] = problem if isinstance(problem, str) else "its column cannot be read"
            if isinstance(problem, Problem):
                at_once.add(rule)
                whole.append(problem)
    runnable = [rule for rule in rules if rule not in why and not isinstance(rule, RowCount)]
    named = Named(engine, runnable)
    # A table that refers to itself is read once.
    uneven = (problem for (name, _), files in {(name, one.paths): one for name, one in read}.items() for problem in ragged(files, name))
    with Collector(table, limit, engine.keys, lambda: file_heights(own), out) as collector, following(progress, rows) as tell:
        collector.whole(whole)

        def tell_of(problems: Iterator[Problem]) -> None:
            # There may be as many as rows.
            while some := list(islice(problems, TOGETHER)):
                told.update((problem.rule, problem.column) for problem in some)
                collector.whole(some)
                whole.extend(some if limit is None else some[: max(limit - len(whole), 0)])

        tell_of(uneven)
        done = 0
        asked, steps = set(runnable), list(dict.fromkeys((*runnable, *named.limits)))
        for step in engine.steps(steps):
            tell(done, len(steps), step.rules[0].sentence)
            done += len(step.rules)
            for rule, found in step.run():
                named.note(rule, found)
                if rule in asked:
                    collector.add(rule, found)
        tell_of(named.problems())
        kept = as_table(whole[:limit])
        rest = collector.problems(runnable, None if limit is None else max(limit - kept.num_rows, 0))
        if changed := [problem for name, one in read for problem in one.changed(name)]:
            raise ProblemsError(changed)
    made = []
    for rule in rules:
        failed = told.pop((rule.name, rule.about or None), 0) + (rule in at_once) + collector.counts.get(rule, 0)
        skipped = rule in why and not failed
        if isinstance(rule, Limit) and skipped:
            continue  # the problem of the column says it
        made.append(Check(rule.name, rule.about or None, rule.sentence, None if skipped else failed, why[rule] if skipped else named.why(rule)))
    made += [Check(rule, column, "", count) for (rule, column), count in told.items()]
    return rows, Problems(joined([kept, rest])), tuple(made)


def refused(problems: list[Problem], out: Path | None) -> Found:
    """What is reported, to the file too, of a table that cannot be read."""
    if out:
        write(as_table(problems), out)
    counted = Counter((problem.rule, problem.column) for problem in problems)
    return 0, Problems(as_table(problems)), tuple(Check(rule, column, "", count) for (rule, column), count in counted.items())
