"""The house: imports run one way, only tables and analysis know a table, a table costs one file, and the package stays small."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mali_dataset as mali
from mali_dataset.schema.table import MADE
from mali_dataset.tables import registry
from tests.conftest import FILES, ROOT, write_folder

PACKAGE = Path(mali.__file__).parent
MODULES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
MAX_LINES = 7_600

# Which rooms a room may import from, beside itself and `problems`.
MAY_IMPORT = {
    "problems.py": set(),
    "schema": set(),
    "tables": {"schema"},
    "curation": {"schema", "tables"},
    "validation": {"schema", "tables", "release"},
    "release": {"schema", "tables", "curation", "validation"},
    "analysis": {"schema", "tables", "release"},
}


def _room(name: str) -> str:
    return name.partition("/")[0]


def _imports(tree: ast.Module) -> Iterator[str]:
    """Dotted names that a module imports, also inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("name", [n for n in MODULES if n not in ("__init__.py", "cli.py")])
def test_imports_run_one_way(name: str) -> None:
    rooms = {found.split(".")[1] for found in _imports(MODULES[name]) if found.startswith("mali_dataset.")}
    # The package itself gives the version only.
    own = {"problems", "__version__", "__released__", _room(name)}
    assert rooms - own <= MAY_IMPORT[_room(name)], rooms


def test_nothing_imports_the_command_line() -> None:
    assert [name for name, tree in MODULES.items() if any(found.startswith("mali_dataset.cli") for found in _imports(tree))] == []


def _words(tree: ast.Module) -> Iterator[str]:
    """Every identifier and every word of a text, documentation apart."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg | ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield from re.findall("[A-Za-z_]+", node.value)


# Names of tables that are also words which these rooms need: of the roles that a table may have, none of them a fact.
ROLES = {name for name, table in registry().items() if table.serves != "fact"}
FACTS = {name for name, table in registry().items() if table.serves == "fact"}


@pytest.mark.parametrize("name", [n for n in MODULES if _room(n) in ("schema", "curation", "validation", "release")])
def test_what_serves_all_tables_names_none(name: str) -> None:
    words = set(_words(MODULES[name]))
    keys = {key for table in registry().values() for key in table.key if table.name in FACTS}
    assert words & (FACTS | keys) == set()
    tree = MODULES[name]
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert strings & FACTS == set()
    assert not any(found.startswith("mali_dataset.tables.") and found != "mali_dataset.tables.registry" for found in _imports(tree))


def test_the_facts_and_the_roles_are_all_tables() -> None:
    assert set(registry()) == ROLES | FACTS
    assert {"coups", "casualties", "deployments", "events", "positions"} <= FACTS


def test_the_package_stays_small() -> None:
    # Lines that are not blank: a new table should cost its file, not a fight for its blank lines.
    lines = sum(bool(line.strip()) for path in PACKAGE.rglob("*.py") for line in path.read_text(encoding="utf-8").splitlines())
    assert lines < MAX_LINES


def _rule_names() -> set[str]:
    """Names of rules in calls that make a problem: the rules of readers and evidence, which are no classes."""
    found = set()
    for name, tree in MODULES.items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or _room(name) not in ("curation", "release", "validation"):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called.strip("_").lower() in ("problem", "refuse", "refused", "fail", "tell"):
                given = [*node.args, *(k.value for k in node.keywords if k.arg == "rule")]
                texts = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                found |= {t for t in texts[:1] if re.fullmatch("[a-z][a-z0-9]*(?:_[a-z0-9]+)*", t)}
    return found


def test_every_rule_that_makes_a_problem_is_named_in_a_test() -> None:
    here = Path(__file__).parent
    tests = "\n".join(p.read_text(encoding="utf-8") for room in ("curation", "validation", "release") for p in (here / room).glob("test_*.py"))
    rules = _rule_names()
    assert len(rules) > 15
    assert {rule for rule in rules if f'"{rule}"' not in tests} == set()


@pytest.mark.parametrize("name", [n for n in MODULES if not n.startswith("tables/") and not n.endswith("__init__.py")])
def test_a_module_says_what_it_is_for(name: str) -> None:
    assert ast.get_docstring(MODULES[name])


def _ci_schemas() -> Any:
    """The script that writes the contracts, as a module."""
    spec = importlib.util.spec_from_file_location("ci_schemas", ROOT / ".ci" / "schemas.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOY = '''"""The table `toys`."""

from mali_dataset.schema import Code, Count, Key, NotAfter, Ref, Table, Text, When


class Toy(Table):
    """One toy of an actor."""

    name = "toys"

    toy_id = Key("Identifier of the toy.", prefix="toy")
    owner_id = Ref("Whose it is.", to="actors", part="toys", structural=True)
    title = Text("Its name.", structural=True)
    made = When("When it was made.", optional=True)
    broke = When("When it broke.", optional=True, ongoing=True)
    pieces = Count("How many pieces it has.")
    state = Code("Its state.", codes={"new": "New.", "old": "Old."})

    rules = (NotAfter("made", "broke"),)
'''

TOYS = """\
toys:
- id: toy-train
  owner_id: act-state
  title: Train
  made: 2013-05
  pieces: ">=12"
  state: new
  evidence:
  - source: src-report-2022
    at: paragraph 3
    phrase: a new train of at least twelve pieces
    says: {made: 2013-05, pieces: ">=12", state: new}
