"""The dictionary says everything that the definition says."""

import re
from html import unescape

import pytest

import mali_dataset as mali
from mali_dataset.release.read import UnknownTableError
from mali_dataset.schema import all_rules, columns, references
from mali_dataset.tables import registry


@pytest.mark.parametrize("name", registry())
def test_every_column_code_and_rule_is_there(name: str):
    table = registry()[name]
    described = mali.describe(name)
    text, html = str(described), described._repr_html_()
    plain = unescape(html)
    lines = text.splitlines()
    assert lines[0] == f"{name}: {described.row}"
    assert lines[1] == f"key: {', '.join(table.key)}"
    for column in columns(table):
        shown = [line for line in lines if line.startswith(f"  {column.name} (")]
        assert len(shown) == 1, column.name
        assert shown[0].endswith(f": {column.doc}")
        assert column.dtype in shown[0]
        assert ("may be null" in shown[0]) == column.nullable
        assert column.unit is None or f", {column.unit}" in shown[0]
        assert f"<code>{column.name}</code>" in html
        assert column.doc in plain
        for code, sentence in column.codes:
            assert f"    {code}: {sentence}" in lines
            assert f"<code>{code}</code>: {sentence}" in plain
    for column, target in references(table).items():
        assert re.search(rf"^  {column} \(string -> {target}\b", text, re.MULTILINE)
    for rule in all_rules(table):
        assert f"  - {rule.sentence}" in lines
        assert f"<li>{rule.sentence}</li>" in plain


def test_limits_are_not_repeated_as_rules():
    assert not any("has the type" in rule or "is never empty" in rule for rule in mali.describe("coups").rules)


def test_every_rule_is_said_once():
    for name in registry():
        rules = mali.describe(name).rules
        assert len(rules) == len(set(rules)), name


def test_html_has_no_loose_marks():
    html = mali.describe("claims")._repr_html_()
    for tag in ("table", "tr", "td", "ul", "li", "p", "h4", "code"):
        assert html.count(f"<{tag}>") == html.count(f"</{tag}>"), tag


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(UnknownTableError, match="Did you mean 'casualties'"):
        mali.describe("casualty")
