"""Text to its wording: letters, digits and signs, without what a careless copy changes.

Two texts of one wording differ in punctuation, spacing, quotation marks, dashes or full-width
forms alone. What stands between digits is part of a number and stays: 8.5 is not 85, -5 not 5;
only the commas of 636,000 go. Case stays as well. Offsets into the original are kept by going
through a spelling that has as many characters, and leaving out of it only at the end.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from index.patterns import lazily

_KEPT = "%‰‱&@#§"  # punctuation to Unicode, but they change what is said
_HYPHENS = "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"  # a minus sign is typed as each of them
_SAME_WIDTHS = ("<wide>", "<narrow>", "<noBreak>", "<compat>", "<small>", "<vertical>")
_MOST_REMEMBERED = 0x20000  # code points; what lies above is too rare to hold on to
# What a spelling leaves out in the end: invisible, space, other punctuation and dashes, and the
# marks that count between digits.
_NOTHING, _SPACE, _OTHER, _DASH, _HYPHEN = "\x00", " ", ";", "_", "-"
_LEFT_OUT = _NOTHING + _SPACE + _OTHER + _DASH + _HYPHEN + ".,:/"
_DELETE = dict.fromkeys(map(ord, _LEFT_OUT))
_IS_LEFT_OUT = lazily(f"[{re.escape(_LEFT_OUT)}]+")
# How what stands between digits is spelled in the end; no text has these controls in its wording.
_APART, _MINUS, _POINT, _COLON, _STROKE = "\x01\x02\x03\x04\x05"
_THOUSANDS = lazily(r"(?<![\d.])(?<!\d,)\d{1,3}(?:,\d{3})+(?!,?\d)")
_DIGIT = lazily(r"\d")
# From the first of them on: from each of a thousand points, looking for the digit would take long.
_BEFORE_DIGIT = lazily(r"(?<![\x00 ;_\-.,:/])[\x00 ;_\-.,:/]+(?=\d)")
_CJK = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_WORD = lazily(rf"[{_CJK}]|[^ ;_\-.,:/{_CJK}]+")
_IS_CJK = lazily(f"[{_CJK}]")
WORD_WEIGHT = 2  # of a word with spaces around it; a Chinese character is about half a word


class _Spellings(dict[int, str]):
    """How each code point is spelled; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        spelled = "".join(map(_spelled, _same_width(chr(code))))
        if code < _MOST_REMEMBERED:
            self[code] = spelled
        return spelled


def _same_width(character: str) -> str:
    """Return the character in its plain form, letters apart from their marks."""
    kind, *codes = unicodedata.decomposition(character).split() or [""]
    parts = codes if kind.startswith("<") else [kind, *codes]
    is_punctuation = unicodedata.category(character)[0] == "P"
    if not kind or (kind.startswith("<") and kind not in _SAME_WIDTHS):
        return character  # such as a superscript: 10² is not 102
    if is_punctuation and len(parts) > 1:
        return character  # three dots in one are no decimal point
    return "".join(_same_width(chr(int(part, 16))) for part in parts)


def _spelled(character: str) -> str:
    """Return the character if it counts, else what stands for its kind."""
    if character in _HYPHENS:
        return _HYPHEN
    if character in _KEPT or character in ".,:/":
        return character
    category = unicodedata.category(character)
    if category == "Pd":
        return _DASH
    if category[0] == "P" or character in "`´|":
        return _OTHER
    if category[0] == "Z" or character.isspace():
        return _SPACE
    if category[0] == "C" or "\ufe00" <= character <= "\ufe0f":
        return _NOTHING
    return character


_SPELLINGS = _Spellings()


@dataclass(frozen=True, slots=True)
class Wording:
    """The wording of a text, and where in the text it stands."""

    signs: str
    places: Sequence[int]  # (len(signs) + 1,) code point of each sign in the text, then its end
    words: Sequence[tuple[int, int]]  # spans of signs; a Chinese character is a word
    weights: Sequence[int]  # weights[n]: of the first n words together

    @property
    def weight(self) -> int:
        """The weight of all words."""
        return self.weights[-1]

    def weight_between(self, start: int, end: int) -> int:
        """Return the weight of the words that begin and end within a span of signs."""
        first = bisect_left(self.words, (start, 0))
        last = bisect_left(self.words, end, key=lambda word: word[1] - 1)
        return max(0, self.weights[last] - self.weights[first])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of signs (not empty) stands in the text."""
        return self.places[start], self.places[end - 1] + 1


def signs(text: str) -> str:
    """Return the signs of a text's wording alone."""
    return _kept(_with_numbers(text.translate(_SPELLINGS).replace(_NOTHING, "")))


def wording(text: str) -> Wording:
    """Return the wording of a text."""
    spelled = text.translate(_SPELLINGS)
    origins: Sequence[int] = range(len(text))
    if len(spelled) != len(text):  # some characters are spelled as several
        origins = [place for place, code in enumerate(map(ord, text)) for _ in _SPELLINGS[code]]
    if _NOTHING in spelled:  # what cannot be seen parts no number
        origins = [origins[place] for place, sign in enumerate(spelled) if sign != _NOTHING]
        spelled = spelled.replace(_NOTHING, "")
    final = _with_numbers(spelled)
    kept = [place for place, character in enumerate(final) if character not in _LEFT_OUT]
    words = []
    weights = [0]
    for match in _WORD.finditer(final):
        start, end = bisect_left(kept, match.start()), bisect_left(kept, match.end())
        if start < end:
            words.append((start, end))
            weights.append(weights[-1] + (1 if _IS_CJK.match(match[0]) else WORD_WEIGHT))
    places = [origins[place] for place in kept]
    return Wording(_kept(final), [*places, len(text)], words, weights)


def _kept(final: str) -> str:
    """Return the signs of a spelling without what is left out."""
    # Of the two, the one for ASCII is three times as fast there, the other on Chinese as much.
    return final.translate(_DELETE) if final.isascii() else _IS_LEFT_OUT.sub("", final)


def _with_numbers(spelled: str) -> str:
    """Spell what stands before digits as it counts; the length stays."""
    if not _DIGIT.search(spelled):
        return spelled
    spelled = _THOUSANDS.sub(lambda match: match[0].replace(",", _NOTHING), spelled)
    return _BEFORE_DIGIT.sub(_number_mark, spelled)


def _number_mark(match: re.Match[str]) -> str:
    marks = match[0].replace(_NOTHING, "")
    if not marks:
        return match[0]
    before = match.string[match.start() - 1] if match.start() else " "
    if before.isdecimal():
        mark = _between_digits(marks)
    elif marks[-1] == _HYPHEN and _is_sign(marks, before):
        mark = _MINUS
    elif marks[-1] == "." and _is_sign(marks, before):
        mark = _POINT
    else:
        return match[0]
    return _SPACE * (len(match[0]) - 1) + mark


def _between_digits(marks: str) -> str:
    core = marks.replace(_SPACE, "")
    if core and not core.strip(_HYPHEN + _DASH):
        return _MINUS
    if core == "/":
        return _STROKE
    return {".": _POINT, ":": _COLON}.get(marks, _APART)


def _is_sign(marks: str, before: str) -> bool:
    """Say whether the last mark belongs to the number behind it: nothing is joined by it."""
    if len(marks) > 1:
        return marks[-2] in " ,;:"
    return not before.isalnum()


def is_of_number(sign: str) -> bool:
    """Say whether a sign next to a digit would make it another number."""
    return (
        sign.isdecimal()
        or sign in _MINUS + _POINT + _STROKE + _COLON + "%‰‱"
        or (unicodedata.category(sign) == "Sc")
    )
