"""Two texts to what is the same, removed and added, word by word.

East Asian text is compared by characters. A few characters that are the same between two changes
that are longer than they are count as changed: who reads "[-old man-]{+new dog+}" is spared the
space that both have in the middle.
"""

from typing import Literal, NamedTuple

from index.common_sequence import common_subsequence
from index.patterns import lazily

# East Asian scripts, their punctuation and their full-width forms.
_WIDE = (
    "\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U0003ffff"
)
# What can stand in a word behind its first letter: no space, no punctuation; marks belong to it.
_INNER = rf"[^\s\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf\u2000-\u206f{_WIDE}]"
_TOKEN = lazily(
    rf"[{_WIDE}]|\d+(?:[.,]\d+)+|[^\W_{_WIDE}]{_INNER}*(?:['’](?=[^\W\d_]){_INNER}+)*|\S"
)
_IS_WIDE = lazily(f"[{_WIDE}]")


class Piece(NamedTuple):
    """A run of text that both texts have, or only the old one, or only the new one."""

    kind: Literal["same", "removed", "added"]
    text: str


class _Change:
    """What follows a run that is the same: the old text, and the new one in its place."""

    def __init__(self, same: str, removed: str, added: str) -> None:
        self.same = same  # before it
        self.removed = removed
        self.added = added

    @property
    def size(self) -> int:
        return max(len(self.removed), len(self.added))


def is_wide(text: str) -> bool:
    """Say whether a text begins with an East Asian character; those stand without spaces."""
    return _IS_WIDE.match(text) is not None


def words_of(text: str) -> list[str]:
    """Return what a text is compared by: words, numbers, signs, single East Asian characters."""
    return _TOKEN.findall(text)


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces that lead from one text to the other, in order.

    Those that are the same or removed give the old text, joined; those the same or added the new
    one. No piece is empty, no two neighbours are of one kind, and removed comes before added.
    """
    changes: list[_Change] = []
    for change in _changes(old, new):
        changes.append(change)
        while len(changes) > 1 and _is_lost_between(*changes[-2:]):
            last = changes.pop()
            changes[-1].removed += last.same + last.removed
            changes[-1].added += last.same + last.added
    pieces = []
    for change in changes:
        pieces += [
            Piece("same", change.same),
            Piece("removed", change.removed),
            Piece("added", change.added),
        ]
    return tuple(piece for piece in pieces if piece.text)


def _is_lost_between(before: _Change, behind: _Change) -> bool:
    return 0 < before.size >= len(behind.same) <= behind.size


def _changes(old: str, new: str) -> list[_Change]:
    """Return all changes; the last has what is the same behind them, and may change nothing."""
    in_old = [(match[0], *match.span()) for match in _TOKEN.finditer(old)]
    in_new = [(match[0], *match.span()) for match in _TOKEN.finditer(new)]
    common = common_subsequence([word for word, *_ in in_old], [word for word, *_ in in_new])
    spans = [(in_old[row][1:], in_new[column][1:]) for row, column in common]
    spans.append(((len(old), len(old)), (len(new), len(new))))
    changes = []
    same = ""
    old_end = new_end = 0
    for (old_start, old_next), (new_start, new_next) in spans:
        removed, added = old[old_end:old_start], new[new_end:new_start]
        if removed != added:
            head, removed, added, tail = _without_outer_space(removed, added)
            changes.append(_Change(same + head, removed, added))
            same = tail
        else:
            same += removed
        same += old[old_start:old_next]
        old_end, new_end = old_next, new_next
    return [*changes, _Change(same, "", "")]


def _without_outer_space(removed: str, added: str) -> tuple[str, str, str, str]:
    """Take off the white space that both begin or end with."""
    shorter = min(len(removed), len(added))
    head = 0
    while head < shorter and removed[head] == added[head] and removed[head].isspace():
        head += 1
    tail = 0
    while tail < shorter - head and removed[~tail] == added[~tail] and removed[~tail].isspace():
        tail += 1
    ends = len(removed) - tail, len(added) - tail
    return removed[:head], removed[head : ends[0]], added[head : ends[1]], removed[ends[0] :]
