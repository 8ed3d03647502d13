"""Fixtures: a small valid data folder, what it compiles to, and a release of it; and how many examples Hypothesis tries."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from mali_dataset.curation.compile import Compiled, compile_folder
from mali_dataset.problems import Problem
from mali_dataset.tables import registry

# Making a table's first examples compiles its patterns, which Hypothesis takes for slow data.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
# No shrinking in "ci": a broken law of 31 tables is told in seconds, and "random" finds the smallest example.
_FAST = [Phase.explicit, Phase.generate]
settings.register_profile("ci", max_examples=10, derandomize=True, deadline=None, database=None, phases=_FAST, suppress_health_check=_SLOW)
settings.register_profile("random", max_examples=150, deadline=None, print_blob=True, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

SOURCES = """\
publishers:
- id: pub-council
  title: Council of Examples
  kind: international-organisation
- id: pub-paper
  title: The Paper
  kind: news
  country: MLI
sources:
- id: src-report-2022
  publisher_id: pub-council
  title: "Report on the mission, 100% & more_"
  kind: primary
  published: 2022-06-01
  language: en
  url: https://council.example/report
  read: whole
  via: canonical
  read_on: 2026-11-01
- id: src-paper-2023
  publisher_id: pub-paper
  title: What the paper says
  kind: secondary
  published: 2023-08
  language: en
  url: https://paper.example/mali
  read: whole
  via: mirror
  mirror_url: https://mirror.example/mali
  read_on: 2026-11-02
  seed_file: paper.txt
"""

RULES = """\
codebook_rules:
- id: cou-1
  table: coups
  field: outcome
  code: successful
  sentence: The executive was removed for seven days.
  case: The coup of 2012.
"""

ACTORS = """\
actors:
- id: act-mission
  title: The Mission
  kind: peace-operation
  start: 2013-04-25
  evidence:
  - source: src-report-2022
    at: paragraph 1
    phrase: the peace operation established on 25 April 2013
    says:
      kind: {value: peace-operation, stated: peace operation}
      start: {value: 2013-04-25, stated: 25 April 2013}
- id: act-state
  title: A State
  kind: state
  country: MLI
  names:
  - id: nam-state-standard
    value: A State
    language: en
    kind: standard
    evidence:
    - source: src-report-2022
      at: paragraph 2
      phrase: A State
      says: {value: {value: A State}}
  evidence:
  - source: src-report-2022
    at: paragraph 2
    phrase: A State in Africa
    says: {kind: state, country: MLI}
"""

DEPLOYMENTS = """\
deployments:
- id: dep-mission
  mission_id: act-mission
  level: mission
  area: mali
  start: 2013-07-01
  end: "[2023-12-01..2023-12-31]"
  evidence:
  - source: src-report-2022
    at: paragraph 3
    phrase: began on 1 July 2013
    says: {start: 2013-07-01}
  - source: src-paper-2023
    at: paragraph 4
    phrase: gone in December 2023
    says:
      end: {value: 2023-12, stated: in December 2023}
- id: dep-mission-state
  mission_id: act-mission
  contributor_id: act-state
  level: contribution
  area: mali
  start: "[..2014-05-31]"
  end_kind: ongoing
  evidence:
  - source: src-report-2022
    at: paragraph 5
    phrase: present by the end of May 2014
    says:
      start: {value: "[..2014-05-31]", stated: by the end of May 2014}
      end_kind: {value: ongoing, stated: still there, as_of: 2022-05-31}
- id: dep-planned
  mission_id: act-mission
  contributor_id: act-state
  level: contribution
  area: sahel
  start: 2022-01-15
  start_kind: planned
  evidence:
  - source: src-report-2022
    at: paragraph 6
    phrase: to deploy on 15 January 2022
    says: {start: 2022-01-15, start_kind: planned}
strengths:
- id: str-mission-2022-03
  deployment_id: dep-mission
  as_of: 2022-01-31
  population: uniformed
  statistic: deployed
  area: mali
  count: 13500
  evidence:
  - source: src-report-2022
    at: paragraph 7
    phrase: 13,500 uniformed on 31 January 2022
    says: {count: 13500, as_of: 2022-01-31}
  - source: src-paper-2023
    at: paragraph 5
    phrase: about 12,000 troops
    says:
      count: {value: "~12000", stated: "about 12,000", verdict: rival, why: The paper rounds and names no day.}
- id: str-mission-2022-03-police
  deployment_id: dep-mission
  as_of: 2022-01-31
  population: police
  statistic: deployed
  area: mali
  count: ~1700
  evidence:
  - source: src-report-2022
    at: paragraph 7
    phrase: some 1,700 police on 31 January 2022
    says: {count: ~1700, as_of: 2022-01-31}
