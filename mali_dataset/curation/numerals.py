"""Whether the digits of a count occur in a phrase, as numerals or as English or French number words."""

import re

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_FRENCH = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize"
_WORDS = {word: n for n, word in enumerate(_ONES.split())} | {word: 10 * n for n, word in enumerate(_TENS.split(), 2)} | {"no": 0, "a": 1}
_WORDS |= {word: n for n, word in enumerate(_FRENCH.split(), 1)} | {"une": 1, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50}
_SCALES = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "cent": 100, "mille": 1000, "millions": 10**6}
# 13,800 or 13 800 or 13.800 or 13’800: a separator stands before exactly three digits.
_NUMERAL = re.compile("[0-9]{1,3}(?:[,.'’\u00a0\u202f\u2009 ][0-9]{3})+(?![0-9])|[0-9]+(?:[.,][0-9]+)?")


def numbers_in(phrase: str) -> set[float]:
    """Every number that a phrase states."""
    found: set[float] = set()
    for match in _NUMERAL.finditer(phrase):
        text = match.group()
        after = re.match(r"[\s\u00a0-]*(hundred|thousand|million|mille|millions|dozen)\b", phrase[match.end() :], re.IGNORECASE)
        grouped = re.fullmatch("[0-9]{1,3}(?:[^0-9][0-9]{3})+", text)
        value = float(re.sub("[^0-9]", "", text) if grouped else text.replace(",", "."))
        found |= {value, value * _SCALES[after.group(1).lower()]} if after else {value}
        found |= {float(part) for part in re.findall("[0-9]+", text)} if " " in text or "." in text or not grouped else set()
    return found | _worded(phrase)


def _worded(phrase: str) -> set[float]:
    """Numbers written as words: `forty-nine`, `three hundred`, `two dozen`."""
    found: set[float] = set()
    total = current = 0
    open_run = False
    for word in [*re.findall("[a-zà-ÿ]+", phrase.lower()), "."]:
        if word in _SCALES and (open_run or word not in ("cent", "mille")):
            current = max(current, 1) * _SCALES[word]
            total, current = (total + current, 0) if _SCALES[word] >= 1000 else (total, current)
        elif word in _WORDS:
            current += _WORDS[word]
        elif word not in ("and", "et") or not open_run:
            if open_run:
                found |= {float(total + current), float(current)} if current else {float(total)}
            total = current = 0
            open_run = False
            continue
        open_run = True
    return found
