"""Builds the dataset into the wheel: the release that a wheel holds is always that of the `data/` beside it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DatasetBuildHook(BuildHookInterface[Any]):
    """Makes the release in a temporary folder and packs it; an editable install uses that of its checkout instead."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the dataset, or stop the packing when `data/` has problems."""
        if version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root))
        from mali_dataset.problems import ProblemsError
        from mali_dataset.release.build import build
        from mali_dataset.release.manifest import PACKED

        self.folder = tempfile.TemporaryDirectory(prefix="mali_dataset-release-")
        target = Path(self.folder.name) / "release"
        try:
            build(root / "data", target)
        except ProblemsError as error:
            print(error, file=sys.stderr)
            msg = f"data/ has {len(error.problems)} problems, so nothing is packed"
            raise SystemExit(msg) from error
        for path in sorted(target.iterdir()):
            build_data["force_include"][str(path)] = f"mali_dataset/{PACKED}/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the temporary folder."""
        if version != "editable":
            self.folder.cleanup()