"""

COUPS = """\
coups:
- id: cou-2012-03-22
  title: The coup of March 2012
  date: 2012-03-22
  outcome: successful
  kind: military
  people:
  - id: cpe-2012-leader
    person: The Captain
    role: leader
    evidence:
    - source: src-report-2022
      at: paragraph 8
      phrase: led by The Captain
      says: {person: The Captain, role: leader}
  - id: cpe-2012-deposed
    person: The President
    role: deposed
    evidence:
    - source: src-report-2022
      at: paragraph 8
      phrase: ousted The President
      says: {person: The President, role: deposed}
  evidence:
  - source: src-report-2022
    at: paragraph 8
    phrase: soldiers seized power on 22 March 2012
    says:
      _existence: true
      date: {value: 2012-03-22, stated: 22 March 2012}
      kind: {value: military, stated: soldiers}
  - source: src-paper-2023
    at: paragraph 9
    phrase: the first coup in 2020
    says:
      _existence: {value: false, stated: first coup in 2020, verdict: error, why: The seizure of March 2012 is established., speaker: an analyst}
  coded:
    outcome: {rule: cou-1, from: [src-report-2022]}
"""

CASUALTIES = """\
casualties:
- id: cas-mission-killed
  level: tally
  harm: killed
  force_id: act-mission
  area: mission
  start: 2013-01-01
  end: 2015-12-31
  evidence:
  - source: src-report-2022
    at: query killed
    phrase: 2013-01-01 2015-12-31
    says: {start: 2013-01-01, end: 2015-12-31}
  computed:
    count: sum-of-parts
- id: cas-mission-injured
  level: tally
  harm: injured
  force_id: act-mission
  area: mission
  end: 2016-12-31
  count: ">=209"
  evidence:
  - source: src-paper-2023
    at: paragraph 10
    phrase: more than 209 injured
    says:
      count: {value: ">=209", stated: more than 209}
      end: {value: 2016-12-31, stated: by the end of 2016}
series:
- table: casualties
  source: src-report-2022
  common: {level: tally, harm: killed, force_id: act-mission, area: mission, part_of_id: cas-mission-killed, partition: year, is_complete: true}
  says: [start, end, count]
  columns: [id, start, end, count, at, phrase]
  rows:
  - [cas-mission-killed-2013, 2013-01-01, 2013-12-31, 3, row 1, year 2013 killed 3]
  - [cas-mission-killed-2014, 2014-01-01, 2014-12-31, 28, row 2, year 2014 killed 28]
  - [cas-mission-killed-2015, 2015-01-01, 2015-12-31, 12, row 3, year 2015 killed 12]
"""

ADMINISTRATION = """\
retired_ids:
- id: cou-2012-03-21
  table: coups
  reason: It was the same coup, dated by its eve.
  replaced_by: cou-2012-03-22
  version: 0.1.0
coverage:
- id: cov-coups
  table: coups
  start: 2012-01-01
  inclusion: Every seizure of power.
  completeness: partial
  searched_until: 2026-11-01
"""

FILES = {
    "sources.yaml": SOURCES,
    "rules.yaml": RULES,
    "actors/actors.yaml": ACTORS,
    "deployments/mission.yaml": DEPLOYMENTS,
    "coups.yaml": COUPS,
    "casualties/mission.yaml": CASUALTIES,
    "administration.yaml": ADMINISTRATION,
    "CODEBOOK.md": "# Rules\n",
}


def write_folder(folder: Path, files: dict[str, str] = FILES) -> Path:
    """Write files below a folder, and return the folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return folder


def line_of(text: str, marker: str) -> int:
    """Line, from 1, of the only line that holds a marker."""
    found = [n for n, line in enumerate(text.splitlines(), 1) if marker in line]
    assert len(found) == 1, f"{marker!r} stands on lines {found}"
    return found[0]


def the_problem(problems: list[Problem], rule: str) -> Problem:
    """The one problem of a rule, which must name a file and a line."""
    found = [p for p in problems if p.rule == rule]
    assert len(found) == 1, f"expected one {rule}, got: " + "\n".join(map(str, problems))
    assert found[0].file, found[0]
    assert found[0].line, found[0]
    return found[0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of valid YAML, to be broken at will."""
    return write_folder(tmp_path / "data")


@pytest.fixture
def compiled(data: Path) -> Compiled:
    """What the valid folder compiles to."""
    return compile_folder(data, registry())


Broken = Callable[..., Compiled]


@pytest.fixture
def compile_with(tmp_path: Path) -> Broken:
    """Compiles the valid files after one text was replaced by another in one of them."""

    def run(name: str, old: str, new: str, *, add: dict[str, str] | None = None) -> Compiled:
        text = FILES[name]
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        return compile_folder(write_folder(tmp_path / "changed", {**FILES, name: text.replace(old, new), **(add or {})}), registry())

    return run


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A release of the valid folder, built once."""
    from mali_dataset.release.build import build

    root = tmp_path_factory.mktemp("built")
    return build(write_folder(root / "data"), root / "build" / "release")


@pytest.fixture
def release(built: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package reads the release of the valid folder."""
    from mali_dataset.release import manifest, read

    monkeypatch.setattr(read, "release_folder", lambda: built.folder)
    monkeypatch.setattr(manifest, "release_folder", lambda: built.folder)
    return built.folder


ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a release of the checkout's own data, built once."""
    from mali_dataset.release.build import build

    return build(ROOT / "data", tmp_path_factory.mktemp("real") / "release").folder


@pytest.fixture
def real_release(real: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package reads the release of the checkout's own data."""
    from mali_dataset.release import manifest, read

    monkeypatch.setattr(read, "release_folder", lambda: real)
    monkeypatch.setattr(manifest, "release_folder", lambda: real)
    return real


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by name, with its bytes."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
