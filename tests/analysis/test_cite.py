"""Citations, read again by the rules of their formats."""

import json
import re

import pytest

import mali_dataset as mali
from mali_dataset.analysis.evidence import UnknownRecordError

pytestmark = pytest.mark.usefixtures("release")

ROWS = ["cou-2012-03-22"]
BIBTEX = re.compile(r"@(\w+)\{([^,\s{}]+),\n((?:  \w+ = \{.*\},?\n)+)\}")


def bibtex(text: str) -> dict[str, dict[str, str]]:
    """Entries by key; fails on anything between them."""
    entries = {}
    for chunk in text.split("\n\n"):
        found = BIBTEX.fullmatch(chunk)
        assert found, chunk
        kind, key, body = found.groups()
        fields = dict(re.findall(r"  (\w+) = \{(.*)\},?\n", body))
        assert body.count("},\n") == len(fields) - 1, "fields are parted by commas, the last has none"
        assert all(value.count("{") == value.count("}") for value in fields.values())
        entries[key] = {"kind": kind, **fields}
    return entries


def ris(text: str) -> list[dict[str, str]]:
    """References as tags; each starts with TY and ends with ER."""
    found = []
    for chunk in text.split("\n\n"):
        lines = [re.fullmatch(r"([A-Z][A-Z0-9])  -(?: (.+))?", line) for line in chunk.splitlines()]
        assert all(lines), chunk
        tags = [line.groups() for line in lines if line]
        assert tags[0][0] == "TY"
        assert tags[-1] == ("ER", None)
        assert len({name for name, _ in tags}) == len(tags)
        found.append(dict(tags))
    return found


def test_apa_of_this_version():
    year = mali.__released__[:4]
    title = "mali_dataset: foreign interventions in Mali and the politics around them"
    assert mali.cite() == f"The mali_dataset curators. ({year}). {title} (Version {mali.__version__}) [Data set]."


def test_apa_of_sources():
    lines = mali.cite(rows=ROWS).splitlines()
    assert lines[1:] == [
        "The Paper. (2023). What the paper says. https://paper.example/mali",
        "Council of Examples. (2022). Report on the mission, 100% & more_. https://council.example/report",
    ]


def test_bibtex_of_this_version_is_a_dataset():
    entries = bibtex(mali.cite("bibtex"))
    assert list(entries) == [f"mali_dataset_{mali.__version__}"]
    entry = entries[f"mali_dataset_{mali.__version__}"]
    assert (entry["kind"], entry["version"], entry["date"]) == ("dataset", mali.__version__, mali.__released__)
    assert entry["author"] == r"{The mali\_dataset curators}"


def test_bibtex_of_sources_is_escaped():
    entries = bibtex(mali.cite("bibtex", rows=ROWS))
    report = entries["src-report-2022"]
    assert report["kind"] == "report"
    assert report["title"] == r"Report on the mission, 100\% \& more\_"
    assert report["url"] == "https://council.example/report"
    assert (report["author"], report["institution"], report["date"]) == ("{Council of Examples}", "Council of Examples", "2022-06-01")
    assert entries["src-paper-2023"]["kind"] == "online"
    assert entries["src-paper-2023"]["date"] == "2023", "a month is cited by its year"


def test_ris():
    own, paper, report = ris(mali.cite("ris", rows=ROWS))
    assert (own["TY"], own["ET"], own["PY"]) == ("DATA", mali.__version__, mali.__released__[:4])
    assert own["DA"] == mali.__released__.replace("-", "/")
    assert (paper["TY"], paper["AU"], paper["PY"]) == ("NEWS", "The Paper", "2023")
    assert (report["TY"], report["TI"], report["UR"]) == ("RPRT", "Report on the mission, 100% & more_", "https://council.example/report")


def test_csl_json():
    own, paper, report = json.loads(mali.cite("csl-json", rows=ROWS))
    assert (own["type"], own["version"]) == ("dataset", mali.__version__)
    assert own["issued"] == {"date-parts": [[int(part) for part in mali.__released__.split("-")]]}
    assert paper == {
        "id": "src-paper-2023",
        "type": "article-newspaper",
        "author": [{"literal": "The Paper"}],
        "title": "What the paper says",
        "issued": {"date-parts": [[2023]]},
        "URL": "https://paper.example/mali",
    }
    assert report["issued"] == {"date-parts": [[2022, 6, 1]]}


@pytest.mark.parametrize("style", ["apa", "bibtex", "ris", "csl-json"])
@pytest.mark.parametrize("rows", [None, [], ()])
def test_without_rows_only_this_version_is_cited(style: str, rows: list[str] | None):
    assert mali.cite(style, rows=rows) == mali.cite(style)
    assert "src-" not in mali.cite(style)


def test_only_the_sources_of_the_rows_are_cited_each_once():
    found = bibtex(mali.cite("bibtex", rows=["dep-mission-state", "dep-planned", "cpe-2012-leader"]))
    assert [key for key in found if key.startswith("src-")] == ["src-report-2022"]


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="style 'chicago' is not one of apa, bibtex, ris, csl-json"):
        mali.cite("chicago")


def test_an_unknown_record_names_the_nearest():
    with pytest.raises(UnknownRecordError) as unknown:
        mali.cite(rows=["cou-2012-03-22", "cou-2012-03-23"])
    assert str(unknown.value) == "no claim is about a record 'cou-2012-03-23'. Did you mean 'cou-2012-03-22'?"


def test_the_citation_file_is_of_this_version():
    import yaml

    from tests.conftest import ROOT

    stated = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert stated["version"] == mali.__version__
    assert str(stated["date-released"]) == mali.__released__
