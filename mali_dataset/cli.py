"""The command line `mali-dataset`: builds, checks, formats, shows, follows and cites the data."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import mali_dataset

FINE, PROBLEMS, USAGE = 0, 1, 2

_EPILOG = """\
examples:
  mali-dataset build                          data/ -> build/release, or every problem with file and line
  mali-dataset build --check                  only say what is wrong
  mali-dataset show coups                     a table in the terminal
  mali-dataset show coups cou-2012-03-22      one record
  mali-dataset evidence coups cou-2012-03-22  every claim on it, with its place in a source
  mali-dataset cite --style bibtex            how to cite this version
  mali-dataset validate mine.csv casualties   check your own table against a definition
  mali-dataset fmt                            bring data/ into its canonical form

exit codes: 0 fine, 1 problems found, 2 wrong usage. Every command takes --json for machines."""


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="mali-dataset", description=mali_dataset.__doc__, epilog=_EPILOG, formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"mali_dataset {mali_dataset.__version__}")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int], summary: str, details: str = "") -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=summary, description=f"{summary}\n\n{details}".strip(), formatter_class=raw)
        made.add_argument("--json", action="store_true", help="print JSON for machines")
        made.set_defaults(run=run)
        return made

    data = {"type": Path, "nargs": "?", "default": Path("data"), "help": "folder of YAML (default: data)"}
    one = command(
        "build",
        _build,
        "Build the dataset from data/.",
        "Reads and checks everything first; the last good release stays until the new one is whole.",
    )
    one.add_argument("data", **data)
    one.add_argument("--out", type=Path, help="folder of the release (default: build/release beside the data)")
    one.add_argument("--check", action="store_true", help="check only, write nothing")
    one = command(
        "validate",
        _validate,
        "Check a table of your own.",
        "The file is Parquet, CSV or Arrow IPC; the table is one of `mali-dataset show`.",
    )
    one.add_argument("file", type=Path, help="the file to check")
    one.add_argument("table", help="the table whose definition it must keep")
    one.add_argument(
        "--against", action="append", default=[], metavar="TABLE=FILE", help="a table that references point to; may be repeated"
    )
    one.add_argument("--limit", type=int, default=1000, help="problems to print at most (default: 1000); counts are exact")
    one = command(
        "fmt",
        _fmt,
        "Bring YAML files into their canonical form.",
        "Keeps every comment and every value; a file that cannot be formatted is left as it is.",
    )
    one.add_argument("paths", type=Path, nargs="*", default=[Path("data")], help="files or folders (default: data)")
    one.add_argument("--check", action="store_true", help="only say which files would change")
    one = command(
        "show", _show, "Show the tables, one table, or one record.", "Without a table: every table with its rows. With one: its first rows."
    )
    one.add_argument("table", nargs="?", help="name of a table")
    one.add_argument("id", nargs="?", help="id of a record")
    one.add_argument("--rows", type=int, default=20, help="rows to show at most (default: 20)")
    one.add_argument("--describe", action="store_true", help="show what the columns mean instead")
    one = command(
        "evidence", _evidence, "Follow a record to its sources.", "Every value with its basis, and every claim with its place in a source."
    )
    one.add_argument("table", help="name of a table")
    one.add_argument("id", help="id of a record, as cou-2012-03-22")
    one = command("cite", _cite, "Cite this version, and the sources behind chosen records.")
    one.add_argument("ids", nargs="*", help="ids of records whose sources are cited too")
    one.add_argument("--style", choices=("apa", "bibtex", "ris", "csl-json"), default="apa", help="style (default: apa)")
    one = command(
        "verify-sources",
        _verify,
        "Look for every phrase in the texts of its sources.",
        "A text is named as the source says (seed_file), or <source_id>.txt.",
    )
    one.add_argument("texts", type=Path, help="folder of texts")
    one.add_argument("data", **data)
    one = command(
        "schemas",
        _schemas,
        "Write the language-neutral contracts.",
        "JSON Schema for editors and for rows, and Frictionless table schemas.",
    )
    one.add_argument("folder", type=Path, nargs="?", default=Path("schemas"), help="folder to write (default: schemas)")
    one.add_argument("--check", action="store_true", help="only say what is stale")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 fine, 1 problems found, 2 wrong usage."""
    args = _parser().parse_args(argv)
    warnings.showwarning = lambda message, *_: print(f"mali-dataset: {message}", file=sys.stderr)
    try:
        return int(args.run(args))
    except BrokenPipeError:
        # The reader of the pipe has seen enough; close quietly, as `head` expects.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except (LookupError, ValueError, TypeError, OSError, ImportError) as error:
        print(f"mali-dataset {args.command}: {error}", file=sys.stderr)
        return USAGE


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _finish(args: argparse.Namespace, problems: list[object], done: dict[str, object], said: str) -> int:
    """Print problems, or what was done, as text or JSON; returns the exit code."""
    if args.json:
        _print_json({"ok": not problems, **done, "problems": [p.as_dict() for p in problems]})  # type: ignore[attr-defined]  # Problems
    else:
        for problem in problems:
            print(problem)
        print(f"{len(problems):,} {'problem' if len(problems) == 1 else 'problems'}" if problems else said)
    return PROBLEMS if problems else FINE


