"""What validation costs: `python benchmarks/validation.py` makes the data, runs every contender in a process of its own, and writes a page and a plot.

Contenders run by turns, and the median counts. Ratios to the bare scan of the same file are what the project promises; seconds depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from competitors import CONTENDERS

HERE = Path(__file__).parent
ALL_ROWS = 100_000  # up to so many rows, every contender takes them all
SCANS = ("scan", "null-counts")  # what only reads
WARM, REPORTS = "warm", "reports"
Results = dict[str, dict[str, Any]]  # "contender rows kind" -> seconds (median), peak (bytes), rows (that it really took), differences


def file_for(cache: Path, kind: str, rows: int, order: str) -> Path:
    """A file of the benchmark, made in a process of its own unless it is there."""
    path = cache / ("actors.parquet" if kind == "actors" else f"{REPORTS}-{rows}.parquet" if kind == REPORTS else f"events-{rows}-{order}-{kind}.parquet")
    if not path.with_suffix(".json").exists():
        subprocess.run([sys.executable, HERE / "generate.py", path, str(rows), order], check=True)
    return path


def run(name: str, path: Path, actors: Path, warm: Path, times: int = 1) -> dict[str, Any]:
    """One contender in a fresh process; an `error` when it did not come to an end."""
    command = [sys.executable, HERE / "competitors.py", name, path, actors, warm, str(times)]
    with path.open("rb") as file:  # so that whoever comes first does not wait for the disk
        while file.read(2**24):
            pass
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, check=False)
    except subprocess.TimeoutExpired:
        return {"error": "took more than half an hour"}
    if done.returncode:
        said = done.stderr.strip().splitlines()
        return {"error": "out of memory" if done.returncode == -9 else said[-1] if said else f"exit {done.returncode}"}
    found = json.loads(done.stdout.splitlines()[-1])
    return {**found, "seconds": median(found["seconds"])}


def taken(name: str, rows: int) -> int:
    """How many rows a contender takes where the table has `rows`."""
    return rows if rows <= ALL_ROWS else max(ALL_ROWS, rows // CONTENDERS[name].share)


def measure(sizes: Iterable[int], names: list[str], repeat: int, cache: Path, order: str) -> Results:
    """All runs, by turns; of each (contender, size, kind) the medians, times scaled to the size."""
    actors, warm = file_for(cache, "actors", 0, order), file_for(cache, "seeded", 1_000, order)
    jobs = [(name, rows, kind) for rows in sizes for kind in ("clean", "seeded") for name in names if rows <= CONTENDERS[name].most]
    jobs += [(name, 1_000, WARM) for name in names if CONTENDERS[name].share == 1]
    largest = max((rows for rows in sizes if rows <= 10_000_000), default=0)
    jobs += [(name, largest, REPORTS) for name in names if name in ("scan", "ours", "ours-duckdb") and largest]
    runs: dict[tuple[str, int, str], list[dict[str, Any]]] = {job: [] for job in jobs}
    for turn in range(repeat):
        for name, rows, kind in jobs:
            path = file_for(cache, "clean" if kind == WARM else kind, rows if kind == REPORTS else taken(name, rows), order)
            one = run(name, path, actors, file_for(cache, REPORTS, 1_000, order) if kind == REPORTS else warm, 50 if kind == WARM else 1)
            runs[name, rows, kind].append(one)
            said = one.get("error") or f"{one['seconds']:.3f} s, {one['peak'] / 1e6:,.0f} MB"
            print(f"{turn + 1}/{repeat} {name} {rows:,} {kind}: {said}", file=sys.stderr)
    results: Results = {}
    for (name, rows, kind), several in runs.items():
        real = rows if kind == REPORTS else taken(name, rows)
        good = [one for one in several if "error" not in one]
        results[f"{name} {rows} {kind}"] = several[0] | {"rows": real}
        if good:
            seconds = median(one["seconds"] for one in good) * rows / real
            results[f"{name} {rows} {kind}"] = good[0] | {"rows": real, "seconds": seconds, "peak": median(one["peak"] for one in good)}
    return results


def page(results: Results, order: str) -> str:
    """The results as Markdown."""
    sizes = sorted({int(key.split()[1]) for key in results if key.split()[2] == "seeded"})
    parts = ["# What validation costs", _method(results, order)]
    for rows in sizes:
        scans = {kind: results.get(f"scan {rows} {kind}", {}).get("seconds") for kind in ("clean", "seeded")}
        lines = [_line(name, rows, results, scans) for name in CONTENDERS if f"{name} {rows} seeded" in results]
        head = "| | clean, s | spoiled, s | times the scan, clean | times the scan, spoiled | peak MB | findings |\n|---|--:|--:|--:|--:|--:|---|"
        parts.append("\n".join([f"## {rows:,} rows\n", head, *lines]))
    differ = [_differences(name, results) for name in CONTENDERS if name not in SCANS]
    parts.append("## Findings that differ from what was spoiled\n\n" + ("\n".join(filter(None, differ)) or "None."))
    speeds = [(rows, results[f"ours {rows} clean"]) for rows in sizes if rows >= ALL_ROWS and "seconds" in results.get(f"ours {rows} clean", {})]
    if speeds:
        cells = "\n".join(f"| {rows:,} | {one['seconds'] / rows * 1e6:.3f} | {one['peak'] / 1e6:,.0f} |" for rows, one in speeds)
        parts.append(f"## Growth\n\nmali_dataset on clean files.\n\n| rows | seconds a million rows | peak MB |\n|--:|--:|--:|\n{cells}")
    warm = {name: results[f"{name} 1000 {WARM}"] for name in CONTENDERS if "seconds" in results.get(f"{name} 1000 {WARM}", {})}
    if warm:
        cells = "\n".join(f"| {CONTENDERS[name].title} | {one['seconds'] * 1000:.1f} |" for name, one in warm.items())
        parts.append(f"## Small tables\n\n1,000 clean rows, the median of 50 in one process.\n\n| | ms |\n|---|--:|\n{cells}")
    composites = {tuple(key.split()[:2]): one for key, one in results.items() if key.endswith(REPORTS) and "seconds" in one}
    if composites:
        cells = "\n".join(f"| {CONTENDERS[name].title} | {int(rows):,} | {one['seconds']:.3f} |" for (name, rows), one in composites.items())
        about = "A table of two dates and a count with the columns that they expand to, which only mali_dataset checks against their texts."
        parts.append(f"## Dates and counts that expand\n\n{about}\n\n| | rows | s |\n|---|--:|--:|\n{cells}")
    return "\n\n".join(parts) + "\n"


def _differences(name: str, results: Results) -> str:
    """What a contender missed or reported without need on the largest spoiled file that it took, and why; empty if nothing."""
    mine = [(one["rows"], one["differences"]) for key, one in results.items() if key.split()[::2] == [name, "seeded"] and one.get("differences")]
    if not mine:
        return ""
    rows, checks = max(mine, key=lambda one: one[0])
    listed = "; ".join(f"`{check}` {missed:,} missed, {false:,} false" for check, (missed, false) in sorted(checks.items()))
    return f"- {CONTENDERS[name].title} ({CONTENDERS[name].remark}), of {rows:,} rows: {listed}."


def _line(name: str, rows: int, results: Results, scans: dict[str, float | None]) -> str:
    """One row of a table of results."""
    one, contender = {kind: results.get(f"{name} {rows} {kind}", {}) for kind in ("clean", "seeded")}, CONTENDERS[name]
    title = contender.title + (f" (scaled from {one['seeded']['rows']:,} rows)" if one["seeded"].get("rows") != rows else "")
    if error := one["seeded"].get("error") or one["clean"].get("error"):
        return f"| {title} | | | | | | {error} |"
    seconds = [f"{one[kind]['seconds']:.3g}" if "seconds" in one[kind] else "" for kind in one]
    ratios = [f"{one[kind]['seconds'] / base:.1f}" if (base := scans[kind]) and "seconds" in one[kind] else "" for kind in one]
    differ = one["seeded"]["differences"] | one["clean"].get("differences", {})
    missed, false = (sum(pair[i] for pair in differ.values()) for i in (0, 1))
    found = "" if name in SCANS else f"{missed:,} missed, {false:,} false" if differ else "all, none false"
    return f"| {title} | {' | '.join((*seconds, *ratios))} | {one['seeded']['peak'] / 1e6:,.0f} | {found} |"


def _method(results: Results, order: str) -> str:
    """What was measured, with what, on what."""
    from events import Event

    from mali_dataset.schema import columns
    from mali_dataset.schema.plan import plan

    packages = sorted({package for key in results for package in CONTENDERS[key.split()[0]].packages})
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    model = re.search("model name\\s*:\\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return f"""\
A table of conflict events with {len(columns(Event))} columns and {len(plan(Event))} checks (`benchmarks/events.py`): types, codes, patterns, lengths, ranges,
a key and a composite key, two references to 5,000 actors, and rules over several columns. One row in a thousand of a spoiled file has one defect, spread
evenly over the checks; the generator records which rows break what, and each contender is held against that: a check is missed or false by rule and row.

