"""What a file declares of itself beside its text, and how far that can be believed.

Programs fill it in by themselves, with the name of a file or of the form it was made from. So a
title counts only where the text shows it as well, and a date never: it tells when the file was
made, not from when the text is.
"""

import re

from index.readers.metadata import LONGEST_HEADING

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_NOT_A_TITLE = re.compile(r"microsoft |untitled|无标题|.*\.\w{2,4}$", re.I)


def trusted_title(declared: str, shown: str) -> str | None:
    """Return the declared title if it stands in the text that the document begins with."""
    title = " ".join(declared.split())
    letters = letters_of(title)
    if not letters or len(title) > LONGEST_HEADING or _NOT_A_TITLE.match(title):
        return None
    return title if letters in letters_of(shown) else None


def trusted_language(declared: str) -> str | None:
    """Return the declared language if it is the name of one."""
    return declared if _LANGUAGE.fullmatch(declared) else None


def letters_of(text: str) -> str:
    """Return the letters and digits of a text, without case."""
    return "".join(character for character in text.casefold() if character.isalnum())