def _folder(path: Path) -> Path:
    if not path.is_dir():
        msg = f"there is no folder {path}; name the one that holds the YAML files"
        raise FileNotFoundError(msg)
    return path


def _build(args: argparse.Namespace) -> int:
    from mali_dataset.problems import ProblemsError
    from mali_dataset.release.build import build, check
    from mali_dataset.release.manifest import BUILT

    data = _folder(args.data)
    if args.check:
        compiled, _ = check(data)
        rows = {name: len(found) for name, found in compiled.rows.items()}
        return _finish(args, list(compiled.problems), {"rows": rows}, f"{sum(rows.values()):,} rows in {len(rows)} tables, no problems")
    target = args.out or data.resolve().parent / BUILT
    progress = _progress() if sys.stderr.isatty() and not args.json else lambda _: None
    try:
        built = build(data, target, progress=progress)
    except ProblemsError as error:
        return _finish(args, list(error.problems), {}, "")
    tables = built.manifest["tables"]
    if not args.json:
        _table("", ("table", "rows", "columns", "bytes"), [(n, t["rows"], t["columns"], t["bytes"]) for n, t in tables.items()])
    rows = sum(t["rows"] for t in tables.values())
    said = f"built {built.manifest['version']}: {rows:,} rows in {len(tables)} tables in {built.seconds:.1f} s, in {built.folder}"
    return _finish(args, [], {"folder": str(built.folder), "seconds": built.seconds, "tables": tables}, said)


def _progress() -> Callable[[str], None]:
    """A line that says what is being done, overwritten by the next."""

    def tell(what: str) -> None:
        print(f"\r\x1b[2K{what} …", end="", file=sys.stderr, flush=True)

    import atexit

    atexit.register(lambda: print("\r\x1b[2K", end="", file=sys.stderr, flush=True))
    return tell


def _validate(args: argparse.Namespace) -> int:
    from mali_dataset.validation.validate import validate

    against = {}
    for pair in args.against:
        name, sign, file = pair.partition("=")
        if not sign:
            msg = f"--against {pair!r} is not TABLE=FILE"
            raise ValueError(msg)
        against[name] = Path(file)
    found = validate(args.file, args.table, against=against, limit=args.limit)
    if args.json:
        shown = {"ok": found.ok, "table": found.table, "rows": found.rows, "counts": found.counts, "skipped": found.skipped}
        _print_json(shown | {"problems": [p.as_dict() for p in found.problems]})
    else:
        print(found)
    return FINE if found.ok else PROBLEMS


def _fmt(args: argparse.Namespace) -> int:
    from mali_dataset.curation.fmt import format_files
    from mali_dataset.curation.reader import data_files

    changed, problems = [], []
    for path in args.paths:
        if not path.exists():
            msg = f"there is no file or folder {path}"
            raise FileNotFoundError(msg)
        files, found = data_files(path) if path.is_dir() else ([path], [])
        made, refused = format_files(files, path if path.is_dir() else path.parent, write=not args.check)
        changed += made
        problems += [*found, *refused]
    said = f"{len(changed)} {'file' if len(changed) == 1 else 'files'} {'would change' if args.check else 'changed'}"
    if not args.json:
        for file in changed:
            print(file)
    code = _finish(args, list(problems), {"changed": list(map(str, changed))}, said)
    return PROBLEMS if args.check and changed else code


