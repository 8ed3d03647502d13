"""From `data/` to a release: compiles, validates records and tables, writes Parquet and a manifest, and swaps it in at the end."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mali_dataset
from mali_dataset.curation.compile import Compiled, compile_folder
from mali_dataset.problems import Problem, ProblemsError, in_order
from mali_dataset.release.manifest import MANIFEST, inputs_hash
from mali_dataset.schema.table import MADE
from mali_dataset.tables import registry
from mali_dataset.validation.validate import validate

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Built:
    """What a build made: its folder, its manifest, and the seconds it took."""

    folder: Path
    manifest: dict[str, Any]
    seconds: float


def check(data: Path) -> tuple[Compiled, dict[str, pa.Table]]:
    """Read and validate a folder of YAML without writing anything; records first, then the tables that they make."""
    import polars as pl

    from mali_dataset.release.parquet import arrow_table

    compiled = compile_folder(data, registry())
    problems = list(compiled.problems)
    made: dict[str, pa.Table] = {}
    for name, table in registry().items():
        try:
            made[name] = arrow_table(table, compiled.rows[name], mali_dataset.__version__)
            frame = pl.DataFrame(made[name])
        except (ValueError, OverflowError, TypeError) as error:
            problems.append(Problem(rule="arrow", message=str(error), table=name))
            continue
        # References were checked where they were written.
        found = [compiled.locate(p) for p in validate(frame, table, limit=None).problems if not p.rule.startswith("references_")]
        # What was told of a record is not told again of its row; rows made from faulty records, and sums without them, are not judged.
        told = {(p.table, p.key, p.rule) for p in problems} | {(p.table, None, "unique") for p in problems if p.rule.startswith("duplicate")}
        dropped = "parts_sum" if any(record.faulty for record in compiled.records if record.table is table) else "\0"
        found = [] if compiled.problems and table.serves in MADE else [p for p in found if not p.rule.startswith(dropped)]
        problems += [p for p in found if (p.table, p.key, p.rule) not in told and (p.table, None, p.rule[:6]) not in told]
    if not any(compiled.rows.values()) and not problems:
        problems.append(Problem(rule="no_records", message="holds no records", file=str(data)))
    compiled.problems = in_order(problems)
    return compiled, made


def build(data: Path, target: Path, *, progress: Callable[[str], None] = lambda _: None) -> Built:
    """Build a release from a folder of YAML, whole or not at all.

    Args:
        data: the folder that people write.
        target: the folder of the release; one that is there is replaced only when the new one is complete.
        progress: told what is being done.

    Raises:
        ProblemsError: the data has problems; `target` is as it was.
        OSError: the target cannot be written; it is as it was.
    """
    from mali_dataset.release.parquet import write_parquet

    began = time.perf_counter()
    if target.exists() and not (target / MANIFEST).is_file() and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(f"{target} is there and holds no release, so it is not replaced")
    progress(f"reading and checking {data}")
    inputs = inputs_hash(data) if data.is_dir() else ""
    compiled, made = check(data)
    if compiled.problems:
        raise ProblemsError(compiled.problems)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        manifest: dict[str, Any] = {"name": "mali_dataset", "version": mali_dataset.__version__, "inputs_sha256": inputs, "tables": {}}
        for name, table in made.items():
            progress(f"writing {name}")
            manifest["tables"][name] = write_parquet(table, fresh / f"{name}.parquet")
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (fresh / MANIFEST).write_text(text, encoding="utf-8", newline="\n")
        fresh.chmod(0o755)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return Built(target, manifest, time.perf_counter() - began)


def _swap(fresh: Path, target: Path) -> None:
    """Put a finished folder in the place of another; a failure half-way puts the old one back."""
    old = fresh.with_name(f"{fresh.name}.old")
    if target.exists():
        target.replace(old)
    try:
        fresh.replace(target)
    except OSError:
        if old.exists():
            old.replace(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
