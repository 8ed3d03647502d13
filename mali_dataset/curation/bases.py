"""Why each value of each record stands: the basis of every value, and a problem for every value that has none.

The rules are those of the model: a stated value has a supporting claim inside it and none apart from it, and is no wider than its claims; a
coded value follows a numbered rule from named claims; a computed one is never typed by hand; ids, dimensions, labels and remarks are structural.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mali_dataset.curation.evidence import EXISTENCE, Claim, content_id
from mali_dataset.curation.reader import Block, Items, Scalar
from mali_dataset.curation.records import Reading, Record
from mali_dataset.problems import near
from mali_dataset.schema.fields import Count, When
from mali_dataset.schema.table import authored_columns


@dataclass
class Bases:
    """The rows of the bases, and of their links to claims."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)


def settle(records: Iterable[Record], claims: Iterable[Claim], rules: Mapping[str, Record], reading: Reading) -> Bases:
    """The basis of every value of every record; `rules` are the codebook rules by number."""
    bases = Bases()
    by_record: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        by_record[claim.row["table"], claim.row["record_id"]].append(claim)
    for record in records:
        if record.table.serves != "fact":
            for name in record.extras:
                message = f"`{record.table.name}` is not a table of facts, so its records have no `{name}`"
                reading.problems.append(record.problem("unknown_field", message, name))
            continue
        _record(record, by_record.get((record.table.name, record.key), []), rules, bases, reading)
    return bases


def _record(record: Record, claims: list[Claim], rules: Mapping[str, Record], bases: Bases, reading: Reading) -> None:
    by_field: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_field[claim.field].append(claim)
    coded, computed = (_block(record, name, reading) for name in ("coded", "computed"))
    if not claims and not computed and not record.faulty:
        reading.problems.append(record.problem("no_evidence", "has no claim at all: cite a source, or remove the record"))
    for claim in by_field[EXISTENCE]:
        if claim.supports and claim.value == "false":
            message = "a claim that there was no such thing does not support the record; give its verdict and say why"
            reading.problems.append(record.problem("supports_apart", message, EXISTENCE, "false", claim.line))
    for name, (owner, _) in authored_columns(record.table).items():
        definition = record.table.fields[owner]
        value = record.values.get(name)
        if name in record.faulty and (name not in computed or name in record.lines):
            continue
        supporting = [c for c in by_field[name] if c.supports]
        _verdicts(record, name, value, by_field[name], reading)
        if name in computed:
            _computed(record, name, computed[name], value, bases, reading)
        elif value is None:
            for claim in supporting:
                message = f"a claim supports {str(claim.value)!r}, but the record gives no value: write it, or change the verdict"
                reading.problems.append(record.problem("supports_nothing", message, name, line=claim.line))
        elif name in coded:
            _coded(record, name, coded[name], value, claims, rules, bases, reading)
        elif definition.structural or (name != owner and value == "actual"):
            _add(bases, record, name, "structural", None, supporting)
        elif not supporting:
            message = "has no basis: no claim supports it; cite one, or code it by a rule, or leave the field out"
            reading.problems.append(record.problem("no_basis", message, name, value))
        else:
            _stated(record, name, value, supporting, bases, reading)
    for name in [*coded, *computed]:
        if name not in authored_columns(record.table):
            message = f"`{record.table.name}` has no field {name!r}.{near(name, authored_columns(record.table))}"
            reading.problems.append(record.problem("unknown_field", message, name))


def _block(record: Record, name: str, reading: Reading) -> Block:
    node = record.extras.get(name, Block())
    if isinstance(node, Block):
        return node
    reading.problems.append(record.problem(name, f"`{name}` is a mapping of fields", name))
    return Block()


def _relation(record: Record, name: str, claimed: Any, value: Any) -> str:
    owner, _ = authored_columns(record.table)[name]
    if owner != name:
        return "within" if claimed == value else "apart"
    return record.table.fields[owner].relate(claimed, value)


def _verdicts(record: Record, name: str, value: Any, claims: list[Claim], reading: Reading) -> None:
    """A supporting claim never lies apart from the record; a rival, an error or a superseded value is never the record's own."""
    for claim in claims:
        if value is None:
            continue
        if claim.supports and _relation(record, name, claim.value, value) == "apart":
            message = (
                f"the claim of {claim.source} that supports it says {str(claim.value)!r}: correct one of them, or give the claim a verdict"
            )
            reading.problems.append(record.problem("supports_apart", message, name, value, claim.line))
        if claim.row["verdict"] in ("rival", "error", "superseded") and claim.value == value:
            message = f"the claim of {claim.source} is called {claim.row['verdict']!r} but says what the record says"
            reading.problems.append(record.problem("verdict_contradicts", message, name, value, claim.line))


