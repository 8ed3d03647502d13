"""The command line `mali-dataset`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="mali-dataset")
    sub = parser.add_subparsers(dest="command", required=True)
    build = sub.add_parser("build")
    build.add_argument("data", nargs="?", type=Path, default=Path("data"))
    build.add_argument("--check", action="store_true")
    build.add_argument("--out", type=Path, default=Path("build/release"))
    args = parser.parse_args(argv)
    from mali_dataset.release.build import build as make, check
    from mali_dataset.problems import ProblemsError
    if args.check:
        c = check(args.data)
        for p in c.problems:
            print(p)
        print(len(c.problems), "problems;", {k: len(v) for k, v in c.rows.items() if v})
        return bool(c.problems)
    try:
        b = make(args.data, args.out)
    except ProblemsError as e:
        print(e)
        return 1
    print(b.folder, b.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
