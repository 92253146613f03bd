"""A question to the numbers and days in it that texts may write otherwise."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from index.analysis.simplified import SIMPLIFIED
from index.numerals.reading import MONTH_NUMBERS, WORD_VALUES, any_of
from index.patterns import lazily

MOST_FORMS = 6  # of one number

# Traditional and fullwidth forms; each character for one, so places stay.
_PLAIN = SIMPLIFIED | {
    ord(character): plain
    for character, plain in zip(
        "０１２３４５６７８９〇○％．，－–—‐‑～~\u00a0", "0123456789零零%.,------- ", strict=True
    )
}
_ANY = lazily(
    r"[0-9零一二两三四五六七八九十百千]"
    rf"|\b(?:{any_of(MONTH_NUMBERS)}|(?:{any_of(WORD_VALUES)})(?:fold)?)\b",
    re.ASCII | re.IGNORECASE,
)


class NumberForms(NamedTuple):
    """A number or a day of a question, and how else it may be written."""

    start: int  # code points of the question
    end: int
    others: tuple[str, ...]  # the likeliest first, at most MOST_FORMS


def variants(question: str) -> list[NumberForms]:
    """Return the numbers and days of a question that may be written otherwise, in order."""
    text = question.translate(_PLAIN)
    if _ANY.search(text) is None:
        return []
    found: list[NumberForms] = []
    taken = bytearray(len(text))
    for pattern, forms in _kinds():
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(taken[start:end]):
                continue
            typed = question[start:end].lower()
            others = [form for form in dict.fromkeys(forms(match)) if form.lower() != typed]
            if others:
                found.append(NumberForms(start, end, tuple(others[:MOST_FORMS])))
                taken[start:end] = b"\x01" * (end - start)
    return sorted(found)


@cache
def _kinds() -> list[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[str]]]]:
    """Load the patterns, which takes as long as much of a question without numbers."""
    from index.numerals import amounts, days

    flags = re.ASCII | re.IGNORECASE
    return [(lazily(pattern, flags), forms) for pattern, forms in days.KINDS + amounts.KINDS]
