"""The command line: what it prints, its exit codes, and no traceback for bad input."""

import importlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mali_dataset as mali
from mali_dataset.cli import main
from mali_dataset.release.manifest import BUILT
from mali_dataset.tables import registry
from tests.conftest import CASUALTIES, COUPS, FILES, ROOT, line_of, snapshot, write_folder

COMMANDS = ("build", "validate", "fmt", "show", "evidence", "cite", "verify-sources")
BROKEN = {**FILES, "coups.yaml": COUPS.replace("outcome: successful", "outcome: succesful")}

Shell = Any


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Runs a command line; returns exit code, output and errors."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: Any) -> tuple[int, str, str]:
        capsys.readouterr()
        code: object = None
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        assert isinstance(code, int)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return code, said.out, said.err

    return run


# Help and usage.


def test_help_teaches(shell: Shell):
    code, out, _ = shell("--help")
    assert code == 0
    assert "exit codes: 0 fine, 1 problems found, 2 wrong usage, 130 interrupted or terminated" in out
    for command in COMMANDS:
        assert re.search(rf"^    {command}\s", out, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(shell: Shell, command: str):
    code, out, _ = shell(command, "--help")
    assert code == 0
    assert out.startswith(f"usage: mali-dataset {command} ")
    assert "--json" in out


def test_version(shell: Shell):
    assert shell("--version") == (0, f"mali_dataset {mali.__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("bild",), ("show", "--rows", "many"), ("evidence",), ("evidence", "coups"), ("cite", "--style", "chicago"), ("build", "a", "b")])  # fmt: skip
def test_wrong_usage_is_2(shell: Shell, arguments: tuple[str, ...]):
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: mali-dataset")


def test_help_imports_nothing_heavy(tmp_path: Path):
    code = """
import sys
from mali_dataset.cli import main
try:
    main(["--help"])
except SystemExit as end:
    assert end.code == 0
heavy = {"pyarrow", "pandas", "polars", "pydantic", "pandera", "numpy", "duckdb", "yaml", "ruamel", "rich"} & set(sys.modules)
sys.exit(", ".join(heavy) or 0)
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL)


def test_the_module_runs_as_a_program_and_a_closed_pipe_is_quiet(built: Any, tmp_path: Path):
    code = "import sys, pathlib, mali_dataset.cli as c; from mali_dataset.release import read; folder = pathlib.Path(sys.argv.pop(1)); read.release_folder = lambda: folder; sys.exit(c.main())"
    run = [sys.executable, "-c", code, str(built.folder), "show", "claims", "--json"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(run, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    os.close(writer)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 120), "120 is what Python itself says of a closed pipe"
    done = subprocess.run([sys.executable, "-m", "mali_dataset.cli", "--version"], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stdout) == (0, f"mali_dataset {mali.__version__}\n")


# build


def test_build_prints_what_was_built(shell: Shell, data: Path):
    code, out, _ = shell("build", data)
    assert code == 0
    folder = data.parent / BUILT
    assert (folder / "coups.parquet").is_file()
    assert f"built {mali.__version__}: " in out
    assert " ".join(out.split()).startswith("table rows columns bytes")
    for name in registry():
        assert f"\n  {name} " in out


def test_build_as_json(shell: Shell, data: Path, tmp_path: Path):
    code, out, _ = shell("build", data, "--out", tmp_path / "out", "--json")
    said = json.loads(out)
    assert (code, said["ok"], said["problems"], said["folder"]) == (0, True, [], str(tmp_path / "out"))
    assert said["tables"] == json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["tables"]


def test_build_names_file_and_line_of_every_problem(shell: Shell, tmp_path: Path):
    text = CASUALTIES.replace("harm: injured", "harm: hurt")
    folder = write_folder(tmp_path / "data", {**BROKEN, "casualties/mission.yaml": text})
    for arguments in ((), ("--check",)):
        code, out, _ = shell("build", folder, *arguments)
        assert code == 1
        assert f"coups.yaml:{line_of(BROKEN['coups.yaml'], 'succesful')}: coups cou-2012-03-22.outcome = 'succesful': " in out
        assert f"casualties/mission.yaml:{line_of(text, 'harm: hurt')}: casualties cas-mission-injured.harm = 'hurt': " in out
        assert out.splitlines()[-1] == f"{len(out.splitlines()) - 1} problems"
    assert not (tmp_path / "build").exists()


def test_build_problems_as_json(shell: Shell, tmp_path: Path):
    code, out, _ = shell("build", write_folder(tmp_path / "data", BROKEN), "--json")
    said = json.loads(out)
    assert (code, said["ok"]) == (1, False)
    problem = said["problems"][0]
    assert (problem["file"], problem["line"], problem["rule"], problem["column"]) == ("coups.yaml", 5, "one_of", "outcome")


def test_one_problem_is_not_said_in_the_plural(shell: Shell, tmp_path: Path):
    code, out, _ = shell("build", "--check", write_folder(tmp_path / "data", {**FILES, "empty.yaml": ""}))
    assert (code, out.splitlines()[-1]) == (1, "1 problem")


def test_check_writes_nothing(shell: Shell, data: Path):
    before = snapshot(data.parent)
    code, out, _ = shell("build", "--check", data)
    assert code == 0
    assert out.endswith("no problems\n")
    assert snapshot(data.parent) == before
    code, out, _ = shell("build", "--check", "--json", data)
    assert json.loads(out)["rows"]["coups"] == 1


def test_build_takes_data_of_this_folder_by_default(shell: Shell, data: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(data.parent)
    assert shell("build")[0] == 0
    assert (data.parent / BUILT / "manifest.json").is_file()


def test_build_does_not_replace_what_is_no_release(shell: Shell, data: Path, tmp_path: Path):
    work = write_folder(tmp_path / "work", {"a.txt": "mine"})
    code, _, err = shell("build", data, "--out", work)
    assert code == 2
    assert "holds no release" in err
    assert snapshot(work) == {"a.txt": b"mine"}


@pytest.mark.parametrize("arguments", [("build",), ("build", "--check"), ("verify-sources", ".")])
def test_a_folder_that_is_not_there_is_wrong_usage(shell: Shell, tmp_path: Path, arguments: tuple[str, ...]):
    code, out, err = shell(*arguments, tmp_path / "nowhere")
    assert (code, out) == (2, "")
    assert err == f"mali-dataset {arguments[0]}: there is no folder {tmp_path / 'nowhere'}\n"


def test_a_target_that_cannot_be_written_is_wrong_usage(shell: Shell, data: Path, tmp_path: Path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    code, _, err = shell("build", data, "--out", tmp_path / "file" / "release")
    assert code == 2
    assert err.startswith("mali-dataset build: ")


@pytest.mark.parametrize("raw", [b"coups:\n- id: \xff\n", b"coups:\n\t- id: a\n", b"a: &a [*a]\n", b"{" * 5000, b"- 1\n", b"coups: [1, [2]]\n", b"\0"])
def test_a_file_that_cannot_be_read_is_a_problem_with_its_name(shell: Shell, data: Path, raw: bytes):
    (data / "bad.yaml").write_bytes(raw)
    code, out, _ = shell("build", data)
    assert code == 1
    assert all(line.startswith("bad.yaml:") for line in out.splitlines()[:-1])


def test_a_link_out_of_the_data_is_a_problem(shell: Shell, data: Path, tmp_path: Path):
    (tmp_path / "secret.yaml").write_text("coups: []\n", encoding="utf-8")
    (data / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (data / "dangling.yaml").symlink_to(tmp_path / "nowhere.yaml")
    code, out, _ = shell("build", data)
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines()[:-1]] == ["dangling.yaml", "link.yaml"]


def test_what_is_no_file_is_a_problem(shell: Shell, data: Path):
    os.mkfifo(data / "pipe.yaml")
    code, out, _ = shell("build", data)
    assert code == 1
    assert out.startswith("pipe.yaml:1: is not a regular file")


# validate


@pytest.mark.usefixtures("release")
def test_validate_a_sound_file(shell: Shell, release: Path):
    code, out, err = shell("validate", release / "coups.parquet", "coups")
    assert (code, err) == (0, "")
    assert out.startswith("coups: 1 rows, no problems\n")
    assert "not checked: " in out


@pytest.mark.usefixtures("release")
def test_validate_against_other_tables(shell: Shell, release: Path, tmp_path: Path):
    people = mali.load("coup_people", as_="polars")
    people.with_columns(coup_id=people["coup_id"].str.replace("22", "23")).write_csv(tmp_path / "mine.csv")
    against = ("--against", f"coups={release / 'coups.parquet'}")
    code, out, _ = shell("validate", tmp_path / "mine.csv", "coup_people", *against)
    assert code == 1
    assert "row 0: coup_people cpe-2012-deposed.coup_id = 'cou-2012-03-23': breaks the rule that `coup_id` is a key of `coups`" in out
    code, out, _ = shell("validate", tmp_path / "mine.csv", "coup_people", *against, "--json", "--limit", "1")
    said = json.loads(out)
    assert (code, said["ok"], said["rows"], said["counts"], len(said["problems"])) == (1, False, 2, {"references_coups": 2}, 1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere.csv", "coups"), "there is no file nowhere.csv"),
        (("mine.xlsx", "coups"), "ends with '.xlsx'"),
        (("mine.csv", "coup"), "Did you mean 'coups'?"),
        (("mine.csv", "coups", "--against", "actors"), "--against 'actors' is not TABLE=SOURCE"),
        (("mine.csv", "coups", "--against", "actors=nowhere.csv"), "there is no file nowhere.csv"),
    ],
)
def test_validate_that_cannot_begin_is_wrong_usage(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any, message: str):
    monkeypatch.chdir(tmp_path)
    for name in ("mine.xlsx", "mine.csv"):
        (tmp_path / name).write_text("coup_id,by_id\n", encoding="utf-8")
    code, out, err = shell("validate", *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_validate_a_file_that_cannot_be_read_is_a_problem(shell: Shell, tmp_path: Path):
    (tmp_path / "mine.parquet").write_bytes(b"PAR1PAR1")
    code, out, _ = shell("validate", tmp_path / "mine.parquet", "coups")
    assert code == 1
    assert "mine.parquet:1: coups: cannot be read as Parquet" in out


MARKETS = '''
from mali_dataset.schema import Number, Table, Text

class Market(Table):
    """One market of a town."""

    serves = "link"
    key = ("town",)
    town = Text("Where it is.")
    stalls = Number("How many stalls it has.", minimum=1)

word = "no table"
'''


@pytest.fixture
def markets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a definition of another domain, and a table in which two rows are wrong; we stand in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    rows = {"part-1.csv": "town,stalls\nGao,10\nMopti,0\n", "part-2.csv": "town,stalls\nKayes,0\n"}
    # Named as a module that is imported already.
    return write_folder(tmp_path, {"json.py": MARKETS, "fairs/own_markets.py": MARKETS, **{f"rows/{name}": text for name, text in rows.items()}})


@pytest.mark.usefixtures("markets")
@pytest.mark.parametrize(
    ("named", "table"), [("json.py:Market", "json"), ("fairs/own_markets.py:Market", "own_markets"), ("fairs.own_markets:Market", "own_markets")]
)
@pytest.mark.parametrize("source", ["rows", "rows/*.csv"])
def test_validate_takes_a_definition_of_ones_own(shell: Shell, named: str, table: str, source: str):
    code, out, err = shell("validate", source, named)
    assert (code, err) == (1, "")
    assert out.startswith(f"{table}: 3 rows, 2 problems\n")
    assert f"part-2.csv row 0: {table} Kayes.stalls = '0': breaks the rule that `stalls` is at least 1 [at_least]\n" in out


@pytest.mark.usefixtures("markets")
@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("fairs/own_markets.py:Markt", "fairs/own_markets.py has no class 'Markt' derived from mali_dataset.schema.Table. Did you mean 'Market'?"),
        ("json.py:word", "json.py has no class 'word' derived from mali_dataset.schema.Table."),
        ("json.py:Table", "json.py has no class 'Table' derived"),
        ("nowhere.py:Market", "there is no file or folder nowhere.py"),
        ("nowhere.at_all:Market", "nowhere.at_all cannot be imported: ModuleNotFoundError: No module named 'nowhere'"),
        (":Market", " cannot be imported: ValueError: Empty module name"),
        ("broken.py:Market", "broken.py cannot be imported: NameError: name 'Tabel' is not defined"),
        ("leaving.py:Market", "leaving.py cannot be imported: SystemExit: 0"),
        ("keyless.py:Market", "keyless.py cannot be imported: DefinitionError: table Market: it has no key"),
    ],
)
def test_a_definition_that_cannot_be_had_is_wrong_usage(shell: Shell, markets: Path, named: str, message: str):
    write_folder(
        markets, {"broken.py": "class Market(Tabel): ...\n", "leaving.py": "raise SystemExit(0)\n", "keyless.py": MARKETS.replace('key = ("town",)', "")}
    )
    code, out, err = shell("validate", "rows", named)
    assert (code, out) == (2, "")
    assert err.startswith(f"mali-dataset validate: {message}")
    assert err.count("\n") == 1


@pytest.mark.usefixtures("markets")
@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_validate_as_json_has_counts_checks_and_problems(shell: Shell, engine: str):
    code, out, err = shell("validate", "rows", "json.py:Market", "--json", "--engine", engine, "--memory", "500MB", "--limit", "1")
    said = json.loads(out)
    assert (code, err, said["ok"], said["engine"], said["rows"], said["counts"]) == (1, "", False, engine, 3, {"at_least": 2})
    assert {"rule": "at_least", "column": "stalls", "sentence": "`stalls` is at least 1", "failed": 2, "why": None} in said["checks"]
    assert [(p["file"], p["row"], p["key"], p["column"], p["value"], p["rule"]) for p in said["problems"]] == [
        ("part-1.csv", 1, "Mopti", "stalls", "0", "at_least")
    ]


@pytest.mark.usefixtures("markets")
def test_validate_writes_all_problems_whatever_it_prints(shell: Shell):
    code, out, _ = shell("validate", "rows", "json.py:Market", "--limit", "0", "--out", "problems.csv")
    assert (code, out) == (1, "json: 3 rows, 2 problems\n  2 times at_least\n… and 2 more\nall problems are in problems.csv\n")
    assert [line.split(",")[2] for line in Path("problems.csv").read_text(encoding="utf-8").splitlines()] == ['"key"', '"Mopti"', '"Kayes"']
    assert shell("validate", "rows", "json.py:Market", "--out", "problems.xlsx")[:2] == (2, "")


@pytest.mark.usefixtures("markets")
def test_validate_in_quiet_tells_by_its_exit_code(shell: Shell):
    assert shell("validate", "rows", "json.py:Market", "--quiet") == (1, "", "")
    Path("rows/part-1.csv").write_text("town,stalls\nGao,10\n", encoding="utf-8")
    assert shell("validate", "rows/part-1.csv", "json.py:Market", "--quiet") == (0, "", "")


@pytest.mark.usefixtures("markets")
def test_validate_draws_tables_on_a_terminal_only(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    plain = shell("validate", "rows", "json.py:Market")[1]
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    code, out, _ = shell("validate", "rows", "json.py:Market")
    assert code == 1
    assert re.search(r"^ rule +column +rows +share +what must hold", out, re.MULTILINE)
    assert "[at_least]" in plain
    assert "[at_least]" not in out
    assert "Kayes" not in shell("validate", "rows", "json.py:Market", "--limit", "1")[1]
    assert json.loads(shell("validate", "rows", "json.py:Market", "--json")[1])["rows"] == 3


@pytest.mark.usefixtures("markets")
@pytest.mark.parametrize(("engine", "package"), [("duckdb", "duckdb"), ("spark", "pyspark")])
def test_an_engine_without_its_package_names_the_extra(shell: Shell, monkeypatch: pytest.MonkeyPatch, engine: str, package: str):
    for name in [package, *(name for name in sys.modules if name.startswith(f"{package}."))]:
        monkeypatch.setitem(sys.modules, name, None)
    code, out, err = shell("validate", "rows", "json.py:Market", "--engine", engine)
    assert (code, out) == (2, "")
    assert re.fullmatch(rf"mali-dataset validate: the engine needs {package}[.a-z]*: pip install 'mali-dataset\[{engine}\]'\n", err)


def test_every_extra_that_an_engine_names_is_there():
    import tomllib

    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert (extras["duckdb"], extras["spark"]) == (["duckdb>=2.0"], ["pyspark>=4"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [(KeyboardInterrupt(), 130, "interrupted"), (MemoryError("too little"), 2, "too little"), (RuntimeError("no Java"), 2, "no Java")],
)
def test_what_stops_a_validation_is_said_in_a_line(shell: Shell, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str):
    def stop(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(importlib.import_module("mali_dataset.validation.validate"), "validate", stop)
    assert shell("validate", "rows", "coups") == (code, "", f"mali-dataset validate: {said}\n")


def test_a_run_that_is_told_to_end_ends_like_one_that_is_interrupted(shell: Shell, monkeypatch: pytest.MonkeyPatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(importlib.import_module("mali_dataset.validation.validate"), "validate", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    assert shell("validate", "rows", "coups") == (130, "", "mali-dataset validate: interrupted\n")
    assert signal.getsignal(signal.SIGTERM) is before


# fmt


def test_fmt_says_what_it_changed_and_then_nothing(shell: Shell, data: Path):
    assert shell("fmt", data)[0] == 0
    before = snapshot(data)
    untidy = data / "coups.yaml"
    untidy.write_text(untidy.read_text(encoding="utf-8").replace("outcome: successful", "outcome:     successful"), encoding="utf-8")
    code, out, _ = shell("fmt", "--check", data)
    assert code == 1
    assert "coups.yaml" in out
    assert "1 file would change" in out
    code, out, _ = shell("fmt", data, "--json")
    assert (code, [Path(name).name for name in json.loads(out)["changed"]]) == (0, ["coups.yaml"])
    assert snapshot(data) == before
    assert shell("fmt", data)[1] == "0 files changed\n"
    assert shell("fmt", "--check", data / "coups.yaml")[0] == 0


def test_fmt_of_a_broken_file_is_a_problem_and_leaves_it(shell: Shell, data: Path):
    (data / "bad.yaml").write_text("coups: [\n", encoding="utf-8")
    code, out, _ = shell("fmt", data / "bad.yaml")
    assert code == 1
    assert out.startswith("bad.yaml:")
    assert (data / "bad.yaml").read_text(encoding="utf-8") == "coups: [\n"


def test_fmt_of_nothing_is_wrong_usage(shell: Shell, tmp_path: Path):
    code, _, err = shell("fmt", tmp_path / "nowhere.yaml")
    assert code == 2
    assert "there is no file or folder" in err


# show, evidence, cite


@pytest.mark.usefixtures("release")
def test_show_lists_the_tables(shell: Shell):
    code, out, _ = shell("show")
    assert code == 0
    assert all(f"  {name} " in out for name in registry())
    assert json.loads(shell("show", "--json")[1]) == {name: mali.load(name).num_rows for name in registry()}


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize("width", ["60", "100", "200"])
def test_show_fits_the_terminal_and_keeps_ids_whole(shell: Shell, monkeypatch: pytest.MonkeyPatch, width: str):
    monkeypatch.setenv("COLUMNS", width)
    for name in ("coups", "deployments", "casualties"):
        code, out, _ = shell("show", name)
        assert code == 0
        assert all(len(line) <= int(width) for line in out.splitlines()[:-1])
        assert all(row in out for row in mali.load(name).column(0).to_pylist())


@pytest.mark.usefixtures("release")
def test_show_a_table_and_a_record(shell: Shell):
    code, out, _ = shell("show", "casualties", "--rows", "2")
    assert (code, out.splitlines()[-1].startswith("2 of 5 rows, 7 of ")) == (0, True)
    assert [r["casualty_id"] for r in json.loads(shell("show", "casualties", "--json")[1])] == mali.load("casualties").column(0).to_pylist()
    code, out, _ = shell("show", "coups", "cou-2012-03-22")
    assert code == 0
    assert "The coup of March 2012" in out
    assert json.loads(shell("show", "coups", "cou-2012-03-22", "--json")[1])["outcome"] == "successful"


@pytest.mark.usefixtures("release")
def test_show_describes(shell: Shell):
    assert shell("show", "coups", "--describe")[1] == f"{mali.describe('coups')}\n"
    assert json.loads(shell("show", "coups", "--describe", "--json")[1])["key"] == ["coup_id"]


@pytest.mark.usefixtures("release")
def test_evidence(shell: Shell):
    assert shell("evidence", "coups", "cou-2012-03-22") == (0, f"{mali.evidence('coups', 'cou-2012-03-22')}\n", "")
    assert json.loads(shell("evidence", "coups", "cou-2012-03-22", "--json")[1])["record"]["coup_id"] == "cou-2012-03-22"


@pytest.mark.usefixtures("release")
def test_cite(shell: Shell):
    assert shell("cite") == (0, f"{mali.cite()}\n", "")
    for style in ("apa", "bibtex", "ris", "csl-json"):
        assert shell("cite", "cou-2012-03-22", "--style", style)[1] == f"{mali.cite(style, rows=['cou-2012-03-22'])}\n"
    assert json.loads(shell("cite", "--json")[1])[0]["type"] == "dataset"


@pytest.mark.usefixtures("release")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "coup"), "mali-dataset show: there is no table 'coup'. Did you mean 'coups'?"),
        (("show", "coups", "cou-1"), "mali-dataset show: there is no 'cou-1' in `coups`."),
        (("show", "coup", "--describe"), "Did you mean 'coups'?"),
        (("evidence", "coups", "cou-2012-03-23"), "mali-dataset evidence: there is no 'cou-2012-03-23' in `coups`. Did you mean 'cou-2012-03-22'?"),
        (("evidence", "cups", "cou-2012-03-22"), "Did you mean 'coups'?"),
        (("cite", "cou-1"), "mali-dataset cite: no claim is about a record 'cou-1'."),
    ],
)
def test_what_is_not_there_is_wrong_usage_with_the_nearest(shell: Shell, arguments: tuple[str, ...], message: str):
    code, out, err = shell(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_dataset_that_is_not_built_is_said(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from mali_dataset.release import manifest, read

    monkeypatch.setattr(manifest, "_PACKAGE", tmp_path)
    monkeypatch.setattr(read, "release_folder", manifest.release_folder.__wrapped__)
    code, _, err = shell("show", "coups")
    assert (code, err) == (2, "mali-dataset show: the dataset is not built: install the package again\n")


# verify-sources


def test_verify_sources(shell: Shell, data: Path, tmp_path: Path):
    texts = tmp_path / "texts"
    pages = ["", "", "", "gone in December 2023", "about 12,000 troops", "", "", "", "the first coup in 2020", "more than 209 injured"]
    write_folder(texts, {"paper.txt": "\n\n".join(page or "-" for page in pages)})
    code, out, _ = shell("verify-sources", texts, data)
    assert code == 0
    assert out.startswith("4 phrases found in 1 texts; ")
    (texts / "paper.txt").write_text("the first coup in 2021\n", encoding="utf-8")
    code, out, _ = shell("verify-sources", texts, data, "--json")
    said = json.loads(out)
    assert (code, said["ok"], said["sources"]) == (1, False, ["src-paper-2023"])
    assert {p["rule"] for p in said["problems"]} == {"no_such_paragraph"}
    assert all(p["file"] and p["line"] for p in said["problems"])


def test_verify_without_a_text_is_wrong_usage(shell: Shell, data: Path, tmp_path: Path):
    (tmp_path / "texts").mkdir()
    code, _, err = shell("verify-sources", tmp_path / "texts", data)
    assert code == 2
    assert "holds no text of a source" in err