def _show(args: argparse.Namespace) -> int:
    from mali_dataset.release.read import load, tables

    if args.table is None:
        counts = [(name, load(name).num_rows) for name in tables()]
        if args.json:
            _print_json(dict(counts))
        else:
            _table(f"mali_dataset {mali_dataset.__version__}", ("table", "rows"), counts)
        return FINE
    if args.describe:
        from dataclasses import asdict

        from mali_dataset.analysis.describe import describe

        described = describe(args.table)
        _print_json(asdict(described)) if args.json else print(described)
        return FINE
    rows = load(args.table).to_pylist()
    if args.id is not None:
        from mali_dataset.analysis.evidence import evidence

        rows = [evidence(args.table, args.id).record]
    if args.json:
        _print_json(rows)
    elif args.id is not None:
        _table(args.id, ("column", "value"), [(k, v) for k, v in rows[0].items() if v is not None])
    else:
        hidden = ("_earliest", "_latest", "_kind", "_approximate", "_uncertain", "_low", "_best", "_high")
        heads = [k for k in (rows[0] if rows else {}) if not k.endswith(hidden) and k != "note"]
        _table(args.table, tuple(heads[:7]), [tuple(row[h] for h in heads[:7]) for row in rows[: args.rows]])
        print(
            f"{min(args.rows, len(rows))} of {len(rows)} rows, {min(7, len(heads))} of {len(rows[0]) if rows else 0} columns; `--json` prints all, `--describe` explains"
        )
    return FINE


def _table(title: str, heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """A table that fits the terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left")
    for n, head in enumerate(heads):
        numeric = bool(rows) and all(isinstance(row[n], int) for row in rows)
        table.add_column(head, justify="right" if numeric else "left", overflow="ellipsis" if n else "fold", no_wrap=len(heads) > 2)
    for row in rows:
        table.add_row(*("" if v is None else f"{v:,}" if isinstance(v, int) and not isinstance(v, bool) else str(v) for v in row))
    Console(highlight=False, markup=False).print(table)


def _evidence(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from mali_dataset.analysis.evidence import evidence

    found = evidence(args.table, args.id)
    _print_json(asdict(found)) if args.json else print(found)
    return FINE


def _cite(args: argparse.Namespace) -> int:
    from mali_dataset.analysis.cite import cite

    style = "csl-json" if args.json else args.style
    print(cite(style, rows=args.ids or None))
    return FINE


def _verify(args: argparse.Namespace) -> int:
    from mali_dataset.curation.compile import compile_folder
    from mali_dataset.curation.verify import verify_sources
    from mali_dataset.tables import registry

    compiled = compile_folder(_folder(args.data), registry())
    found = verify_sources(compiled, _folder(args.texts))
    if not found.sources:
        msg = f"{args.texts} holds no text of a source: name the files <source_id>.txt, or as `seed_file` says"
        raise FileNotFoundError(msg)
    said = f"{found.places:,} phrases found in {len(found.sources)} texts; {found.without_text:,} places are in sources without a text here"
    done = {"sources": found.sources, "places": found.places, "without_text": found.without_text}
    return _finish(args, [*compiled.problems, *found.problems], dict(done), said)


def _schemas(args: argparse.Namespace) -> int:
    from mali_dataset.problems import Problem
    from mali_dataset.schema.forms.contracts import contracts, stale, write_contracts
    from mali_dataset.tables import registry

    made = contracts(registry())
    if args.check:
        problems = [Problem(rule="stale", message="is stale; run `mali-dataset schemas`", file=name) for name in stale(made, args.folder)]
        return _finish(args, list(problems), {}, f"{len(made)} contracts are fresh")
    write_contracts(made, args.folder)
    return _finish(args, [], {"written": sorted(made)}, f"{len(made)} contracts written to {args.folder}")


if __name__ == "__main__":
    sys.exit(main())
