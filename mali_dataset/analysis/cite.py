"""How to cite this version, and the sources behind chosen rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

import mali_dataset
from mali_dataset.analysis.evidence import UnknownRecordError
from mali_dataset.release.read import rows_of

Style = Literal["apa", "bibtex", "ris", "csl-json"]
_AUTHOR = "The mali_dataset curators"
_TITLE = "mali_dataset: foreign interventions in Mali and the politics around them"
_KINDS = {"primary": "report", "secondary": "article", "tertiary": "entry"}


def cite(style: Style = "apa", *, rows: Iterable[str] | None = None) -> str:
    """This version as a citation; with `rows`, also the sources behind them.

    Args:
        style: `apa`, `bibtex` (an @dataset entry for biblatex), `ris` or `csl-json`.
        rows: ids of records, as `cou-2012-03-22`; their sources are those of the claims on them.

    Raises:
        ValueError: there is no such style.
        UnknownRecordError: no claim and no record has one of the ids.
    """
    makers = {"apa": _apa, "bibtex": _bibtex, "ris": _ris}
    if style != "csl-json" and style not in makers:
        msg = f"style {style!r} is not one of {', '.join(makers)}, csl-json"
        raise ValueError(msg)
    items = [_dataset(), *(_source(s) for s in _sources(list(rows)))] if rows is not None else [_dataset()]
    if style == "csl-json":
        return json.dumps([_csl_item(item) for item in items], indent=2, ensure_ascii=False)
    return ("\n" if style == "apa" else "\n\n").join(makers[style](item) for item in items)


def _dataset() -> dict[str, Any]:
    return {
        "id": f"mali_dataset_{mali_dataset.__version__.replace('.', '_')}",
        "kind": "dataset",
        "author": _AUTHOR,
        "title": _TITLE,
        "date": mali_dataset.__released__,
        "version": mali_dataset.__version__,
        "url": None,
    }


def _sources(ids: list[str]) -> list[dict[str, Any]]:
    """The sources of the claims on some records, by id."""
    citations = {row["citation_id"]: row["source_id"] for row in rows_of("citations")}
    claims = rows_of("claims")
    known = {claim["record_id"] for claim in claims}
    for key in ids:
        if key not in known:
            from mali_dataset.problems import near

            msg = f"no claim is about a record {key!r}.{near(key, known)}"
            raise UnknownRecordError(msg)
    wanted = {citations[claim["citation_id"]] for claim in claims if claim["record_id"] in ids}
    publishers = {row["publisher_id"]: row["title"] for row in rows_of("publishers")}
    return [row | {"publisher": publishers[row["publisher_id"]]} for row in rows_of("sources") if row["source_id"] in wanted]


def _source(row: dict[str, Any]) -> dict[str, Any]:
    date = row["published_earliest"].isoformat() if row["published_earliest"] == row["published_latest"] and row["published_earliest"] else None
    year = str(row["published_earliest"].year) if row["published_earliest"] else None
    return {
        "id": row["source_id"].replace("-", "_"),
        "kind": _KINDS[row["kind"]],
        "author": row["publisher"],
        "title": row["title"],
        "date": date or year,
        "version": row["version"],
        "url": row["url"] or row["mirror_url"],
    }


def _apa(item: dict[str, Any]) -> str:
    year = (item["date"] or "n.d.")[:4]
    version = f" (Version {item['version']})" if item["version"] else ""
    kind = " [Data set]" if item["kind"] == "dataset" else ""
    return f"{item['author']}. ({year}). {item['title']}{version}{kind}.{' ' + item['url'] if item['url'] else ''}"


def _bibtex(item: dict[str, Any]) -> str:
    kind = {"dataset": "dataset", "report": "report"}.get(item["kind"], "online")
    fields = {"author": f"{{{item['author']}}}", "title": item["title"], "date": item["date"], "version": item["version"], "url": item["url"]}
    if kind == "report":
        fields |= {"institution": f"{{{item['author']}}}", "type": "document"}
    body = ",\n".join(f"  {name} = {{{_tex(str(value)) if name != 'url' else value}}}" for name, value in fields.items() if value)
    return f"@{kind}{{{item['id']},\n{body}\n}}"


def _tex(text: str) -> str:
    return "".join(f"\\{c}" if c in "&%$#_" else c for c in text)


def _ris(item: dict[str, Any]) -> str:
    kind = {"dataset": "DATA", "report": "RPRT", "article": "NEWS"}.get(item["kind"], "GEN")
    date = (item["date"] or "").replace("-", "/")
    tags = [("TY", kind), ("AU", item["author"]), ("TI", item["title"]), ("PY", date[:4]), ("DA", date), ("ET", item["version"]), ("UR", item["url"]), ("ER", "")]
    return "\n".join(f"{tag}  - {value}".rstrip() if tag == "ER" else f"{tag}  - {value}" for tag, value in tags if value or tag == "ER")


def _csl_item(item: dict[str, Any]) -> dict[str, Any]:
    kind = {"dataset": "dataset", "report": "report", "article": "article-newspaper"}.get(item["kind"], "entry-encyclopedia")
    parts = [[int(part) for part in item["date"].split("-")]] if item["date"] else None
    made = {
        "id": item["id"],
        "type": kind,
        "author": [{"literal": item["author"]}],
        "title": item["title"],
        "issued": {"date-parts": parts} if parts else None,
        "version": item["version"],
        "URL": item["url"],
    }
    return {key: value for key, value in made.items() if value is not None}

