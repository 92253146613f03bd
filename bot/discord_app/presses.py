"""What a button carries: everything a press needs, so that buttons outlive the process.

A custom_id has at most 100 characters (Discord, component reference). The id of a passage stands
in it as it is; a document's id that is too long for that stands there as a hash.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal, get_args

from bot.discord_app.displaying import units

Action = Literal[
    "go",  # to the passage of a rank
    "context",
    "move",  # the middle of a shown context
    "why",
    "helpful",
    "not_helpful",
    "share",
    "delete",
    "sources",  # a page of the list of documents
    "forget_me",
    "add",  # a file that waits for confirmation
    "remove",
    "cancel",
]
LONGEST = 100  # characters of a custom_id
_VERSION = "1"
_LETTERS = dict(zip(get_args(Action), "gcmyhnsxlfark", strict=True))
_ACTIONS = {letter: action for action, letter in _LETTERS.items()}
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_FORM = re.compile(
    rf"{_VERSION}(?P<action>[a-z])(?P<marks>[lfcws]{{0,5}})\.(?P<generation>[0-9a-z]{{0,12}})"
    r"\.(?P<rank>[0-9]{0,6})\.(?P<asker>[0-9a-z]{0,14})\.(?P<digest>[0-9a-f]{0,6})"
    r"\.(?P<subject>[^\n]{0,100})"
)


@dataclass(frozen=True, slots=True)
class Press:
    """A button, read from its custom_id."""

    action: Action
    subject: str = (
        ""  # a passage's or document's id or its key, a page, or the name of a waiting file
    )
    digest: str = ""  # of the passage's text when the answer was given
    generation: int = 0  # of the index that gave the answer
    rank: int = 0  # of the passage in the answer, from 1; for `go` the one to show
    asker: int = 0  # Discord id of the person who asked
    is_long: bool = False  # the question stands in the first field, for it is too long for a title
    follows: bool = False  # the question before stands in the next field
    is_listed: bool = False  # the closest passages are listed, none is shown in full
    is_shared: bool = False  # the asker posted it from a private answer
    within: bool = False  # only the passage's document was searched

    @property
    def custom_id(self) -> str:
        """The text that Discord keeps for us."""
        marks = {
            "l": self.is_long,
            "f": self.follows,
            "c": self.is_listed,
            "w": self.within,
            "s": self.is_shared,
        }
        set_ones = "".join(letter for letter, is_set in marks.items() if is_set)
        head = (
            f"{_VERSION}{_LETTERS[self.action]}{set_ones}.{_base36(self.generation)}.{self.rank}"
            f".{_base36(self.asker)}.{self.digest}."
        )
        subject = self.subject
        if units(head + subject) > LONGEST:
            document, hash_sign, place = subject.partition("#")
            subject = document_key(document) + hash_sign + place
        return head + subject


def read_press(custom_id: str) -> Press | None:
    """Return what a custom_id says; None when no version that is still known made it."""
    parsed = _FORM.fullmatch(custom_id)
    if parsed is None or parsed["action"] not in _ACTIONS:
        return None
    return Press(
        action=_ACTIONS[parsed["action"]],
        subject=parsed["subject"],
        digest=parsed["digest"],
        generation=int(parsed["generation"] or "0", 36),
        rank=int(parsed["rank"] or "0"),
        asker=int(parsed["asker"] or "0", 36),
        is_long="l" in parsed["marks"],
        follows="f" in parsed["marks"],
        is_listed="c" in parsed["marks"],
        is_shared="s" in parsed["marks"],
        within="w" in parsed["marks"],
    )


def document_key(document_id: str) -> str:
    """Return a short name for a document's id; "~" stands in no id."""
    return "~" + hashlib.sha256(document_id.encode()).hexdigest()[:16]


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _BASE36[rest] + digits
    return digits
