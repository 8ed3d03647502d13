"""The command line `mali-dataset`: builds, checks, formats, shows, follows and cites the data."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from signal import SIGTERM, default_int_handler, signal
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any

import mali_dataset

if TYPE_CHECKING:
    from mali_dataset.problems import Problem
    from mali_dataset.schema import Table

FINE, PROBLEMS, USAGE, INTERRUPTED = 0, 1, 2, 130

_EPILOG = """\
examples:
  mali-dataset build                          data/ -> build/release, or every problem with file and line
  mali-dataset show coups                     a table in the terminal
  mali-dataset evidence coups cou-2012-03-22  every claim on it, with its place in a source
  mali-dataset validate mine.csv casualties   check your own table against a definition of ours
  mali-dataset validate mine.csv own.py:Own   or of your own
  mali-dataset fmt                            bring data/ into its canonical form

exit codes: 0 fine, 1 problems found, 2 wrong usage, 130 interrupted or terminated. Every command takes --json for machines."""


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="mali-dataset", description=mali_dataset.__doc__, epilog=_EPILOG, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"mali_dataset {mali_dataset.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    def command(name: str, run: Callable[[Any], int], summary: str, details: str = "") -> Callable[..., argparse.Action]:
        made = commands.add_parser(name, help=summary, description=f"{summary}\n\n{details}".strip(), formatter_class=raw)
        made.add_argument("--json", action="store_true", help="print JSON for machines")
        made.set_defaults(run=run)
        return made.add_argument

    data: Any = {"type": Path, "nargs": "?", "default": Path("data"), "help": "folder of YAML (default: data)"}
    add = command("build", _build, "Build the dataset from data/.", "The last good release stays until the new one is whole.")
    add("data", **data)
    add("--out", type=Path, help="folder of the release (default: build/release beside the data)")
    add("--check", action="store_true", help="check only, write nothing")
    add = command("validate", _validate, "Check a table of your own, of any size.", "docs/validation.md has the whole story.")
    add("source", help="file (Parquet, CSV, Arrow IPC), folder, glob in quotes, or FILE.duckdb::TABLE")
    add("table", help="a table of ours (`mali-dataset show` lists them), or a class of your own: package.module:Class or path/to/file.py:Class")
    add("--against", action="append", default=[], metavar="TABLE=SOURCE", help="a table that rules refer to; may be repeated")
    add("--engine", choices=("auto", "polars", "duckdb", "spark"), default="auto", help="what checks; all find the same (default: auto)")
    add("--memory", metavar="SIZE", help="what the engine may use, as 500MB")
    add("--limit", type=int, metavar="N", help="problems to print at most (default: 20 in a terminal, else 1000); counts are exact")
    add("--out", type=Path, metavar="FILE", help="write all problems to FILE (.parquet or .csv)")
    add("--quiet", action="store_true", help="no progress and no report: the exit code tells")
    add = command("fmt", _fmt, "Bring YAML files into their canonical form.", "Keeps every comment and every value.")
    add("paths", type=Path, nargs="*", default=[Path("data")], help="files or folders (default: data)")
    add("--check", action="store_true", help="only say which files would change")
    add = command("show", _show, "Show the tables, one table, or one record.", "Without a table: every table with its rows.")
    add("table", nargs="?", help="name of a table")
    add("id", nargs="?", help="id of a record")
    add("--rows", type=int, default=20, help="rows to show at most (default: 20)")
    add("--describe", action="store_true", help="show what the columns mean instead")
    add = command("evidence", _evidence, "Follow a record to its sources.", "Every value with its basis, every claim with its place.")
    add("table", help="name of a table")
    add("id", help="id of a record, as cou-2012-03-22")
    add = command("cite", _cite, "Cite this version, and the sources behind chosen records.")
    add("ids", nargs="*", help="ids of records whose sources are cited too")
    add("--style", choices=("apa", "bibtex", "ris", "csl-json"), default="apa", help="style (default: apa)")
    add = command("verify-sources", _verify, "Look for every phrase in the texts of its sources.", "Texts are named <source_id>.txt, or as seed_file says.")
    add("texts", type=Path, help="folder of texts")
    add("data", **data)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 fine, 1 problems found, 2 wrong usage, 130 interrupted or terminated."""
    for stream in (s for s in (sys.stdout, sys.stderr) if isinstance(s, io.TextIOWrapper)):
        stream.reconfigure(errors="backslashreplace")
    args = _parser().parse_args(argv)
    # Whoever ends the program politely, as schedulers do, finds as little left of it as who interrupts it.
    before = signal(SIGTERM, default_int_handler) if current_thread() is main_thread() else None
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_, **__: print(f"mali-dataset: {message}", file=sys.stderr)
            return int(args.run(args))
    except BrokenPipeError:
        # The reader of the pipe has seen enough; close quietly, as `head` expects.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except KeyboardInterrupt:
        print(f"mali-dataset {args.command}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except (LookupError, ValueError, TypeError, OSError, ImportError, MemoryError, RuntimeError) as error:
        hint = "; install mali-dataset[curation]" if getattr(error, "name", None) in ("yaml", "ruamel") else ""
        print(f"mali-dataset {args.command}: {error}{hint}", file=sys.stderr)
        return USAGE
    finally:
        if before is not None:
            signal(SIGTERM, before)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _finish(args: argparse.Namespace, problems: Sequence[Problem], done: dict[str, object], said: str) -> int:
    """Print problems, or what was done, as text or JSON; returns the exit code."""
    if args.json:
        _print_json({"ok": not problems, **done, "problems": [problem.as_dict() for problem in problems]})
    else:
        print(*problems, f"{len(problems):,} problem{'s'[: len(problems) > 1]}" if problems else said, sep="\n")
    return PROBLEMS if problems else FINE


def _there(path: Path, *, folder: bool = True) -> Path:
    if not (path.is_dir() if folder else path.exists()):
        raise FileNotFoundError(f"there is no {'folder' if folder else 'file or folder'} {path}")
    return path


def _build(args: argparse.Namespace) -> int:
    from mali_dataset.problems import ProblemsError
    from mali_dataset.release.build import build, check
    from mali_dataset.release.manifest import BUILT

    data = _there(args.data)
    if args.check:
        compiled, _ = check(data)
        rows = {name: len(found) for name, found in compiled.rows.items()}
        return _finish(args, compiled.problems, {"rows": rows}, f"{sum(rows.values()):,} rows in {len(rows)} tables, no problems")
    from rich.console import Console

    with Console(stderr=True).status("reading") as status:
        try:
            built = build(data, args.out or data.resolve().parent / BUILT, progress=status.update)
        except ProblemsError as error:
            status.stop()
            return _finish(args, error.problems, {}, "")
    tables = built.manifest["tables"]
    if not args.json:
        _table("", ("table", "rows", "columns", "bytes"), [(n, t["rows"], t["columns"], t["bytes"]) for n, t in tables.items()])
    rows = sum(t["rows"] for t in tables.values())
    said = f"built {built.manifest['version']}: {rows:,} rows in {len(tables)} tables in {built.seconds:.1f} s, in {built.folder}"
    return _finish(args, [], {"folder": str(built.folder), "seconds": built.seconds, "tables": tables}, said)


def _validate(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from mali_dataset.validation.validate import validate

    pairs = [pair.partition("=") for pair in args.against]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise ValueError(f"--against {wrong[0]!r} is not TABLE=SOURCE")
    pretty = sys.stdout.isatty() and not args.json
    limit = max(args.limit, 0) if args.limit is not None else 20 if pretty else 1000
    given: dict[str, Any] = {"engine": args.engine, "memory": args.memory, "limit": limit, "out": args.out, "progress": False if args.quiet else None}
    found = validate(args.source, _definition(args.table), against={name: other for name, _, other in pairs}, **given)
    if args.json:
        shown = {"table": found.table, "rows": found.rows, "engine": found.engine, "counts": found.counts, "skipped": found.skipped, "out": args.out}
        problems = [problem.as_dict() for problem in found.problems]
        _print_json({"ok": found.ok, **shown, "checks": [asdict(check) for check in found.checks], "problems": problems})
    elif pretty and not args.quiet:
        found.show(problems=limit)
    elif not args.quiet:
        print(found, *([f"all problems are in {args.out}"] if args.out else []), sep="\n")
    return FINE if found.ok else PROBLEMS


def _definition(text: str) -> str | type[Table]:
    """The name of a table, or the class that `package.module:Class` or `path/to/file.py:Class` names."""
    home, sign, name = text.rpartition(":")
    if not sign:
        return text
    import importlib.util

    from mali_dataset.problems import near
    from mali_dataset.schema import Table

    file = _there(Path(home), folder=False).resolve() if home.endswith(".py") else None
    # As `python` itself finds modules: beside the file, or in the folder where one is.
    sys.path.insert(0, str(file.parent if file else Path.cwd()))
    try:
        # A name of our own, as that of the file may be that of a module; its last part is the default name of the table.
        spec = importlib.util.spec_from_file_location(f"__definition__.{file.stem}", file) if file else None
        if spec is None or spec.loader is None:
            module = importlib.import_module(home)
        else:
            module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # whatever the code of another raises
        raise ImportError(f"{home} cannot be imported: {type(error).__name__}: {error}") from error
    tables = {key: made for key, made in vars(module).items() if isinstance(made, type) and issubclass(made, Table) and made is not Table}
    if name not in tables:
        raise LookupError(f"{home} has no class {name!r} derived from mali_dataset.schema.Table.{near(name, tables)}")
    return tables[name]


def _fmt(args: argparse.Namespace) -> int:
    from mali_dataset.curation.fmt import format_files
    from mali_dataset.curation.reader import data_files

    changed: list[Path] = []
    problems: list[Problem] = []
    for path in args.paths:
        files, found = data_files(path) if _there(path, folder=False).is_dir() else ([path], [])
        made, refused = format_files(files, path if path.is_dir() else path.parent, write=not args.check)
        changed += made
        problems += [*found, *refused]
    said = f"{len(changed)} file{'s'[: len(changed) != 1]} {'would change' if args.check else 'changed'}"
    if not args.json and changed:
        print(*changed, sep="\n")
    code = _finish(args, problems, {"changed": list(map(str, changed))}, said)
    return PROBLEMS if args.check and changed else code


def _show(args: argparse.Namespace) -> int:
    from mali_dataset.release.read import load, tables

    if args.table is None:
        counts = [(name, load(name).num_rows) for name in tables()]
        _print_json(dict(counts)) if args.json else _table(f"mali_dataset {mali_dataset.__version__}", ("table", "rows"), counts)
    elif args.describe:
        from dataclasses import asdict

        described = mali_dataset.describe(args.table)
        _print_json(asdict(described)) if args.json else print(described)
    elif args.id is not None:
        record = mali_dataset.evidence(args.table, args.id).record
        _print_json(record) if args.json else _table(args.id, ("column", "value"), [i for i in record.items() if i[1] is not None])
    elif args.json:
        _print_json(load(args.table).to_pylist())
    else:
        rows = load(args.table)
        beside = ("_earliest", "_latest", "_kind", "_approximate", "_uncertain", "_low", "_best", "_high")
        names = [name for name in rows.column_names if not name.endswith(beside) and name != "note"]
        # What has columns beside it, a date or a count, says most about a row; it follows the key and the title.
        heads = sorted(names, key=lambda n: (n != names[0], n != "title", f"{n}_low" not in rows.column_names, f"{n}_earliest" not in rows.column_names))[:7]
        shown = rows.select(heads).slice(0, args.rows).to_pylist()
        _table(args.table, heads, [tuple(row.values()) for row in shown])
        print(f"{len(shown)} of {rows.num_rows} rows, {len(heads)} of {rows.num_columns} columns; --json prints all, --describe explains")
    return FINE


def _table(title: str, heads: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """A table that fits the terminal: ids whole, other text cut at the edge."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left")
    for n, head in enumerate(heads):
        numeric = bool(rows) and all(isinstance(row[n], int) for row in rows)
        wide = len(heads) > 2  # noqa: PLR2004  # a list of records, not of names and values
        table.add_column(head, justify="right" if numeric else "left", no_wrap=wide, min_width=max(len(str(row[0])) for row in rows) if rows and not n else 4)
    for row in rows:
        table.add_row(*("" if v is None else f"{v:,}" if isinstance(v, int) and not isinstance(v, bool) else str(v) for v in row))
    Console(highlight=False, markup=False).print(table)


def _evidence(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    found = mali_dataset.evidence(args.table, args.id)
    _print_json(asdict(found)) if args.json else print(found)
    return FINE


def _cite(args: argparse.Namespace) -> int:
    print(mali_dataset.cite("csl-json" if args.json else args.style, rows=args.ids))
    return FINE


def _verify(args: argparse.Namespace) -> int:
    from mali_dataset.curation.verify import verify_sources
    from mali_dataset.release.build import check

    compiled, _ = check(_there(args.data))
    found = verify_sources(compiled, _there(args.texts))
    if not found.sources:
        raise FileNotFoundError(f"{args.texts} holds no text of a source: name the files <source_id>.txt, or as `seed_file` says")
    said = f"{found.places:,} phrases found in {len(found.sources)} texts; {found.without_text:,} places are in sources without a text here"
    done = {"sources": found.sources, "places": found.places, "without_text": found.without_text}
    return _finish(args, [*compiled.problems, *found.problems], dict(done), said)


if __name__ == "__main__":
    sys.exit(main())
