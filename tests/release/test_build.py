"""The build: the same bytes from the same data, and a release that is there whole or not at all."""

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mali_dataset
from mali_dataset.problems import ProblemsError
from mali_dataset.release import parquet
from mali_dataset.release.build import build, check
from mali_dataset.release.parquet import content_hash
from mali_dataset.tables import registry
from tests.conftest import CASUALTIES, COUPS, DEPLOYMENTS, FILES, ROOT, SOURCES, line_of, snapshot, write_folder

Sections = dict[str, list[str]]


def sections(texts: list[str]) -> Sections:
    """Name of a table -> the text of each of its records, over some files."""
    found: Sections = {}
    for text in texts:
        for part in re.split(r"^(?=[a-z_]+:\n)", text, flags=re.MULTILINE):
            if not part:
                continue
            head, _, body = part.partition("\n")
            found.setdefault(head.rstrip(":"), []).extend(re.split(r"^(?=- )", body, flags=re.MULTILINE)[1:])
    return found


def yaml_texts() -> dict[str, str]:
    return {name: text for name, text in FILES.items() if name.endswith(".yaml")}


def written(found: Sections) -> str:
    return "".join(f"{name}:\n{''.join(blocks)}" for name, blocks in found.items())


def as_it_is() -> dict[str, str]:
    return dict(FILES)


def one_file() -> dict[str, str]:
    return {"all.yaml": written(sections(list(yaml_texts().values())))}


def reordered() -> dict[str, str]:
    made = {}
    for name, text in yaml_texts().items():
        found = sections([text])
        made[name] = written({table: found[table][::-1] for table in reversed(found)})
    return made


def renamed() -> dict[str, str]:
    return {f"z/{len(name)}/{name[::-1].replace('/', '-').replace('.', '-')}.yaml": text for name, text in yaml_texts().items()}


def split() -> dict[str, str]:
    found = sections(list(yaml_texts().values()))
    return {f"{99 - n}-{table}.yaml": written({table: [block]}) for table, blocks in found.items() for n, block in enumerate(blocks)}


def shuffled() -> dict[str, str]:
    dice = random.Random(7)  # noqa: S311
    found = sections(list(yaml_texts().values()))
    for blocks in found.values():
        dice.shuffle(blocks)
    names = list(found)
    dice.shuffle(names)
    return {f"{n}.yaml": written({name: found[name]}) for n, name in enumerate(names)}


def parquet_of(folder: Path) -> dict[str, bytes]:
    return {name: raw for name, raw in snapshot(folder).items() if name.endswith(".parquet")}


@pytest.mark.parametrize("variant", [as_it_is, one_file, reordered, renamed, split, shuffled])
def test_order_names_and_places_of_files_change_no_byte(built: Any, tmp_path: Path, variant: Callable[[], dict[str, str]]):
    made = build(write_folder(tmp_path / "elsewhere" / "yaml", variant()), tmp_path / "out")
    assert made.manifest["tables"]["coups"]["rows"] == 1
    assert parquet_of(made.folder) == parquet_of(built.folder)
    assert made.manifest["tables"] == built.manifest["tables"]


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONHASHSEED": "4242", "TZ": "America/Los_Angeles", "LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    ],
)
def test_hash_seed_time_zone_and_locale_change_no_byte(built: Any, tmp_path: Path, environment: dict[str, str]):
    folder = write_folder(tmp_path / "data")
    code = "import sys, pathlib as p; from mali_dataset.release.build import build; build(p.Path(sys.argv[1]), p.Path(sys.argv[2]))"
    run = [sys.executable, "-c", code, str(folder), str(tmp_path / "out")]
    subprocess.run(run, check=True, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, cwd=tmp_path)
    assert snapshot(tmp_path / "out") == snapshot(built.folder)


def test_a_changed_value_changes_one_table_and_its_hashes(built: Any, tmp_path: Path):
    changed = build(write_folder(tmp_path / "data", {**FILES, "coups.yaml": COUPS.replace("The Captain", "The Colonel")}), tmp_path / "out")
    differ = {name for name, table in changed.manifest["tables"].items() if table != built.manifest["tables"][name]}
    assert "coup_people" in differ
    assert "deployments" not in differ
    one, other = changed.manifest["tables"]["coup_people"], built.manifest["tables"]["coup_people"]
    assert one["content_sha256"] != other["content_sha256"]
    assert changed.manifest["inputs_sha256"] != built.manifest["inputs_sha256"]


