"""Text to plain terms: runs of [a-z0-9] in lower case."""

import re
from collections.abc import Sequence

from index.bm25 import Bm25

MODEL = Bm25("plus", k1=1.2, b=0.75)
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_TERM = re.compile("[a-z0-9]+")


def terms(text: str) -> list[str]:
    """Return the terms of a text, in order."""
    return _TERM.findall(text.lower())


def joined(lines: Sequence[str]) -> bytes:
    r"""Return lines as one text, with \x01 between them; only ASCII may still be in upper case."""
    text = "\x01".join(lines)
    if text.count("\x01") >= len(lines):
        text = "\x01".join(line.replace("\x01", " ") for line in lines)
    # In lower case some of what is not ASCII has ASCII letters.
    return (text if text.isascii() else text.lower()).encode()
