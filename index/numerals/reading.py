"""How numbers and months are written: patterns for them, and what matches one to its value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from index.numerals.chinese import DIGIT_VALUES, chinese_value

if TYPE_CHECKING:
    from decimal import Decimal

# A pattern of numbers of one kind, and what yields the other forms of one that it found. Letters
# are those of English, in any case.
Kind = tuple[str, Callable[[re.Match[str]], Iterator[str]]]

_MOST_DIGITS = 15  # before the point; longer numbers are codes
_WORDS = (  # "one" is left out: alone it is an article
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
WORD_VALUES = {
    **{word: number for number, word in enumerate(_WORDS, start=2)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
}
MONTHS = (
    "January February March April May June July August September October November December".split()
)
MONTH_NUMBERS = {
    **{month.lower(): number for number, month in enumerate(MONTHS, start=1)},
    **{month[:3].lower(): number for number, month in enumerate(MONTHS, start=1)},
    "sept": 9,
}
_WORD_OF = {number: word for word, number in WORD_VALUES.items()}


def any_of(strings: Iterable[str]) -> str:
    """Return a pattern for the longest of some strings."""
    return "|".join(sorted(strings, key=lambda string: (-len(string), string)))


_DIGIT = f"[{''.join(DIGIT_VALUES)}]"
FIGURES = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,24})(?:\.\d{1,10})?"
SHORT_FIGURES = r"\d{1,3}(?:\.\d{1,3})?"
CHINESE = "[零一二两三四五六七八九十百千][零一二两三四五六七八九十百千万亿]{0,23}"
CHINESE_FRACTION = f"{CHINESE}点{_DIGIT}{{1,10}}"
CHINESE_YEAR = f"[一二]{_DIGIT}{{3}}"
# A word, such as "twelve" or "twenty-five".
WORD = rf"\b(?:(?:{any_of(_TENS)})(?:-(?:one|{any_of(_WORDS[:8])}))?|{any_of(_WORDS)})"
# In front of a number: it is not the end of another, and no vague one (几十).
ALONE = r"(?<![\d零一二三四五六七八九十百千万亿点几数])(?<!\d[.,])"


def value_of(text: str) -> Decimal | None:
    """Return the value of what matched FIGURES, CHINESE, CHINESE_FRACTION or WORD.

    None where it is none, or has too many digits.
    """
    from decimal import Decimal  # a question without numbers need not wait for it

    if text[0].isdigit():
        plain = text.replace(",", "")
        return Decimal(plain) if len(plain.partition(".")[0]) <= _MOST_DIGITS else None
    if text[0].isascii():
        tens, _, ones = text.lower().partition("-")
        return Decimal(WORD_VALUES[tens] + (WORD_VALUES.get(ones, 1) if ones else 0))
    return chinese_value(text)


def small_value_of(text: str) -> int:
    """Return the value of a small whole number; 0 where it is none."""
    value = value_of(text)
    return 0 if value is None else int(value)


def in_words(value: Decimal | int) -> str | None:
    """Return a whole number from 2 to 99 in English; None for others."""
    number = int(value)
    if number != value or not 2 <= number <= 99:
        return None
    if number in _WORD_OF:
        return _WORD_OF[number]
    tens, ones = divmod(number, 10)
    return f"{_WORD_OF[tens * 10]}-{_WORD_OF.get(ones, 'one')}"
