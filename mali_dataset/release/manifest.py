"""Where a release lies, what its manifest says, and whether it is that of the `data/` beside it."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import mali_dataset

MANIFEST = "manifest.json"
# The folder inside an installed package, and the folder of a checkout, that hold a release.
PACKED = "packed_release"
BUILT = "build/release"

_PACKAGE = Path(mali_dataset.__file__).parent


class NoReleaseError(FileNotFoundError):
    """There is no built dataset to read."""


def checkout() -> Path | None:
    """The root of the checkout from which this package is imported, or None when it is installed."""
    root = _PACKAGE.parent
    return root if (root / "data").is_dir() and (root / "pyproject.toml").is_file() else None


def inputs_hash(data: Path) -> str:
    """Hash of what a release is made from: every file of `data`, and the definitions and the code that read it."""
    digest = hashlib.sha256()
    for folder, suffix in ((data, ""), *((_PACKAGE / name, ".py") for name in ("tables", "schema", "curation"))):
        for path in sorted(_files(folder, suffix)):
            digest.update(path.encode() + b"\0")
            digest.update(hashlib.sha256((folder / path).read_bytes()).digest())
    return digest.hexdigest()


def _files(folder: Path, suffix: str) -> Iterable[str]:
    """Relative names of the files below a folder; `os.scandir` costs a tenth of what `Path.rglob` does."""
    stack = [""]
    while stack:
        at = stack.pop()
        with os.scandir(folder / at) as entries:
            for entry in entries:
                if entry.name.startswith((".", "__pycache__")) or entry.name.endswith("~"):
                    continue
                name = f"{at}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    stack.append(f"{name}/")
                elif entry.name.endswith(suffix) and entry.is_file(follow_symlinks=False):
                    yield name


@cache
def release_folder() -> Path:
    """The folder of the release that belongs to this package; warns when a checkout's is stale.

    Raises:
        NoReleaseError: the dataset of a checkout is not built yet, or the installed package holds none.
    """
    root = checkout()
    folder = root / BUILT if root else _PACKAGE / PACKED
    if not (folder / MANIFEST).is_file():
        hint = "run `make build` or `mali-dataset build` in the checkout" if root else "install the package again"
        msg = f"the dataset is not built: {hint}"
        raise NoReleaseError(msg)
    if root and read_manifest(folder)["inputs_sha256"] != inputs_hash(root / "data"):
        message = "the built dataset is stale: data/ or its definitions changed since; run `make build` or `mali-dataset build`"
        warnings.warn(message, stacklevel=2)
    return folder


@cache
def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a release: version, hash of the inputs, and for each table its rows, columns, bytes and hashes."""
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest
