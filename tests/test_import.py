"""What an import costs: nothing heavy before it is needed."""

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mali_dataset
from tests.conftest import ROOT

HEAVY = {"pyarrow", "pandas", "polars", "pydantic", "pandera", "numpy", "duckdb", "yaml", "ruamel", "rich", "hypothesis"}


def loaded(code: str, tmp_path: Path, *arguments: str) -> set[str]:
    """The top modules that a fresh interpreter holds after some code."""
    whole = f"import sys, json\n{code}\nprint('\\n' + json.dumps(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    run = [sys.executable, "-W", "error", "-c", whole, *arguments]
    done = subprocess.run(run, check=True, capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_package_imports_nothing_heavy(tmp_path: Path):
    modules = loaded("import mali_dataset", tmp_path)
    assert "mali_dataset" in modules
    assert not modules & HEAVY
    assert "importlib.metadata" not in modules


def test_naming_a_version_or_listing_names_imports_nothing_heavy(tmp_path: Path):
    assert not loaded("import mali_dataset as m; m.__version__; dir(m)", tmp_path) & HEAVY


def test_a_first_load_as_arrow_imports_arrow_only(built: Any, tmp_path: Path):
    code = """
import pathlib, mali_dataset
from mali_dataset.release import read
read.release_folder = lambda: pathlib.Path(sys.argv[1])
table = mali_dataset.load("coups")
assert type(table).__module__.startswith("pyarrow") and table.num_rows == 1
"""
    modules = loaded(code, tmp_path, str(built.folder))
    assert modules & HEAVY - {"numpy"} == {"pyarrow"}


@pytest.mark.parametrize(("kind", "others"), [("pandas", {"polars", "duckdb"}), ("polars", {"duckdb"}), ("duckdb", {"polars"})])
def test_a_load_imports_no_other_library_than_that_of_its_frame(built: Any, tmp_path: Path, kind: str, others: set[str]):
    code = """
import pathlib, mali_dataset
from mali_dataset.release import read
read.release_folder = lambda: pathlib.Path(sys.argv[1])
mali_dataset.load("coups", as_=sys.argv[2])
"""
    modules = loaded(code, tmp_path, str(built.folder), kind)
    assert kind in modules
    assert not modules & (others | {"pydantic", "pandera", "yaml"})


@pytest.mark.parametrize("call", ["describe('coups')", "presence('2022-03-01')", "rivals()", "cite()", "total('mission')", "strength('mission', '2022-03-01')"])
def test_answers_need_no_validation_library(built: Any, tmp_path: Path, call: str):
    code = f"""
import pathlib, mali_dataset
from mali_dataset.release import read
read.release_folder = lambda: pathlib.Path(sys.argv[1])
mali_dataset.{call}
"""
    assert not loaded(code, tmp_path, str(built.folder)) & {"pydantic", "pandera", "polars", "duckdb", "yaml", "hypothesis"}


@pytest.mark.parametrize("name", [info.name for info in pkgutil.walk_packages(mali_dataset.__path__, "mali_dataset.")])
def test_every_module_imports_and_says_what_it_is_for(name: str):
    module = importlib.import_module(name)
    package = name.startswith("mali_dataset.tables.") or Path(module.__file__ or "").name == "__init__.py"
    assert package or (module.__doc__ or "").strip()


def test_every_public_name_is_there_and_is_documented():
    for name in dir(mali_dataset):
        value = getattr(mali_dataset, name)
        assert isinstance(value, str) or (callable(value) and value.__doc__), name
    wanted = {"load", "tables", "describe", "evidence", "rivals", "presence", "strength", "total", "cite", "validate", "__version__"}
    assert wanted <= set(dir(mali_dataset))


def test_tables_stays_the_function_when_its_folder_is_imported():
    importlib.import_module("mali_dataset.tables.coups")
    assert mali_dataset.tables is importlib.import_module("mali_dataset.release.read").tables


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'mali_dataset' has no attribute 'lode'"):
        mali_dataset.lode  # noqa: B018
    assert not hasattr(mali_dataset, "_repr_html_")
