"""Looks for every phrase in the stated paragraph of a source, where its text is at hand, and compares hashes."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from mali_dataset.curation.compile import Compiled
from mali_dataset.problems import Problem, in_order


@dataclass(frozen=True)
class Verified:
    """What was looked at: sources with a text at hand, places that were found, and problems."""

    sources: tuple[str, ...]
    places: int
    without_text: int
    problems: tuple[Problem, ...]


def paragraphs(text: str) -> list[str]:
    """The lines that are not blank (a line of no-break spaces is blank), with runs of white space as one blank."""
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def verify_sources(compiled: Compiled, folder: Path) -> Verified:
    """Verify the citations of all claims against the texts in a folder.

    A text is a file named as the source says (`seed_file`), or `<source_id>.txt`. A phrase must occur in its paragraph; one without a
    paragraph, anywhere in the text.
    """
    texts, problems = _texts(compiled, folder)
    found: set[tuple[str, str, str]] = set()
    missing: set[str] = set()
    for claim in compiled.claims:
        citation = compiled.citations[claim.row["citation_id"]]
        text = texts.get(claim.source)
        if text is None:
            missing.add(citation["citation_id"])
            continue
        number, phrase = citation["paragraph"], " ".join(citation["phrase"].split())
        whole = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)")
        if number is not None and number > len(text):
            message = f"{claim.source} has {len(text)} paragraphs, so there is no {citation['locator']}"
            problems.append(claim.record.problem("no_such_paragraph", message, claim.field, phrase, claim.line))
        elif not any(map(whole.search, [text[number - 1]] if number else text)):
            elsewhere = [str(n) for n, p in enumerate(text, 1) if whole.search(p)]
            hint = f"; it stands in paragraph {', '.join(elsewhere)}" if elsewhere else ""
            message = f"the phrase does not occur in {citation['locator']} of {claim.source}{hint}"
            problems.append(claim.record.problem("phrase_not_in_source", message, claim.field, phrase, claim.line))
        else:
            found.add((claim.source, citation["locator"], phrase))
    return Verified(tuple(sorted(texts)), len(found), len(missing), tuple(in_order(problems)))


def _texts(compiled: Compiled, folder: Path) -> tuple[dict[str, list[str]], list[Problem]]:
    """Paragraphs of the sources that have a text in the folder, and a problem for each text that is not the one that was read."""
    texts: dict[str, list[str]] = {}
    problems: list[Problem] = []
    for record in compiled.records:
        path = folder / str(record.values.get("seed_file") or f"{record.key}.txt")
        if record.table.serves == "source" and path.is_file():
            raw, stated = path.read_bytes(), record.values.get("sha256")
            texts[record.key] = paragraphs(raw.decode("utf-8", "replace"))
            if stated and hashlib.sha256(raw).hexdigest() != stated:
                message = f"{path.name} is not the text that was read: its SHA-256 differs"
                problems.append(record.problem("hash_differs", message, "sha256", stated))
    return texts, problems
