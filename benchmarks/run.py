"""Ratios measured in one run, alternating: what importing, loading, reading and building cost against what cannot be avoided.

Absolute times depend on the machine; the ratios are what the project promises.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 15
ROOT = Path(__file__).parent.parent


def timed(code: str) -> float:
    """Milliseconds that a fresh interpreter takes for some code, start-up included."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1000


def compare(name: str, ours: str, base: str, unit: str) -> None:
    """Print the medians of two pieces of code, run by turns, with their difference or their ratio."""
    pairs = [(timed(ours), timed(base)) for _ in range(ROUNDS)]
    our, other = (statistics.median(column) for column in zip(*pairs, strict=True))
    said = f"{our - other:6.1f} ms more" if unit == "ms" else f"{our / other:6.2f} times"
    print(f"{name:58} {our:8.1f} ms  {other:8.1f} ms  {said}")


def yaml_of(records: int, claims: int) -> str:
    """A file with many records, each with many claims."""
    entry = '  - source: src-a\n    at: paragraph 3\n    phrase: "one two three {n}"\n    says:\n      date: {{value: 2012-03-22, stated: 22 March}}\n'
    record = "- id: cou-{n}\n  title: A coup\n  date: 2012-03-22\n  outcome: failed\n  evidence:\n"
    return "coups:\n" + "".join(record.format(n=n) + "".join(entry.format(n=k) for k in range(claims)) for n in range(records))


def main() -> None:
    """Run all comparisons and print a table."""
    print(f"{'':58} {'ours':>11}  {'base':>11}")
    compare("import mali_dataset, over a bare interpreter", "import mali_dataset", "pass", "ms")
    load = "import mali_dataset; mali_dataset.load('coups')"
    compare("first load('coups') as Arrow, over import pyarrow.parquet", load, "import pyarrow.parquet", "times")
    compare("mali-dataset --help, over a bare interpreter", "from mali_dataset.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass", "pass", "ms")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.yaml"
        path.write_text(yaml_of(2000, 6), encoding="utf-8")
        import gc

        from mali_dataset.curation.reader import parse
        from mali_dataset.release.build import build

        text, times = path.read_text(encoding="utf-8"), []
        for _ in range(3):
            gc.disable()
            began = time.perf_counter()
            parse(text, "many.yaml")
            times.append(time.perf_counter() - began)
            gc.enable()
        print(f"reading 2,000 records with 12,000 claims as YAML: {statistics.median(times):.2f} s")
        print(f"building data/: {build(ROOT / 'data', Path(folder) / 'release').seconds:.1f} s")


if __name__ == "__main__":
    main()
