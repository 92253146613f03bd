"""The numbers and days of a question to the other forms in which a text may write them.

8.5% is also 8.5 percent and 百分之八点五, 63.6万 is 636,000, and 9月5日 is September 5.
Values are decimal fractions throughout, so nothing is lost to rounding.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

MOST_FORMS = 6
_MOST_DIGITS = 15
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MONTH_NAMES = {
    **{month.lower(): number for number, month in enumerate(_MONTHS, start=1)},
    **{month[:3].lower(): number for number, month in enumerate(_MONTHS, start=1)},
    "sept": 9,
}
_ENGLISH_SIZES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_CHINESE_SIZES = {"万": 4, "萬": 4, "亿": 8, "億": 8, "万亿": 12, "萬億": 12}
_DIGITS = "零一二三四五六七八九"
_VALUES = {
    **{digit: value for value, digit in enumerate(_DIGITS)},
    "〇": 0,
    "两": 2,
    "兩": 2,
}
_PLACES = {"十": 1, "百": 2, "千": 3}
_HAN_NUMBER = (
    "[零〇一二两兩三四五六七八九十百千万萬亿億]{1,20}(?:[点點][零〇一二三四五六七八九]{1,10})?"
)
_NUMBER = r"\d{1,3}(?:,\d{3}){1,5}(?:\.\d{1,10})?|\d{1,15}(?:\.\d{1,10})?"
_MONTH = "|".join(sorted(_MONTH_NAMES, key=lambda name: (-len(name), name)))
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"


_SIMPLIFIED = str.maketrans("點萬億", "点万亿")
_ANY = re.compile("[0-9零〇一二两兩三四五六七八九十百千]")


class NumberForms(NamedTuple):
    """A number or a day of a question, and how else it may be written."""

    start: int  # code points
    end: int
    others: tuple[str, ...]


def variants(question: str) -> list[NumberForms]:
    """Return the numbers and days of a question that may be written otherwise, in order."""
    found: list[NumberForms] = []
    if _ANY.search(question) is None:
        return found
    for pattern, forms in _KINDS:
        for match in pattern.finditer(question):
            start, end = match.span()
            if any(start < other.end and other.start < end for other in found):
                continue
            others = [form for form in forms(match) if form != match.group()]
            if others:
                found.append(NumberForms(start, end, tuple(dict.fromkeys(others))[:MOST_FORMS]))
    return sorted(found)


def chinese_numeral(value: int) -> str:
    """Spell a whole number below 10^16 in Chinese, such as 六十三万六千."""
    if value == 0:
        return _DIGITS[0]
    spelled, gap = "", False
    for size, unit in ((12, "万亿"), (8, "亿"), (4, "万"), (0, "")):
        group, value = divmod(value, 10**size)
        if group:
            zero = _DIGITS[0] if spelled and (gap or group < 1000) else ""
            spelled, gap = spelled + zero + _below_ten_thousand(group) + unit, False
        elif spelled:
            gap = True
    return spelled[1:] if spelled.startswith("一十") else spelled


def _below_ten_thousand(value: int) -> str:
    spelled, gap = "", False
    for place, unit in ((3, "千"), (2, "百"), (1, "十"), (0, "")):
        digit = value // 10**place % 10
        if digit:
            spelled += (_DIGITS[0] if gap else "") + _DIGITS[digit] + unit
            gap = False
        elif spelled:
            gap = True
    return spelled


def chinese_value(text: str) -> Decimal | None:
    """Return the value of a Chinese numeral; None where it is none."""
    whole, _, fraction = text.translate(_SIMPLIFIED).replace("万亿", "兆").partition("点")
    total = section = digit = 0
    for at, character in enumerate(whole):
        if character in _VALUES:
            if digit and at and whole[at - 1] in _VALUES and whole[at - 1] not in "零〇":
                return None  # digits one after the other are a year or a code
            digit = _VALUES[character]
        elif character in _PLACES:
            section += (digit or 1) * 10 ** _PLACES[character]
            digit = 0
        else:
            section += digit
            digit = 0
            if character == "亿":  # of 二万三千亿 the 万 before it is counted in it
                counted = total % 10**12
                total += (counted + section) * 10**8 - counted
            else:
                total += section * (10**12 if character == "兆" else 10**4)
            section = 0
    value = Decimal(total + section + digit)
    if fraction:
        value += Decimal("0." + "".join(str(_VALUES[digit]) for digit in fraction))
    return value


def _plain(value: Decimal) -> str:
    """Return a value without zeros behind its last digit."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _value(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _percent(value: Decimal) -> Iterator[str]:
    number = _plain(value)
    yield f"{number}%"
    yield f"{number} percent"
    yield f"{number} per cent"
    yield f"百分之{_spelled(value)}"


