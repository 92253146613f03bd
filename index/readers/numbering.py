"""The numbers that Word shows before clauses: "4.2", "(a)", "第一条".

They stand nowhere in the text: definitions say how they look, and each is counted from the
paragraphs before. Lists made from one definition count on from each other, as in Word.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_LEVELS = 9
_PLACEHOLDER = re.compile(r"%([1-9])")
_LARGEST = 9_999  # beyond it every number is shown in decimal


@dataclass(frozen=True, slots=True)
class Level:
    """How the numbers of one level look and count."""

    start: int = 1
    form: str = "decimal"  # a name of the standard, ISO/IEC 29500-1, 17.18.59
    pattern: str = ""  # such as "%1.%2"
    is_legal: bool = False  # shows the numbers of all levels in decimal
    restarts_after: int | None = None  # level from 1 whose numbers restart this one; 0: never


@dataclass(frozen=True, slots=True)
class Numbering:
    """A numbering that paragraphs refer to."""

    definition: str  # lists with the same definition count together
    levels: tuple[Level, ...]
    restarts: Mapping[int, int] = field(default_factory=dict)  # level from 0 -> first number


class Counter:
    """Counts the paragraphs of a document, in their order."""

    def __init__(self, numberings: Mapping[str, Numbering]) -> None:
        self._numberings = numberings
        self._counts: dict[str, list[int | None]] = {}
        self._begun: set[tuple[str, int]] = set()

    def next(self, number: str, level: int) -> str | None:
        """Count a paragraph and return its number; "" for a bullet, None where not in a list."""
        numbering = self._numberings.get(number)
        if numbering is None or not 0 <= level < len(numbering.levels):
            return None
        counts = self._counts.setdefault(numbering.definition, [None] * _LEVELS)
        current = counts[level]
        if (number, level) not in self._begun and level in numbering.restarts:
            current = numbering.restarts[level] - 1
        self._begun.add((number, level))
        start = numbering.levels[level].start
        counts[level] = start if current is None else current + 1
        for above in range(level):
            if counts[above] is None:
                counts[above] = numbering.levels[above].start
        for below in range(level + 1, len(numbering.levels)):
            after = numbering.levels[below].restarts_after
            if after is None or (after > 0 and level < after):
                counts[below] = None
        return _shown(numbering.levels, level, counts)


def _shown(levels: Sequence[Level], level: int, counts: Sequence[int | None]) -> str:
    shape = levels[level]
    if shape.form in ("bullet", "none") and "%" not in shape.pattern:
        return ""

    def number(match: re.Match[str]) -> str:
        place = int(match[1]) - 1
        count = counts[place] if place < len(levels) else None
        form = "decimal" if shape.is_legal else levels[min(place, len(levels) - 1)].form
        return "" if count is None else in_form(count, form)

    return _PLACEHOLDER.sub(number, shape.pattern).strip()


def in_form(number: int, form: str) -> str:
    """Return a number in one of the forms of the standard; in decimal where the form is rare."""
    if form == "none":
        return ""
    if form == "decimalZero":
        return f"{number:02}"
    if not 0 < number <= _LARGEST:
        return str(number)
    if form in ("lowerRoman", "upperRoman"):
        roman = _roman(number)
        return roman.lower() if form == "lowerRoman" else roman
    if form in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in _CHINESE:
        return _chinese(number)
    if form == "ordinal":
        return f"{number}{_ordinal_ending(number)}"
    if form == "decimalEnclosedCircle" and number <= 20:
        return chr(ord("①") + number - 1)
    if form in ("decimalFullWidth", "decimalFullWidth2"):
        return "".join(chr(ord("０") + int(digit)) for digit in str(number))
    if form == "ideographTraditional" and number <= 10:
        return "甲乙丙丁戊己庚辛壬癸"[number - 1]
    return str(number)


_CHINESE = frozenset(
    "chineseCounting chineseCountingThousand taiwaneseCounting taiwaneseCountingThousand "
    "japaneseCounting ideographDigital".split()
)
_ROMAN = tuple(
    zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        "M CM D CD C XC L XL X IX V IV I".split(),
        strict=True,
    )
)


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        text += letters * (number // value)
        number %= value
    return text


def _chinese(number: int) -> str:
    digits = "零一二三四五六七八九"
    text = ""
    is_gap = False
    for power, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit:
            text += ("零" if is_gap and text else "") + digits[digit] + unit
            is_gap = False
        else:
            is_gap = True
    return text[1:] if 10 <= number < 20 else text


def _ordinal_ending(number: int) -> str:
    if 10 < number % 100 < 20:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
