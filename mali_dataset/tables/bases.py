from mali_dataset.schema import Code, Key, Number, ReferencesAny, RequiredIf, Table, Text


class Basis(Table):
    """Why one value of one record stands."""

    serves = "basis"

    basis_id = Key("Hash of table, record and field.", prefix="bas")
    table = Text("Table of the record.", pattern="[a-z][a-z_]*")
    record_id = Text("Key of the record.", pattern="[a-z0-9-]+")
    field = Text("The field of the record.", pattern="[a-z_]+")
    _basis = {
        "stated": "At least one claim that supports it.",
        "coded": "A numbered rule of the codebook, applied to claims.",
        "computed": "A named function of other values.",
        "structural": "An id, a key, a dimension that defines the record, a label or a remark of ours.",
    }
    basis = Code("What the value rests on.", codes=_basis)
    rule = Text("Number of the codebook rule, or name of the function.", optional=True)
    claims = Number("How many claims support it; `basis_claims` names them.", unit="claims", minimum=0)
    rules = (ReferencesAny("record_id", "table"), RequiredIf("rule", "basis", ("coded", "computed")))
