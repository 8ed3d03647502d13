from mali_dataset.schema import Key, Table, Text


class CodebookRule(Table):
    """One numbered rule by which a value is coded from claims; it yields one code of one field."""

    serves = "rule"

    codebook_rule_id = Key("Number of the rule, in lower case as `cou-2`.")
    table = Text("Table to which it applies.", pattern="[a-z][a-z_]*")
    field = Text("Field that it codes.", pattern="[a-z_]+")
    code = Text("The code that it yields.", pattern="[a-z0-9-]+")
    sentence = Text("When it applies.", max_length=600)
    case = Text("The case that decided it.", max_length=600)