"""


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The registry with one more table, defined in one file."""
    folder = tmp_path / "more_tables"
    folder.mkdir()
    (folder / "toys.py").write_text(TOY, encoding="utf-8")
    package = sys.modules["mali_dataset.tables"]
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    importlib.invalidate_caches()
    registry.cache_clear()
    yield registry()
    monkeypatch.undo()
    sys.modules.pop("mali_dataset.tables.toys", None)
    registry.cache_clear()


def test_a_table_costs_one_file(toys: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    from mali_dataset.release import read
    from mali_dataset.release.build import build
    from mali_dataset.schema.forms.arrow import arrow_schema
    from mali_dataset.schema.forms.frames import pandas_schema, polars_schema
    from mali_dataset.schema.forms.record import record_model
    from mali_dataset.schema.plan import plan

    contracts = _ci_schemas().contracts
    toy = toys["toys"]
    assert {"tables/toys.schema.json", "authoring/toys.schema.json", "frictionless/toys.schema.json"} <= set(contracts(toys))
    assert "toys.schema.json" in contracts(toys)["authoring/actors.schema.json"]
    assert record_model(toy).model_fields["state"].is_required()
    assert "pieces_low" in polars_schema(toy).columns
    assert "pieces_low" in pandas_schema(toy).columns
    assert arrow_schema(toy).field("made_earliest").nullable
    assert any(rule.name == "made_not_after_broke" for rule in plan(toy))
    assert "How many pieces" in str(mali.describe("toys"))

    done = build(write_folder(tmp_path / "data", {**FILES, "toys.yaml": TOYS}), tmp_path / "release")
    monkeypatch.setattr(read, "release_folder", lambda: done.folder)
    assert "toys" in mali.tables()
    row = mali.load("toys").to_pylist()[0]
    assert (row["toy_id"], row["pieces_low"], row["pieces_best"], str(row["made_latest"])) == ("toy-train", 12, None, "2013-05-31")
    assert {v.field: v.basis for v in mali.evidence("toys", "toy-train").values}["state"] == "stated"
    wrong = pl.DataFrame(mali.load("toys")).with_columns(state=pl.lit("lost"))
    assert mali.validate(wrong, "toys").counts == {"one_of": 1}


def test_a_toy_goes_when_its_file_goes() -> None:
    assert "toys" not in registry()
    assert all(table.serves in (*MADE, "fact", "plain", "source", "rule", "retired") for table in registry().values())


def _blocks(name: str, language: str) -> list[str]:
    """The code blocks of a language in a file of the checkout."""
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_committed_contracts_are_fresh() -> None:

    ci = _ci_schemas()
    assert ci.stale(ci.contracts(registry()), ROOT / "schemas") == []


def test_every_rule_is_in_the_codebook() -> None:
    import yaml

    rules = yaml.safe_load((ROOT / "data" / "codebook_rules.yaml").read_text(encoding="utf-8"))["codebook_rules"]
    named = set(re.findall(r"\b[A-Z]{3}-[0-9]+\b", (ROOT / "data" / "CODEBOOK.md").read_text(encoding="utf-8").upper()))
    assert len(rules) > 10
    assert {rule["id"].upper() for rule in rules} - named == set()


@pytest.mark.usefixtures("real_release")
def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow.parquet as pq

    monkeypatch.chdir(tmp_path)
    pq.write_table(mali.load("casualties"), "mine.parquet")
    pq.write_table(mali.load("actors"), "actors.parquet")
    examples = _blocks("README.md", "python")
    known: dict[str, Any] = {}
    lines = [line for block in examples for line in block.splitlines() if line.strip()]
    assert len(lines) > 8
    for line in lines:
        exec(compile(line, "README.md", "single"), known)  # noqa: S102  # what a reader types
    assert known["report"].ok, known["report"]


@pytest.mark.usefixtures("real_release")
def test_the_answers_in_the_readme_are_those_of_the_data() -> None:
    shown = [block for block in _blocks("README.md", "text") if block.startswith(">>> ")]
    assert shown
    for block in shown:
        asked, _, answer = block.partition("\n")
        assert f"{eval(asked[4:], {'mali': mali})!r}\n" == answer  # noqa: S307  # what a reader types


def test_the_examples_of_the_page_on_validation_print_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from mali_dataset.cli import main

    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(python|text|sh)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "outbreaks", raising=False)
    (tmp_path / "outbreaks.py").write_text(blocks[0][1], encoding="utf-8")
    known: dict[str, Any] = {"__name__": "page"}
    ran = []
    for language, block in blocks:
        if language == "python":
            exec(block, known)  # noqa: S102  # what a reader types
        elif language == "text":
            assert capsys.readouterr().out == block
            ran.append("text")
        else:
            known["frame"].write_parquet("outbreaks.parquet")
            known["areas"].write_csv("areas.csv")
            for line in block.splitlines():
                program, *arguments = line.split()
                assert (program, main(arguments)) == ("mali-dataset", 1)
                ran.append("sh")
            capsys.readouterr()
    assert ran == ["text", "text", "sh", "sh", "text", "text"]
    assert (tmp_path / "problems.csv").exists()
    sys.modules.pop("outbreaks")


