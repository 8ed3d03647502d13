from mali_dataset.schema import Key, Number, Ref, Table, Text

# At most eight words: enough to find the place, too little to copy a text.
PHRASE = r"[^\x00-\x20\x7f]+(?: [^\x00-\x20\x7f]+){0,7}"


class Citation(Table):
    """A place in a source: a paragraph, a page, a row, a query."""

    serves = "citation"

    citation_id = Key("Hash of the source, the place and the phrase.", prefix="cit")
    source_id = Ref("The source.", to="sources")
    locator = Text("The place in words, as `paragraph 6` or `row 12`.")
    paragraph = Number("Number of the paragraph among those that are not blank.", unit="paragraph", minimum=1, optional=True)
    phrase = Text("At most eight words that occur there; for a dataset, the text of a cell.", pattern=PHRASE, max_length=200)
    link = Text("Address that jumps to the phrase.", optional=True, pattern="https?://[!-~]+", max_length=1500)
