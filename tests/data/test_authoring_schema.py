"""What people wrote is what an editor accepts: every file keeps the JSON Schema that its first line names."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from referencing import Registry, Resource

import mali_dataset

ROOT = Path(mali_dataset.__file__).parent.parent
SCHEMAS = ROOT / "schemas" / "authoring"
FILES = sorted((ROOT / "data").rglob("*.yaml"))


class EditorLoader(yaml.SafeLoader):
    """Reads scalars as editors do, by YAML 1.2: numbers and truth values, but days as text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"] for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def validator() -> Any:
    contents = {path.name: Resource.from_contents(json.loads(path.read_text(encoding="utf-8"))) for path in SCHEMAS.glob("*.json")}
    return jsonschema.Draft202012Validator(contents["file.schema.json"].contents, registry=Registry().with_resources(contents.items()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT / "data").as_posix())
def test_an_editor_accepts_the_file(path: Path, validator: Any) -> None:
    text = path.read_text(encoding="utf-8")
    named = text.partition("\n")[0].partition("$schema=")[2]
    assert (path.parent / named).resolve() == SCHEMAS / "file.schema.json"
    errors = [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(yaml.load(text, EditorLoader))]  # noqa: S506  # a SafeLoader with fewer resolvers
    assert not errors
