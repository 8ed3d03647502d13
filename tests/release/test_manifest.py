"""Where a release lies, and whether it is that of the data beside it."""

import json
import shutil
import warnings
from pathlib import Path

import pytest

from mali_dataset.release import manifest
from mali_dataset.release.manifest import NoReleaseError, checkout, inputs_hash
from tests.conftest import ROOT, write_folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with code, data and a fresh release."""
    root = tmp_path / "checkout"
    code = {f"mali_dataset/{name}/a.py": f"# {name}" for name in ("tables", "schema", "curation", "analysis")}
    write_folder(root, {**code, "data/a.yaml": "coups:", "data/deep/b.yaml": "events:", "pyproject.toml": "", "mali_dataset/__init__.py": ""})
    monkeypatch.setattr(manifest, "_PACKAGE", root / "mali_dataset")
    manifest.read_manifest.cache_clear()
    say(root / "build" / "release", inputs_hash(root / "data"))
    return root


def say(folder: Path, inputs: str) -> None:
    write_folder(folder, {"manifest.json": json.dumps({"inputs_sha256": inputs, "tables": {}})})


def release_folder() -> Path:
    return manifest.release_folder.__wrapped__()


def test_the_checkout_is_found():
    assert checkout() == ROOT


def test_a_fresh_release_is_found_without_a_warning(project: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert release_folder() == project / "build" / "release"


@pytest.mark.parametrize("name", ["data/a.yaml", "data/deep/b.yaml", "data/new.yaml", "mali_dataset/tables/a.py", "mali_dataset/curation/a.py"])
def test_a_change_of_what_it_is_made_from_makes_it_stale(project: Path, name: str):
    write_folder(project, {name: "changed"})
    with pytest.warns(UserWarning, match="stale.*mali-dataset build"):
        assert release_folder() == project / "build" / "release"


@pytest.mark.parametrize("name", ["data/.a.yaml.swp", "data/a.yaml~", "mali_dataset/tables/__pycache__/a.py", "mali_dataset/analysis/a.py", "README.md"])
def test_what_it_is_not_made_from_makes_nothing_stale(project: Path, name: str):
    before = inputs_hash(project / "data")
    write_folder(project, {name: "changed"})
    assert inputs_hash(project / "data") == before


def test_a_checkout_without_a_release_says_what_to_do(project: Path):
    shutil.rmtree(project / "build")
    with pytest.raises(NoReleaseError, match="make build"):
        release_folder()


def test_an_installed_package_without_a_release_says_what_to_do(project: Path):
    shutil.rmtree(project / "data")
    assert checkout() is None
    with pytest.raises(NoReleaseError, match="install the package again"):
        release_folder()


def test_an_installed_package_reads_its_own_release(project: Path):
    shutil.rmtree(project / "data")
    say(project / "mali_dataset" / manifest.PACKED, "of another day")
    assert release_folder() == project / "mali_dataset" / manifest.PACKED


def test_the_hash_of_the_inputs_does_not_know_its_place(project: Path, tmp_path: Path):
    moved = Path(shutil.copytree(project / "data", tmp_path / "elsewhere" / "yaml"))
    assert inputs_hash(moved) == inputs_hash(project / "data")


def test_the_hash_of_the_inputs_does_not_depend_on_names(project: Path):
    before = inputs_hash(project / "data")
    (project / "data" / "a.yaml").rename(project / "data" / "c.yaml")
    assert inputs_hash(project / "data") == before


def test_the_hash_of_the_inputs_follows_no_link(project: Path, tmp_path: Path):
    before = inputs_hash(project / "data")
    outside = write_folder(tmp_path / "outside", {"x.yaml": "secret"})
    (project / "data" / "link").symlink_to(outside)
    (project / "data" / "link.yaml").symlink_to(outside / "x.yaml")
    assert inputs_hash(project / "data") == before
