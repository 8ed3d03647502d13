from mali_dataset.schema import Code, Day, Key, NotAbove, NullIf, Number, Ref, ReferencesAny, RequiredIf, Table, Text, When

VERDICTS = {
    "supports": "The reading of the record, or a part of it, is what the source says.",
    "rival": "Another value for the same thing, tenable.",
    "scope": "Right, but of another population, cause, area or window; `see_record` names the record that it fits, or `why` says why none exists.",
    "superseded": "True when published.",
    "disputed": "Asserted or denied by a party to the act; neither adopted nor disproved.",
    "unresolved": "The evidence cannot decide.",
    "vague": "No comparable value.",
    "error": "Contradicted by better evidence.",
}


class Claim(Table):
    """What a citation says of one value of one record."""

    serves = "claim"

    claim_id = Key("Hash of what the claim says and where.", prefix="clm")
    citation_id = Ref("The place in a source.", to="citations")
    table = Text("Table of the record.", pattern="[a-z][a-z_]*")
    record_id = Text("Key of the record.", pattern="[a-z0-9-]+")
    field = Text("The field of the record; `_existence` says whether there was such a thing at all.", pattern="[a-z_]+")
    stated = Text("The source's own words for the value, or the short form of them.")
    value = Text("The value as that source states it, typed by the field.", max_length=600)
    _value_type = {
        "date": "A date of the EDTF subset; its bounds are in `value_earliest` and `value_latest`.",
        "count": "A count; its bounds are in `value_low`, `value_best` and `value_high`.",
        "number": "A number.",
        "code": "A code of the field.",
        "reference": "A key of a record.",
        "flag": "true or false.",
        "text": "Words.",
    }
    value_type = Code("How to read `value`.", codes=_value_type)
    value_earliest = Day("First day that a date allows.", optional=True)
    value_latest = Day("Last day that a date allows.", optional=True)
    value_low = Number("The least that a count allows.", unit="people", optional=True, minimum=0)
    value_best = Number("The number that a count gives.", unit="people", optional=True, minimum=0)
    value_high = Number("The most that a count allows.", unit="people", optional=True, minimum=0)
    as_of = When("The day or period for which the source says it.", optional=True)
    speaker = Text("Who says it, if not the publisher.", optional=True)
    producer = Text("Who counted, if the publisher repeats the count of another.", optional=True)
    digits = Text("Where the digits of a count stand, when they are not in the phrase.", optional=True)
    verdict = Code("How the claim lies to our reading.", codes=VERDICTS)
    see_record = Text("Key of the record that the claim fits better.", optional=True, pattern="[a-z0-9-]+")
    why = Text("The reason of a verdict other than `supports`.", optional=True, max_length=600)
    rules = (
        ReferencesAny("record_id", "table"),
        RequiredIf("why", "verdict", tuple(v for v in VERDICTS if v != "supports")),
        NotAbove("value_earliest", "value_latest"),
        NotAbove("value_low", "value_high"),
        NullIf("value_earliest", "value_type", ("count", "number", "code", "reference", "flag", "text")),
        NullIf("value_best", "value_type", ("date", "number", "code", "reference", "flag", "text")),
    )
