"""The committed contracts are those that the definitions make."""

import importlib.util
import json
from pathlib import Path

from mali_dataset.schema.table import MADE
from mali_dataset.tables import registry

ROOT = Path(__file__).parents[3]
_spec = importlib.util.spec_from_file_location("ci_schemas", ROOT / ".ci" / "schemas.py")
assert _spec is not None
assert _spec.loader is not None
_script = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_script)
contracts, stale, write_contracts = _script.contracts, _script.stale, _script.write_contracts


def test_the_committed_contracts_are_fresh() -> None:
    assert stale(contracts(registry()), ROOT / "schemas") == []


def test_every_table_has_its_contracts() -> None:
    made = contracts(registry())
    for name, table in registry().items():
        assert f"tables/{name}.schema.json" in made
        assert f"frictionless/{name}.schema.json" in made
        assert (f"authoring/{name}.schema.json" in made) is (table.serves not in MADE)
    assert all(json.loads(text) and text.endswith("\n") for text in made.values())


def test_missing_changed_and_orphaned_contracts_are_stale_until_written(tmp_path: Path) -> None:
    made = {"tables/a.schema.json": "{}\n", "tables/b.schema.json": "{}\n"}
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "b.schema.json").write_text("[]\n", encoding="utf-8")
    (tmp_path / "tables" / "c.schema.json").write_text("{}\n", encoding="utf-8")
    assert stale(made, tmp_path) == ["tables/a.schema.json", "tables/b.schema.json", "tables/c.schema.json"]
    assert stale(made, tmp_path / "nowhere") == ["tables/a.schema.json", "tables/b.schema.json"]
    write_contracts(made, tmp_path)
    assert stale(made, tmp_path) == []
    assert not (tmp_path / "tables" / "c.schema.json").exists()
