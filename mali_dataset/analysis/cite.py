"""How to cite this version, and the sources behind chosen rows."""

import json
from collections.abc import Collection
from typing import Any, Literal

import mali_dataset
from mali_dataset.analysis.evidence import UnknownRecordError, by_key
from mali_dataset.problems import near
from mali_dataset.release.read import rows_of

Style = Literal["apa", "bibtex", "ris", "csl-json"]
_TITLE = "mali_dataset: foreign interventions in Mali and the politics around them"
# What a source is, in BibLaTeX, RIS and CSL.
_KINDS = {
    "dataset": ("dataset", "DATA", "dataset"),
    "primary": ("report", "RPRT", "report"),
    "secondary": ("online", "NEWS", "article-newspaper"),
    "tertiary": ("online", "GEN", "entry-encyclopedia"),
}


def cite(style: Style = "apa", *, rows: Collection[str] | None = None) -> str:
    """A citation of this version; with `rows`, also the sources behind them.

    Args:
        style: `apa`, `bibtex` (an @dataset entry for BibLaTeX), `ris` or `csl-json`.
        rows: ids of records, as `cou-2012-03-22`; their sources are those of the claims on them.

    Raises:
        ValueError: there is no such style.
        UnknownRecordError: no claim is about one of the ids.
    """
    version, date = mali_dataset.__version__, mali_dataset.__released__
    own = {"id": f"mali_dataset_{version}", "kind": "dataset", "author": "The mali_dataset curators", "title": _TITLE, "date": date}
    items = [own | {"version": version, "url": None}, *(_source(row) for row in _sources([rows] if isinstance(rows, str) else rows or ()))]
    if style == "csl-json":
        return json.dumps([_csl(item) for item in items], indent=2, ensure_ascii=False)
    makers = {"apa": (_apa, "\n"), "bibtex": (_bibtex, "\n\n"), "ris": (_ris, "\n\n")}
    if style not in makers:
        raise ValueError(f"style {style!r} is not one of {', '.join(makers)}, csl-json")
    make, between = makers[style]
    return between.join(make(item) for item in items)


def _sources(ids: Collection[str]) -> list[dict[str, Any]]:
    """The sources of the claims on some records, by id."""
    citations, claims, publishers = by_key("citations"), rows_of("claims") if ids else [], by_key("publishers")
    known = {claim["record_id"] for claim in claims}
    for key in ids:
        if key not in known:
            raise UnknownRecordError(f"no claim is about a record {key!r}.{near(key, known)}")
    wanted = {citations[claim["citation_id"]]["source_id"] for claim in claims if claim["record_id"] in ids}
    return [row | {"publisher": publishers[row["publisher_id"]]["title"]} for key, row in by_key("sources").items() if key in wanted]


def _source(row: dict[str, Any]) -> dict[str, Any]:
    """A source as an item; a date that is not a day is cited by its year, if both its ends have one."""
    first, last = row["published_earliest"], row["published_latest"]
    date = None if not first or not last or first.year != last.year else first.isoformat() if first == last else str(first.year)
    about = {"id": row["source_id"], "kind": row["kind"], "author": row["publisher"], "title": row["title"], "date": date}
    return about | {"version": row["version"], "url": row["url"] or row["mirror_url"]}


def _apa(item: dict[str, Any]) -> str:
    version = f" (Version {item['version']})" if item["version"] else ""
    kind = " [Data set]" if item["kind"] == "dataset" else ""
    return f"{item['author']}. ({(item['date'] or 'n.d.')[:4]}). {item['title']}{version}{kind}.{' ' + item['url'] if item['url'] else ''}"


def _bibtex(item: dict[str, Any]) -> str:
    kind = _KINDS[item["kind"]][0]
    fields = {"author": f"{{{item['author']}}}", "title": item["title"], "date": item["date"], "version": item["version"]}
    fields |= {"institution": item["author"], "type": "document"} if kind == "report" else {}
    escaped = {name: "".join(f"\\{c}" if c in "&%$#_" else c for c in value) for name, value in fields.items() if value}
    lines = [f"  {name} = {{{value}}}" for name, value in [*escaped.items(), ("url", item["url"])] if value]
    return f"@{kind}{{{item['id']},\n" + ",\n".join(lines) + "\n}"


def _ris(item: dict[str, Any]) -> str:
    date = (item["date"] or "").replace("-", "/")
    tags = {"TY": _KINDS[item["kind"]][1], "AU": item["author"], "TI": item["title"], "PY": date[:4], "DA": date}
    lines = [f"{tag}  - {value}" for tag, value in (tags | {"ET": item["version"], "UR": item["url"]}).items() if value]
    return "\n".join([*lines, "ER  -"])


def _csl(item: dict[str, Any]) -> dict[str, Any]:
    issued = {"date-parts": [[int(part) for part in item["date"].split("-")]]} if item["date"] else None
    made = {"id": item["id"], "type": _KINDS[item["kind"]][2], "author": [{"literal": item["author"]}], "title": item["title"]}
    made |= {"issued": issued, "version": item["version"], "URL": item["url"]}
    return {key: value for key, value in made.items() if value is not None}
