"""Where a release lies, what its manifest says, and whether it is that of the `data/` beside it."""

import hashlib
import json
import os
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import mali_dataset

MANIFEST = "manifest.json"
# The folder inside an installed package, and the folder of a checkout, that hold a release.
PACKED, BUILT = "packed_release", "build/release"

_PACKAGE = Path(mali_dataset.__file__).parent


class NoReleaseError(FileNotFoundError):
    """There is no built dataset to read."""


def checkout() -> Path | None:
    """The root of the checkout from which this package is imported, or None when it is installed."""
    root = _PACKAGE.parent
    return root if (root / "data").is_dir() and (root / "pyproject.toml").is_file() else None


def _inputs(data: Path) -> Iterator[str]:
    """What a release is made from: the folders and files of `data`, and of the definitions and the code that read them."""
    for folder in (data, *(_PACKAGE / name for name in ("tables", "schema", "curation"))):
        for at, folders, files in os.walk(folder):
            folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
            yield from (at, *(f"{at}/{name}" for name in files if name.endswith((".yaml", ".py")) and not name.startswith(".")))


def inputs_hash(data: Path) -> str:
    """Hash of what a release is made from.

    It is that of the sorted lines of all files, so that neither the order of what is written nor the names of files change it.
    """
    lines: list[bytes] = []
    for path in _inputs(data):
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                lines += (line.strip(b" -\r") for line in file.read().split(b"\n"))
    return hashlib.sha256(b"\n".join(sorted(lines))).hexdigest()


@cache
def release_folder() -> Path:
    """The folder of the release that belongs to this package; warns when a checkout's is stale.

    Raises:
        NoReleaseError: the dataset of a checkout is not built yet, or the installed package holds none.
    """
    root = checkout()
    manifest = (root / BUILT if root else _PACKAGE / PACKED) / MANIFEST
    if not manifest.is_file():
        raise NoReleaseError(f"the dataset is not built: {'run `make build` or `mali-dataset build`' if root else 'install the package again'}")
    # As `make` does, look into files only when one is younger than what was made from them.
    younger = root and any(os.lstat(path).st_mtime_ns >= manifest.stat().st_mtime_ns for path in _inputs(root / "data"))
    if root and younger and read_manifest(manifest.parent)["inputs_sha256"] != inputs_hash(root / "data"):
        warnings.warn("the built dataset is stale: data/ or its definitions changed; run `make build` or `mali-dataset build`", stacklevel=2)
    return manifest.parent


@cache
def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release: version, hash of the inputs, and for each table its rows, columns, bytes and hashes."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest
