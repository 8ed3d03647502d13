"""Why each value of each record stands: the basis of every value, and a problem for every value that has none.

The rules are those of the model: a stated value has a supporting claim inside it and none apart from it, and is no wider than its claims; a
coded value follows a numbered rule from named claims; a computed one is never typed by hand; ids, dimensions, labels and remarks are structural.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mali_dataset.curation.computed import INTERSECTION, SUM, intersection
from mali_dataset.curation.evidence import EXISTENCE, Claim, content_id
from mali_dataset.curation.reader import Block, Items, line_of
from mali_dataset.curation.records import Reading, Record
from mali_dataset.problems import near
from mali_dataset.schema import Count, When
from mali_dataset.schema.table import authored_columns


@dataclass
class Bases:
    """The rows of the bases, and of their links to claims."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)

    def add(self, record: Record, name: str, basis: str, claims: Iterable[Claim] = (), rule: str | None = None) -> None:
        """Say on what a value rests."""
        basis_id, resting = content_id("bas", record.table.name, record.key, name), [claim.row["claim_id"] for claim in claims]
        about = {"basis_id": basis_id, "table": record.table.name, "record_id": record.key, "field": name}
        self.rows.append(about | {"basis": basis, "rule": rule, "claims": len(resting)})
        self.links += [{"basis_id": basis_id, "claim_id": claim_id} for claim_id in resting]


def settle(records: Iterable[Record], claims: Iterable[Claim], rules: Mapping[str, Record], reading: Reading) -> Bases:
    """The basis of every value of every record; `rules` are the codebook rules by number."""
    bases = Bases()
    by_record: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for claim in claims:
        by_record[claim.row["table"], claim.row["record_id"]].append(claim)
    for record in records:
        if record.table.serves == "fact":
            _Settling(record, by_record[record.table.name, record.key], bases, reading).settle(rules)
            continue
        for name in record.extras:
            message = f"`{record.table.name}` is not a table of facts, so its records have no `{name}`"
            reading.problems.append(record.problem("unknown_field", message, name))
    return bases