def _stated(record: Record, name: str, value: Any, supporting: list[Claim], bases: Bases, reading: Reading) -> None:
    inside = [c for c in supporting if _relation(record, name, c.value, value) == "within"]
    if not inside:
        said = ", ".join(sorted({str(c.value) for c in supporting}))
        message = f"no supporting claim lies within it (they say {said}): make the reading no narrower than its evidence"
        reading.problems.append(record.problem("no_claim_within", message, name, value))
    definition = record.table.fields[authored_columns(record.table)[name][0]]
    if name in record.table.fields and isinstance(definition, When | Count):
        own = definition.expand(name, value)
        ends = [definition.expand(name, c.value) for c in supporting]
        for suffix in ("earliest", "latest", "low", "best", "high"):
            column = f"{name}_{suffix}"
            if column in own and inside and own[column] not in {e[column] for e in ends}:
                message = f"no supporting claim ends where it ends ({suffix} {own[column]}): make the reading no wider than its evidence"
                reading.problems.append(record.problem("wider_than_evidence", message, name, value))
                break
        if (
            inside
            and isinstance(definition, When)
            and any(own[f"{name}_{f}"] and not any(e[f"{name}_{f}"] for e in ends) for f in ("approximate", "uncertain"))
        ):
            message = "is flagged as approximate or uncertain, and no supporting claim is"
            reading.problems.append(record.problem("flag_without_evidence", message, name, value))
    _add(bases, record, name, "stated", None, supporting)


def _coded(
    record: Record, name: str, node: Any, value: Any, claims: list[Claim], rules: Mapping[str, Record], bases: Bases, reading: Reading
) -> None:
    def refuse(message: str) -> None:
        reading.problems.append(record.problem("coded", message, name, value, record.extras["coded"].lines.get(name)))  # type: ignore[union-attr]  # a Block: read from one

    sources = node.get("from") if isinstance(node, Block) else None
    number = node.get("rule") if isinstance(node, Block) else None
    if not isinstance(sources, Items) or not sources or not isinstance(number, Scalar) or set(node) != {"rule", "from"}:
        return refuse("a coded value names its rule and its sources: {rule: cou-1, from: [src-…]}")
    rule = rules.get(str(number))
    if rule is None:
        return refuse(f"there is no codebook rule {str(number)!r}.{near(str(number), rules)}")
    yields = (rule.values.get("table"), rule.values.get("field"), rule.values.get("code"))
    if yields != (record.table.name, name, value):
        return refuse(f"rule {number} yields {yields[0]}.{yields[1]} = {yields[2]!r}, not this value")
    resting = [c for c in claims if c.source in set(map(str, sources)) and c.supports]
    for source in sources:
        if not any(c.source == source for c in resting):
            refuse(f"no supporting claim of {source} stands on this record, so nothing can be coded from it")
    _add(bases, record, name, "coded", str(number), resting)
    return None


def _computed(record: Record, name: str, node: Any, value: Any, bases: Bases, reading: Reading) -> None:
    line = record.extras["computed"].lines.get(name)  # type: ignore[union-attr]  # a Block: read from one
    if value is not None and name not in record.lines:
        _add(bases, record, name, "computed", str(node), [])
    elif value is not None:
        message = f"is computed by {node}, so it is never typed by hand; remove it"
        reading.problems.append(record.problem("computed_by_hand", message, name, value, record.lines[name]))
    else:
        reading.problems.append(record.problem("computed", f"{node} could not be computed", name, line=line))


def _add(bases: Bases, record: Record, name: str, basis: str, rule: str | None, claims: list[Claim]) -> None:
    basis_id = content_id("bas", record.table.name, record.key, name)
    about = {"table": record.table.name, "record_id": record.key, "field": name}
    bases.rows.append({"basis_id": basis_id, **about, "basis": basis, "rule": rule, "claims": len(claims)})
    bases.links += [{"basis_id": basis_id, "claim_id": claim.row["claim_id"]} for claim in claims]
