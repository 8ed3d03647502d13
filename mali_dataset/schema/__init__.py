"""The definition language: what tables, fields and rules are, and the forms that are made from them."""

from mali_dataset.schema.column import Column, DefinitionError
from mali_dataset.schema.fields import Code, Count, Day, Field, Flag, Key, Number, Ref, Summary, Text, When
from mali_dataset.schema.rules import (
    AnyOf,
    AtLeastOne,
    Differ,
    Disjoint,
    Expands,
    NotAbove,
    NotAfter,
    NullIf,
    PartsSum,
    References,
    ReferencesAny,
    RequiredIf,
    RowCount,
    Rule,
    Together,
    Unique,
)
from mali_dataset.schema.table import Table, all_rules, columns, complete, references

__all__ = ["Code", "Column", "Count", "Day", "DefinitionError", "Field", "Flag", "Key", "Number", "Ref", "Summary", "Table", "Text", "When"]
__all__ += ["AnyOf", "AtLeastOne", "Differ", "Disjoint", "Expands", "NotAbove", "NotAfter", "NullIf", "PartsSum", "References", "ReferencesAny"]
__all__ += ["RequiredIf", "RowCount", "Rule", "Together", "Unique", "all_rules", "columns", "complete", "references"]