def _spelled(value: Decimal) -> str:
    whole, _, fraction = _plain(value).partition(".")
    spelled = chinese_numeral(int(whole))
    return spelled + ("点" + "".join(_DIGITS[int(digit)] for digit in fraction) if fraction else "")


def _amount(value: Decimal) -> Iterator[str]:
    """Yield the forms of a large number."""
    whole = value == value.to_integral_value()
    if whole:
        yield f"{int(value):,}"
    for name, size in reversed(_ENGLISH_SIZES.items()):
        if _is_neat(scaled := value.scaleb(-size)):
            yield f"{_plain(scaled)} {name}"
            break
    for name, size in (("亿", 8), ("万", 4)):
        if _is_neat(scaled := value.scaleb(-size)):
            yield f"{_plain(scaled)}{name}"
    if whole and value < 10**16:
        spelled = chinese_numeral(int(value))
        if len(spelled) <= 12:
            yield spelled


def _is_neat(value: Decimal) -> bool:
    """Say whether people would write so: one or more, with at most three decimals."""
    return value >= 1 and len(_plain(value).partition(".")[2]) <= 3


def _day(year: str | None, month: int, day: str) -> Iterator[str]:
    if not (1 <= month <= 12 and 1 <= int(day) <= 31):
        return
    name, number = _MONTHS[month - 1], int(day)
    behind = f" {year}" if year else ""
    yield f"{name} {number}{behind}"
    yield f"{number} {name}{behind}"
    yield f"{name} {number}{_ordinal(number)}{behind}"
    yield f"{year}年{month}月{number}日" if year else f"{month}月{number}日"
    if year:
        yield f"{year}-{month:02}-{number:02}"


def _ordinal(number: int) -> str:
    last = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return "th" if number in (11, 12, 13) else last


def _chinese(match: re.Match[str]) -> Iterator[str]:
    value = chinese_value(match.group())
    if value is not None and value >= 1000:
        yield from _amount(value)


def _of_percent(match: re.Match[str]) -> Iterator[str]:
    number = match["number"]
    value = _value(number) if number[0].isascii() else chinese_value(number)
    return iter(()) if value is None else _percent(value)


def _of_amount(match: re.Match[str]) -> Iterator[str]:
    size = match["size"].lower()
    return _amount(_value(match["number"]).scaleb(_SIZES[size.strip()]))


def _of_digits(match: re.Match[str]) -> Iterator[str]:
    try:
        value = _value(match.group())
    except InvalidOperation:
        return iter(())
    is_year = re.fullmatch(r"(?:1[5-9]|20)\d\d", match.group())
    return iter(()) if value < 1000 or is_year else _amount(value)


_SIZES = _ENGLISH_SIZES | _CHINESE_SIZES
_SIZE = "|".join(sorted(_SIZES, key=lambda name: (-len(name), name)))
# Longer expressions come first: what one of them has taken is no longer looked at.
_KINDS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[str]]], ...] = (
    (
        re.compile(r"(?<![\d.])(\d{4})[年-](\d{1,2})[月-](\d{1,2})[日號号]?(?![\d-])"),
        lambda match: _day(match[1], int(match[2]), match[3]),
    ),
    (
        re.compile(r"(?<![\d年])(\d{1,2})月(\d{1,2})[日號号]"),
        lambda match: _day(None, int(match[1]), match[2]),
    ),
    (
        re.compile(rf"\b({_MONTH})\.? {_DAY}\b(?:,? (\d{{4}})\b)?", re.I),
        lambda match: _day(match[3], _MONTH_NAMES[match[1].lower()], match[2]),
    ),
    (
        re.compile(rf"\b{_DAY} (?:of )?({_MONTH})\b\.?(?:,? (\d{{4}})\b)?", re.I),
        lambda match: _day(match[3], _MONTH_NAMES[match[2].lower()], match[1]),
    ),
    (
        re.compile(rf"百分之(?P<number>{_HAN_NUMBER}|{_NUMBER})"),
        _of_percent,
    ),
    (
        re.compile(rf"(?<![\d.,])(?P<number>{_NUMBER}) ?(?:%|％|percent\b|per cent\b|pct\b)", re.I),
        _of_percent,
    ),
    (
        re.compile(rf"(?<![\d.,])(?P<number>{_NUMBER})(?P<size> ?(?:{_SIZE}))", re.I),
        _of_amount,
    ),
    (re.compile(rf"(?<![\w.,])(?:{_NUMBER})(?![\w.,]?\d|\w)"), _of_digits),
    (re.compile(_HAN_NUMBER), _chinese),
)
