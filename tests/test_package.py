"""The package as others get it: a wheel from the sdist, with the dataset in it, that works away from the source."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

import mali_dataset
from mali_dataset.release.manifest import PACKED
from mali_dataset.tables import registry
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

# Away from the checkout: no path, no settings of this run.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV"))}


class Package(NamedTuple):
    """What was packed, and where it was installed."""

    sdist: Path
    wheel: Path
    installed: Path


def run(*command: object, cwd: Path, env: dict[str, str] | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=ENVIRONMENT | (env or {}), check=False, capture_output=True, text=True)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The sdist of the checkout, the wheel that is made from the sdist, and the wheel installed in a folder."""
    folder = tmp_path_factory.mktemp("package")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (sdist,), (wheel,) = (folder / "dist").glob("*.tar.gz"), (folder / "dist").glob("*.whl")
    target = folder / "installed"
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel, cwd=folder)
    return Package(sdist, wheel, target)


def inside(package: Package, code: str, tmp_path: Path, *arguments: object) -> str:
    """What code prints that imports the installed package from another folder."""
    return run(sys.executable, "-W", "error", "-c", code, *arguments, cwd=tmp_path, env={"PYTHONPATH": str(package.installed)}).stdout


def test_the_sdist_holds_what_the_wheel_is_made_from(package: Package):
    with tarfile.open(package.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    files = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*") if path.is_file()}
    files |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "mali_dataset").rglob("*.py")}
    assert files <= names
    assert {"pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "LICENSE-DATA", "CITATION.cff"} <= names
    assert not [name for name in names if name.startswith(("build/", "dist/", ".venv/")) or "__pycache__" in name]


def test_the_wheel_holds_the_package_and_a_whole_release(package: Package):
    with zipfile.ZipFile(package.wheel) as archive:
        names = set(archive.namelist())
        manifest = json.loads(archive.read(f"mali_dataset/{PACKED}/manifest.json"))
        sizes = {name: archive.getinfo(name).file_size for name in names}
    assert "mali_dataset/py.typed" in names
    assert manifest["version"] == mali_dataset.__version__
    assert list(manifest["tables"]) == list(registry())
    for table in manifest["tables"].values():
        assert sizes[f"mali_dataset/{PACKED}/{table['file']}"] == table["bytes"]
    assert {name.partition("/")[0] for name in names} == {"mali_dataset", f"mali_dataset-{mali_dataset.__version__}.dist-info"}
    assert not [name for name in names if name.startswith("mali_dataset/") and name.rpartition(".")[2] in ("yaml", "pyc")]


def test_the_wheel_holds_the_release_of_the_data(package: Package, real: Path):
    with zipfile.ZipFile(package.wheel) as archive:
        for path in real.iterdir():
            assert archive.read(f"mali_dataset/{PACKED}/{path.name}") == path.read_bytes(), path.name


def test_the_installed_package_reads_its_own_release(package: Package, tmp_path: Path):
    code = """
import mali_dataset as mali
from mali_dataset.release.manifest import checkout, release_folder
assert checkout() is None
print(mali.__file__)
print(release_folder())
print(mali.load("coups").num_rows, len(mali.tables()))
print(len(mali.evidence("coups", "cou-2012-03-22").claims))
"""
    where, release, rows, claims = inside(package, code, tmp_path).splitlines()
    assert Path(where).is_relative_to(package.installed)
    assert Path(release) == package.installed / "mali_dataset" / PACKED
    assert rows.split()[1] == str(len(registry()))
    assert int(rows.split()[0]) > 5
    assert int(claims) > 5


def test_the_installed_command_line_answers(package: Package, tmp_path: Path):
    code = "import sys; from mali_dataset.cli import main; sys.exit(main(['show', 'coups', '--json']))"
    assert {row["outcome"] for row in json.loads(inside(package, code, tmp_path))} >= {"successful"}
    entry = package.installed / f"mali_dataset-{mali_dataset.__version__}.dist-info" / "entry_points.txt"
    assert "mali-dataset = mali_dataset.cli:main" in entry.read_text(encoding="utf-8")


def test_every_frame_loads_from_the_installed_package(package: Package, tmp_path: Path):
    code = """
import mali_dataset as mali
rows = mali.load("coups").num_rows
assert len(mali.load("coups", as_="pandas")) == len(mali.load("coups", as_="polars")) == len(mali.load("coups", as_="duckdb")) == rows
assert mali.validate(mali.load("coups", as_="polars"), "coups").ok
"""
    inside(package, code, tmp_path)


def test_a_wheel_of_broken_data_is_not_made(package: Package, tmp_path: Path):
    with tarfile.open(package.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    (source / "data" / "broken.yaml").write_text("coups:\n- id: cou-2099-01-01\n  outcome: sucessful\n", encoding="utf-8")
    done = run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path / "dist", source, cwd=tmp_path, check=False)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "broken.yaml:3: coups cou-2099-01-01.outcome = 'sucessful'" in said
    assert "nothing is packed" in said
    assert not list(tmp_path.rglob("*.whl"))


def test_mypy_accepts_a_consumer_of_the_installed_package(package: Package, tmp_path: Path):
    # An environment of its own that sees the installed wheel and the libraries of this one, but not the checkout.
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "env", cwd=tmp_path)
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).stdout.strip())
    import mypy

    libraries = Path(mypy.__file__).parent.parent
    (site / "paths.pth").write_text(f"{libraries}\n", encoding="utf-8")
    shutil.copytree(package.installed / "mali_dataset", site / "mali_dataset")
    consumer = shutil.copy(ROOT / "tests" / "typing" / "consumer.py", tmp_path / "consumer.py")
    cache = ROOT / ".mypy_cache" / "consumer"
    command = (sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, "--cache-dir", cache, "--python-executable", python)
    done = run(*command, consumer, cwd=tmp_path)
    assert done.stdout.startswith("Success: no issues found in 1 source file")
    seen = run(*command, "--verbose", consumer, cwd=tmp_path).stderr
    assert str(site / "mali_dataset" / "__init__.py") in seen, "another copy of the package was checked"