def test_every_kind_of_field_and_rule_is_on_the_page_on_validation() -> None:
    from mali_dataset import schema

    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    # Brought by composites, of this project alone, or no rule itself.
    apart = {"Expands", "Field", "Rule", "Summary"}
    kinds = [made for made in vars(schema).values() if isinstance(made, type) and issubclass(made, schema.Field | schema.Rule)]
    assert {kind.__name__ for kind in kinds if f"`{kind.__name__}`" not in page} == apart


def test_the_table_of_the_contributing_guide_is_one() -> None:
    from mali_dataset.schema import Table, columns

    known: dict[str, Any] = {"__name__": "guide"}
    for block in _blocks("CONTRIBUTING.md", "python"):
        exec(block, known)  # noqa: S102  # what a reader types
    made = [item for item in known.values() if isinstance(item, type) and issubclass(item, Table) and item is not Table]
    assert len(made) == 1
    assert {"convoy_id", "start_earliest", "vehicles_best"} <= {column.name for column in columns(made[0])}


TRACKED = ("mali_dataset", "data", "schemas", "tests", "docs", "benchmarks", ".github", ".ci")
# Spelled apart, so that this file does not hold them.
HOSTS = ("pypi" + ".org", "python" + "hosted.org", "index" + "-url", "art" + "ifactory", "npmjs" + ".org", "crates" + ".io", "127.0" + ".0.1")
MACHINE = re.compile(r"(?<![\w.:/%~-])/(?:home|work|root|Users|mnt|tmp|opt)/\w|[A-Z]:\\\\?Users")


def _tracked() -> list[Path]:
    files = [path for path in ROOT.iterdir() if path.is_file()]
    return [*files, *(p for name in TRACKED for p in (ROOT / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts)]


def test_no_file_knows_a_machine_or_a_package_registry() -> None:
    found = []
    for path in _tracked():
        text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(ROOT)}: {hit}" for hit in [*MACHINE.findall(text), *(host for host in HOSTS if host in text.lower())]]
    assert len(_tracked()) > 100
    assert found == []


def test_what_belongs_together_has_one_version() -> None:
    import yaml

    stated = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert (stated["version"], str(stated["date-released"])) == (mali.__version__, mali.__released__)
    assert f"## [{mali.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
