"""Find the sentences of a text, English or Chinese, without changing a character of it."""

import re

from index.patterns import lazily

# A sentence ends at . ! ? before white space, or at a Chinese full stop anywhere; closing
# quotation marks and brackets belong to the sentence that they close.
_END = lazily(r"(?:(?<![.!?])[.!?]++[\"'”’)\]»]*+(?=\s)|[。！？；…]++[”’」』）】》\"')]*+)")
# Words whose point does not end a sentence; the second group only before a number.
_ABBREVIATION = lazily(
    r"\b(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sen|Rep|Gov|Gen|Col|Capt|cf|vs|etc|e\.g|i\.e|al|approx|ca"
    r"|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\.$"
)
_BEFORE_NUMBER = lazily(r"\b(?:nos?|arts?|secs?|ch|paras?|pp?|fig|tab)\.$", re.I)
_ITEM = lazily(r"(?:\A|\n)\s*\(?[0-9]{1,3}\.$")  # the number of an item, at its beginning
_LONGEST_ABBREVIATION = 8
_NEXT = lazily(r"\s*(\S)")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the start and end of each sentence, in code points, without outer white space."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if text[match.start()] in ".!?" and _goes_on(text, match):
            continue
        _add(found, text, start, match.end())
        start = match.end()
    _add(found, text, start, len(text))
    return found


def _goes_on(text: str, match: re.Match[str]) -> bool:
    """Say whether the sentence goes on behind the mark."""
    following = _NEXT.match(text, match.end())
    if following and following[1].islower():
        return True
    if match.group() != ".":
        return False
    before = text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.start() + 1]
    if following and following[1].isdecimal() and _BEFORE_NUMBER.search(before):
        return True
    return _ABBREVIATION.search(before) is not None or _ITEM.search(before) is not None


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        start += len(piece) - len(piece.lstrip())
        found.append((start, start + len(stripped)))