class _Settling:
    """One record, its claims, and where its bases and problems go."""

    def __init__(self, record: Record, claims: list[Claim], bases: Bases, reading: Reading) -> None:
        self.record, self.claims, self.bases, self.reading = record, claims, bases, reading
        self.by_field: dict[str, list[Claim]] = defaultdict(list)
        for claim in claims:
            self.by_field[claim.field].append(claim)

    def refuse(self, rule: str, message: str, name: str | None = None, value: object = None, line: int | None = None) -> None:
        self.reading.problems.append(self.record.problem(rule, message, name, value, line))

    def settle(self, rules: Mapping[str, Record]) -> None:
        record, authored = self.record, authored_columns(self.record.table)
        coded, computed = (self.block(name) for name in ("coded", "computed"))
        if not self.claims and not computed and not record.faulty:
            self.refuse("no_evidence", "has no claim at all: cite a source, or remove the record")
        for claim in self.by_field[EXISTENCE]:
            if claim.supports and claim.value == "false":
                message = "a claim that there was no such thing does not support the record; give its verdict and say why"
                self.refuse("supports_apart", message, EXISTENCE, "false", claim.line)
        for name in [*coded, *computed]:
            if name not in authored:
                self.refuse("unknown_field", f"`{record.table.name}` has no field {name!r}.{near(name, authored)}", name)
        for name, (owner, _) in authored.items():
            if name in record.faulty and (name not in computed or name in record.lines):
                continue
            definition, value = record.table.fields[owner], record.values.get(name)
            supporting = [claim for claim in self.by_field[name] if claim.supports]
            if value is not None:
                self.verdicts(name, value)
            if name in computed:
                self.computed(name, computed[name], value, supporting)
            elif value is None and (getattr(definition, "default", None) or (name != owner and record.values.get(owner))):
                self.bases.add(record, name, "structural", supporting)
            elif value is None:
                for claim in supporting:
                    message = f"a claim supports {str(claim.value)!r}, but the record gives no value: write it, or change the verdict"
                    self.refuse("supports_nothing", message, name, line=claim.line)
            elif name in coded:
                self.coded(name, coded[name], value, rules)
            elif definition.structural or (name != owner and value == "actual"):
                self.bases.add(record, name, "structural", supporting)
            elif supporting:
                self.stated(name, value, supporting)
            else:
                message = "has no basis: no claim supports it; cite one, or code it by a rule, or leave the field out"
                self.refuse("no_basis", message, name, value)

    def block(self, name: str) -> Block:
        node = self.record.extras.get(name, Block())
        if not isinstance(node, Block):
            self.refuse(name, f"`{name}` is a mapping of fields", name)
        return node if isinstance(node, Block) else Block()

    def relation(self, name: str, claimed: Any, value: Any) -> str:
        """How a claim lies to a value; the kind of a date is compared as a code is."""
        field = self.record.table.fields.get(name)
        return field.relate(claimed, value) if field else "within" if claimed == value else "apart"

    def verdicts(self, name: str, value: Any) -> None:
        """A supporting claim never lies apart from the record; a rival, an error or a superseded value is never the record's own."""
        for claim in self.by_field[name]:
            if claim.supports and self.relation(name, claim.value, value) == "apart":
                message = f"{claim.source} is said to support it but says {str(claim.value)!r}: correct one of them, or give the claim a verdict"
                self.refuse("supports_apart", message, name, value, claim.line)
            if claim.row["verdict"] in ("rival", "error", "superseded") and claim.value == value:
                message = f"the claim of {claim.source} is called {claim.row['verdict']!r} but says what the record says"
                self.refuse("verdict_contradicts", message, name, value, claim.line)

    def stated(self, name: str, value: Any, supporting: list[Claim]) -> None:
        """A stated value has a claim within it, and each of its ends and flags is that of a claim."""
        if not any(self.relation(name, claim.value, value) == "within" for claim in supporting):
            said = ", ".join(sorted({str(claim.value) for claim in supporting}))
            message = f"no supporting claim lies within it (they say {said}): make the reading no narrower than its evidence"
            self.refuse("no_claim_within", message, name, value)
        elif isinstance(definition := self.record.table.fields.get(name), When | Count):
            ends = [definition.expand(name, claim.value) for claim in supporting]
            for column, end in [*definition.expand(name, value).items()][1:]:
                if end is False or end in [other[column] for other in ends]:
                    continue
                suffix = column.removeprefix(f"{name}_")
                message = f"no supporting claim has its end or flag ({suffix} {end}): make the reading no wider than its evidence"
                self.refuse("wider_than_evidence", message, name, value)
                break
        self.bases.add(self.record, name, "stated", supporting)

    def coded(self, name: str, node: Any, value: Any, rules: Mapping[str, Record]) -> None:
        """A coded value is what its rule yields, from sources whose claims support the record."""
        line = line_of(node)
        if not isinstance(node, Block) or set(node) != {"rule", "from"} or not isinstance(node["from"], Items) or not node["from"]:
            return self.refuse("coded", "a coded value names its rule and its sources: {rule: cou-1, from: [src-…]}", name, value, line)
        number, sources = str(node["rule"]), [str(source) for source in node["from"]]
        if number not in rules:
            return self.refuse("coded", f"there is no codebook rule {number!r}.{near(number, rules)}", name, value, line)
        yields = [rules[number].values.get(column) for column in ("table", "field", "code")]
        if yields != [self.record.table.name, name, value]:
            return self.refuse("coded", f"rule {number} yields {yields[0]}.{yields[1]} = {yields[2]!r}, not this value", name, value, line)
        resting = [claim for claim in self.claims if claim.source in sources and claim.supports]
        for source in set(sources) - {claim.source for claim in resting}:
            self.refuse("coded", f"no supporting claim of {source} stands on this record, so nothing can be coded from it", name, value, line)
        return self.bases.add(self.record, name, "coded", resting, number)

    def computed(self, name: str, function: Any, value: Any, supporting: list[Claim]) -> None:
        """A computed value was filled in by the build, not by a person."""
        if name in self.record.lines:
            return self.refuse("computed_by_hand", f"is computed by {function}, so it is never typed by hand; remove it", name, value)
        if function not in (INTERSECTION, SUM):
            return self.refuse("computed", f"there is no function {str(function)!r}; there is {INTERSECTION} and {SUM}", name, line=line_of(function))
        if function == INTERSECTION and isinstance(self.record.table.fields.get(name), When):
            value = self.record.values[name] = intersection(str(claim.value) for claim in supporting)
        if value is None:
            message = f"{function} could not be computed: its claims or its parts do not give one value"
            return self.refuse("computed", message, name, line=line_of(function))
        self.record.faulty.discard(name)
        return self.bases.add(self.record, name, "computed", supporting, str(function))
