# ruff: noqa: INP001  # a package here would hide `typing` from whoever runs beside it
"""What a user writes, checked by mypy against the installed wheel: every frame of `load` has its own type."""

from datetime import date
from typing import assert_type

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

import mali_dataset as mali
from mali_dataset.analysis.describe import Description
from mali_dataset.analysis.evidence import Evidence
from mali_dataset.analysis.presence import Presence, Spell
from mali_dataset.analysis.strength import StrengthOn
from mali_dataset.analysis.total import Gap, Total, Used
from mali_dataset.problems import Problem
from mali_dataset.schema import Key, Table, Text
from mali_dataset.validation.report import Report


class Convoy(Table):
    """One convoy."""

    convoy_id = Key("Identifier.", prefix="con")
    title = Text("Its name.")


arrow: pa.Table = mali.load("coups")
same: pa.Table = mali.load("coups", as_="arrow")
pandas: pd.DataFrame = mali.load("coups", as_="pandas")
polars: pl.DataFrame = mali.load("coups", as_="polars")
relation: duckdb.DuckDBPyRelation = mali.load("coups", as_="duckdb")
assert_type(mali.load("coups", as_="pandas"), pd.DataFrame)
assert_type(mali.load("coups", as_="polars"), pl.DataFrame)
assert_type(mali.load("coups", as_="duckdb"), duckdb.DuckDBPyRelation)

wrong: pl.DataFrame = mali.load("coups", as_="pandas")  # type: ignore[assignment]
mali.load("coups", as_="spark")  # type: ignore[call-overload]
mali.load(3)  # type: ignore[call-overload]
mali.total(3)  # type: ignore[arg-type]
mali.cite("chicago")  # type: ignore[arg-type]
mali.lode("coups")  # type: ignore[attr-defined]

names: tuple[str, ...] = mali.tables()
described: Description = mali.describe("casualties")
followed: Evidence = mali.evidence("coups", "cou-2012-03-22")
disagreements: pa.Table = mali.rivals()

there: Presence = mali.presence(on=date(2022, 3, 1))
spells: tuple[Spell, ...] = there.surely + there.possibly
count: StrengthOn = mali.strength("minusma", on="2022-11-01", population="troops")
age: int = count.age_days

deaths: Total = mali.total("minusma", cause="hostile-act", until="2022-12-31")
low: int = deaths.low
best: int | None = deaths.best
used: tuple[Used, ...] = deaths.rows
gaps: tuple[Gap, ...] = deaths.gaps
deaths.low = 3  # type: ignore[misc]

text: str = mali.cite("bibtex", rows=["cou-2012-03-22"])
report: Report = mali.validate(pandas, Convoy, against={"actors": "actors.parquet"}, limit=10)
problems: list[Problem] = list(report.problems)
first: Problem = report.problems[0]
version: str = mali.__version__