def test_the_manifest_is_that_of_the_files(built: Any):
    import hashlib

    import pyarrow.parquet as pq

    manifest = json.loads((built.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest == built.manifest
    assert manifest["version"] == mali_dataset.__version__
    assert list(manifest["tables"]) == list(registry())
    assert set(snapshot(built.folder)) == {"manifest.json", *(f"{name}.parquet" for name in registry())}
    for table in manifest["tables"].values():
        raw = (built.folder / table["file"]).read_bytes()
        read = pq.read_table(built.folder / table["file"])
        assert table["sha256"] == hashlib.sha256(raw).hexdigest()
        assert table["content_sha256"] == content_hash(read)
        assert (table["bytes"], table["rows"], table["columns"]) == (len(raw), read.num_rows, read.num_columns)


def test_every_row_of_the_data_is_in_the_release(built: Any, compiled: Any):
    import pyarrow.parquet as pq

    for name, rows in compiled.rows.items():
        assert pq.read_table(built.folder / f"{name}.parquet").to_pylist() == rows, name


def test_progress_is_told(data: Path, tmp_path: Path):
    said: list[str] = []
    build(data, tmp_path / "out", progress=said.append)
    assert said[0].startswith("reading")
    assert [line for line in said if line.startswith("writing")] == [f"writing {name}" for name in registry()]


# Whole or not at all.


@pytest.fixture
def old(built: Any, tmp_path: Path) -> Path:
    """A release that is there already, alone in its folder."""
    return Path(shutil.copytree(built.folder, tmp_path / "build" / "release"))


def stays(old: Path, before: dict[str, bytes]) -> None:
    assert snapshot(old) == before
    assert [path.name for path in old.parent.iterdir()] == [old.name], "something was left behind"


def test_broken_data_leaves_the_old_release(tmp_path: Path, old: Path):
    before = snapshot(old)
    broken = write_folder(tmp_path / "data", {**FILES, "coups.yaml": COUPS.replace("outcome: successful", "outcome: succesful")})
    with pytest.raises(ProblemsError, match=r"coups.yaml:5: .*Did you mean 'successful'"):
        build(broken, old)
    stays(old, before)


@pytest.mark.parametrize(("after", "fault"), [(0, OSError("no space left")), (7, ValueError("not written")), (29, KeyboardInterrupt())])
def test_a_failure_while_writing_leaves_the_old_release(data: Path, old: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException, after: int):
    before = snapshot(old)
    write = parquet.write_parquet
    calls: list[Path] = []

    def fail(made: Any, path: Path) -> dict[str, Any]:
        calls.append(path)
        if len(calls) > after:
            path.write_bytes(b"PAR1 half")
            raise fault
        return write(made, path)

    monkeypatch.setattr(parquet, "write_parquet", fail)
    with pytest.raises(type(fault)):
        build(data, old)
    assert len(calls) == after + 1
    stays(old, before)


def test_a_failure_while_swapping_puts_the_old_release_back(data: Path, old: Path, monkeypatch: pytest.MonkeyPatch):
    before = snapshot(old)
    replace = os.replace
    calls: list[str] = []

    def fail(source: Any, target: Any) -> None:
        calls.append(str(source))
        if len(calls) == 2:
            msg = "the target cannot be written"
            raise OSError(msg)
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="cannot be written"):
        build(data, old)
    monkeypatch.undo()
    assert len(calls) == 3
    stays(old, before)


def test_a_first_build_that_fails_leaves_nothing(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any) -> dict[str, Any]:
        msg = "no space left on device"
        raise OSError(msg)

    monkeypatch.setattr(parquet, "write_parquet", fail)
    with pytest.raises(OSError, match="no space"):
        build(data, tmp_path / "build" / "release")
    assert list((tmp_path / "build").iterdir()) == []


def test_a_build_replaces_all_of_the_old_release(data: Path, old: Path):
    before = snapshot(old)
    (old / "left_over.parquet").write_bytes(b"old")
    (old / "coups.parquet").write_bytes(b"old")
    build(data, old)
    stays(old, before)


def test_what_is_no_release_is_not_replaced(data: Path, tmp_path: Path):
    work = write_folder(tmp_path / "thesis", {"chapter.txt": "years of work"})
    note = tmp_path / "note.txt"
    note.write_text("mine", encoding="utf-8")
    for target in (work, note):
        with pytest.raises(FileExistsError, match="holds no release"):
            build(data, target)
    assert snapshot(work) == {"chapter.txt": b"years of work"}
    assert note.read_text(encoding="utf-8") == "mine"


def test_an_empty_folder_becomes_the_release(data: Path, tmp_path: Path):
    (tmp_path / "out").mkdir()
    assert (build(data, tmp_path / "out").folder / "coups.parquet").is_file()


# What is wrong.


def test_an_empty_folder_of_data_is_a_problem(tmp_path: Path):
    (tmp_path / "data").mkdir()
    with pytest.raises(ProblemsError) as refused:
        build(tmp_path / "data", tmp_path / "out")
    assert [p.rule for p in refused.value.problems] == ["no_records"]
    assert not (tmp_path / "out").exists()


def test_a_missing_folder_of_data_is_a_problem(tmp_path: Path):
    with pytest.raises(ProblemsError) as refused:
        build(tmp_path / "nowhere", tmp_path / "out")
    assert refused.value.problems[0].rule == "unreadable"


def test_a_rule_over_rows_names_file_and_line(tmp_path: Path):
    twin = DEPLOYMENTS.partition("- id: dep-mission-state")[0].partition("deployments:\n")[2]
    twin = twin.replace("id: dep-mission", "id: dep-mission-again").replace("start: 2013-07-01", "start: 2014-07-01")
    twin = twin.replace("began on 1 July 2013", "began on 1 July 2014")
    text = f"deployments:\n{twin}"
    compiled, _ = check(write_folder(tmp_path / "data", {**FILES, "twin.yaml": text}))
    found = {(p.rule, p.key, p.file, p.line) for p in compiled.problems}
    assert found == {("disjoint_start_end", "dep-mission-again", "twin.yaml", line_of(text, "  start: 2014-07-01"))}


def test_parts_that_do_not_sum_name_file_and_line(tmp_path: Path):
    text = CASUALTIES.replace("  computed:\n    count: sum-of-parts\n", "", 1)
    text = text.replace("  end: 2015-12-31\n", "  end: 2015-12-31\n  count: 44\n", 1)
    text = text.replace("says: {start: 2013-01-01, end: 2015-12-31}", "says: {start: 2013-01-01, end: 2015-12-31, count: {value: 44, digits: the total}}")
    compiled, _ = check(write_folder(tmp_path / "data", {**FILES, "casualties/mission.yaml": text}))
    found = [(p.rule, p.key, p.file, p.line) for p in compiled.problems]
    assert found == [("parts_sum_count", "cas-mission-killed", "casualties/mission.yaml", line_of(text, "  count: 44"))]


def test_a_duplicate_id_is_told_once(tmp_path: Path):
    twin = SOURCES.replace("title: The Paper", "title: The Other Paper")
    block = twin[twin.index("- id: pub-paper") : twin.index("sources:")]
    compiled, _ = check(write_folder(tmp_path / "data", {**FILES, "twin.yaml": f"publishers:\n{block}"}))
    assert [(p.rule, p.key, p.file) for p in compiled.problems] == [("duplicate_id", "pub-paper", "twin.yaml")]


def test_a_value_that_a_record_refused_is_told_once(tmp_path: Path):
    text = COUPS.replace("date: 2012-03-22\n  outcome", "date: 2012-13-22\n  outcome")
    compiled, _ = check(write_folder(tmp_path / "data", {**FILES, "coups.yaml": text}))
    assert [(p.file, p.line, p.column) for p in compiled.problems] == [("coups.yaml", 4, "date")]


def test_faults_of_many_files_are_told_in_one_run(tmp_path: Path):
    files = {
        **FILES,
        "coups.yaml": COUPS.replace("outcome: successful", "outcome: succesful"),
        "deployments/mission.yaml": DEPLOYMENTS.replace("area: sahel", "area: sahell"),
        "latin.yaml": "publishers:\n- id: pub-x\n",
    }
    folder = write_folder(tmp_path / "data", files)
    (folder / "bytes.yaml").write_bytes(b"coups:\n- id: cou-\xe9\n")
    with pytest.raises(ProblemsError) as refused:
        build(folder, tmp_path / "out")
    assert {"coups.yaml", "deployments/mission.yaml", "latin.yaml", "bytes.yaml"} <= {p.file for p in refused.value.problems}
    assert all(p.line for p in refused.value.problems if p.file)
