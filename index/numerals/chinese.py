"""Whole numbers and decimal fractions to Chinese numerals, and back.

Only what people would spell so is read back: digits side by side (二〇二三) are a year, and 三千五
may be 3,500 or 3,005.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

DIGITS = "零一二三四五六七八九"
DIGIT_VALUES = {digit: value for value, digit in enumerate(DIGITS)}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_LARGE = (("亿", 10**8), ("万", 10**4))
_UNITS = (*_LARGE, ("千", 1000), ("百", 100), ("十", 10), ("", 1))


def chinese_numeral(value: int) -> str:
    """Spell a whole number from 0 to below 10^16 in simplified Chinese, such as 六十三万六千."""
    if value == 0:
        return DIGITS[0]
    spelled = "".join(_spelled(value))
    return spelled[1:] if spelled.startswith("一十") else spelled


def chinese_fraction(value: Decimal) -> str:
    """Spell a number from 0 to below 10^16, such as 三点八."""
    whole, _, fraction = figures(value).partition(".")
    spelled = chinese_numeral(int(whole))
    return spelled + ("点" + "".join(DIGITS[int(digit)] for digit in fraction) if fraction else "")


def figures(value: Decimal) -> str:
    """Return a value in figures, without zeros behind its last decimal."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def chinese_value(text: str) -> Decimal | None:
    """Return the value of a numeral in simplified characters; None where it is none."""
    whole, point, fraction = text.replace("〇", "零").replace("两", "二").partition("点")
    value = _whole_value(whole)
    canonical = chinese_numeral(value)
    if whole not in (canonical, f"一{canonical}" if canonical[0] == "十" else canonical):
        return None
    from decimal import Decimal  # a question without numbers need not wait for it

    if not point:
        return Decimal(value)
    if not fraction or any(digit not in DIGIT_VALUES for digit in fraction):
        return None
    return Decimal(f"{value}.{''.join(str(DIGIT_VALUES[digit]) for digit in fraction)}")


def _spelled(value: int) -> Iterator[str]:
    """Yield digits and units, and one 零 where places between are skipped."""
    for unit, size in _UNITS:
        count, value = divmod(value, size)
        if count:
            yield "".join(_spelled(count)) if count > 9 else DIGITS[count]
            yield unit
            if 0 < value < size // 10:
                yield DIGITS[0]


def _whole_value(text: str) -> int:
    """Return what a numeral amounts to, if it is one."""
    for unit, size in _LARGE:
        if unit in text:
            left, _, right = text.rpartition(unit)
            return _whole_value(left) * size + _whole_value(right)
    total = digit = 0
    for character in text:
        if character in _PLACES:
            total += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            digit = DIGIT_VALUES.get(character, 0)
    return total + digit