Keys are {order}. Each run is a process of its own, warmed up with 1,000 rows, on a file that the system has in its memory; contenders run by turns,
and medians are shown. The time is from the path of the file to all failing rows, known by their numbers; peak memory is that of the process with its libraries.

Python {platform.python_version()}, {", ".join(f"{package} {version(package)}" for package in packages)}.
{os.cpu_count()} cores ({model[1] if model else platform.machine()}), {memory:.0f} GiB of memory. Run it with `make bench-validation`.

![Seconds and memory by number of rows](benchmarks.svg)"""


def plot(results: Results, path: Path) -> None:
    """Time and memory by the number of rows, on logarithmic scales, as SVG; scaled points are hollow."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "mali", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})
    import matplotlib.pyplot as plt
    from matplotlib.ticker import NullFormatter

    figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    for index, (name, contender) in enumerate((n, c) for n, c in CONTENDERS.items() if n != "null-counts"):
        points = sorted((int(key.split()[1]), one) for key, one in results.items() if key.split()[::2] == [name, "seeded"] and "seconds" in one)
        if not points:
            continue
        title = re.sub(":.*", "", contender.title)
        wide = 2.5 if name.startswith("ours") else 1.5 if name == "scan" else 1
        style = {"color": "black" if name == "scan" else f"C{index - 1}", "linewidth": wide, "linestyle": "--" if name == "scan" else "-"}
        for axis, value in zip(axes, ("seconds", "peak"), strict=True):
            # Memory does not scale, so scaled runs have no point there.
            kept = [(rows, one) for rows, one in points if value == "seconds" or one["rows"] == rows]
            values = [one[value] / (1 if value == "seconds" else 1e6) for _, one in kept]
            axis.plot([rows for rows, _ in kept], values, label=title, **style)
            faces = [style["color"] if one["rows"] == rows else "white" for rows, one in kept]
            axis.scatter([rows for rows, _ in kept], values, s=18, c=faces, edgecolors=style["color"], zorder=3)
    for axis, title in zip(axes, ("Seconds (hollow: scaled)", "Peak memory, MB"), strict=True):
        axis.set(xscale="log", yscale="log", xlabel="Rows", title=title)
        axis.grid(visible=True, alpha=0.25)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.yaxis.set_major_formatter("{x:,g}")
        axis.yaxis.set_minor_formatter(NullFormatter())
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize=8)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Measure, print, and write the page and the plot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", nargs="+", type=float, default=[1e3, 1e5, 1e6, 1e7, 5e7], help="numbers of rows, as 1e6")
    parser.add_argument("--only", help=f"contenders, separated by commas: {', '.join(CONTENDERS)}")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--order", choices=["ascending", "shuffled"], default="ascending", help="of the keys")
    parser.add_argument("--cache", type=Path, default=HERE.parent / "build" / "benchmarks", help="folder of the data")
    parser.add_argument("--keep", action="store_true", help="keep the results of earlier runs that are not measured again")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs" / "benchmarks", help="the page and the plot, without their endings")
    chosen = parser.parse_args()
    names = chosen.only.split(",") if chosen.only else list(CONTENDERS)
    if unknown := set(names) - set(CONTENDERS):
        parser.error(f"there is no contender {min(unknown)!r}")
    chosen.cache.mkdir(parents=True, exist_ok=True)
    store = chosen.cache / f"results-{chosen.order}.json"
    results = json.loads(store.read_text(encoding="utf-8")) if chosen.keep and store.exists() else {}
    results |= measure([int(rows) for rows in chosen.rows], names, chosen.repeat, chosen.cache, chosen.order)
    store.write_text(json.dumps(results, indent=1), encoding="utf-8")
    text = page(results, chosen.order)
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))
    chosen.out.with_suffix(".md").write_text(text.replace("benchmarks.svg", f"{chosen.out.name}.svg"), encoding="utf-8")
    plot(results, chosen.out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
