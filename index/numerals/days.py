"""Days, months and spans of months to their other forms.

"May" is a month only behind words such as "in", and "March" only with a capital.
"""

import re
from collections.abc import Iterator

from index.numerals.chinese import DIGIT_VALUES, DIGITS, chinese_numeral
from index.numerals.reading import (
    ALONE,
    CHINESE_YEAR,
    MONTH_NUMBERS,
    MONTHS,
    WORD,
    Kind,
    any_of,
    in_words,
)
from index.numerals.reading import small_value_of as small

_SHORT = "Jan. Feb. Mar. Apr. May Jun. Jul. Aug. Sept. Oct. Nov. Dec.".split()


def _day(match: re.Match[str]) -> Iterator[str]:
    year, month, day = _year(match["year"] or ""), _month(match["month"]), small(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return
    name, short = MONTHS[month - 1], _SHORT[month - 1]
    yield f"{name} {day}, {year}" if year else f"{name} {day}"
    yield f"{year}年{month}月{day}日" if year else f"{month}月{day}日"
    yield f"{short} {day}, {year}" if year else f"{short} {day}"
    if year:
        yield f"{year}-{month:02}-{day:02}"
    yield f"{day} {name} {year}" if year else f"{day} {name}"
    spelled = f"{chinese_numeral(month)}月{chinese_numeral(day)}日"
    yield f"{''.join(map(_spelled, year))}年{spelled}" if year else spelled


def _spelled(digit: str) -> str:
    return DIGITS[int(digit)].replace("零", "〇")  # as years have it


def _month_of_year(match: re.Match[str]) -> Iterator[str]:
    year, month = _year(match["year"]), _month(match["month"])
    if 1 <= month <= 12:
        yield from (f"{MONTHS[month - 1]} {year}", f"{year}年{month}月")
        yield f"{_SHORT[month - 1]} {year}"


def _month_alone(match: re.Match[str]) -> Iterator[str]:
    month = _month(match["month"])
    if 1 <= month <= 12:
        yield from (MONTHS[month - 1], f"{month}月", f"{chinese_numeral(month)}月")
        yield _SHORT[month - 1]


def _first_months(match: re.Match[str]) -> Iterator[str]:
    yield from _months(1, small(match["number"]))


def _from_month_to_month(match: re.Match[str]) -> Iterator[str]:
    yield from _months(_month(match["first"]), _month(match["last"]))


def _months(first: int, last: int) -> Iterator[str]:
    if not 1 <= first < last <= 12:
        return
    if first == 1:
        yield from (f"first {in_words(last)} months", f"first {last} months")
    yield f"{MONTHS[first - 1]} to {MONTHS[last - 1]}"
    if first == 1:
        yield f"前{'两' if last == 2 else chinese_numeral(last)}个月"
    yield from (f"{first}-{last}月", f"{first}至{last}月")
    yield f"{chinese_numeral(first)}至{chinese_numeral(last)}月"


def _month(text: str) -> int:
    return MONTH_NUMBERS.get(text.lower()) or small(text)


def _year(text: str) -> str:
    return "".join(str(DIGIT_VALUES.get(digit, digit)) for digit in text)


def _year_in_characters(match: re.Match[str]) -> Iterator[str]:
    year = _year(match["year"])
    yield from (f"{year}年", year)


_NAME = any_of(MONTH_NUMBERS)
_CHINESE_MONTH = r"\d{1,2}|[一二三四五六七八九十]{1,2}"
_CHINESE_DAY = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_CHINESE_YEAR = rf"\d{{4}}|{CHINESE_YEAR}"
_YEAR = r"(?P<year>[12]\d{3})"
_IN_MAY = "|".join(
    rf"(?<=\b{word} May)"
    for word in "in of by to from since until till before after last this next early late".split()
)
_SURE_NAMES = any_of(set(MONTH_NUMBERS) - {"may", "mar", "march"})
# Longer expressions come first: what one of them has taken is no longer looked at.
KINDS: tuple[Kind, ...] = (
    (
        rf"{ALONE}(?:(?P<year>{_CHINESE_YEAR})年)?"
        rf"(?P<month>{_CHINESE_MONTH})月(?P<day>{_CHINESE_DAY})[日号]",
        _day,
    ),
    (
        rf"(?<![\d./-]){_YEAR}(?P<mark>[-/])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})"
        r"(?![\d/-])",
        _day,
    ),
    (
        rf"\b(?P<month>{_NAME})\b\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?![.,]\d)"
        rf"(?:,? {_YEAR}\b)?",
        _day,
    ),
    (
        rf"(?<![\d.,-])(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{_NAME})\b\.?"
        rf"(?:,? {_YEAR}\b)?",
        _day,
    ),
    (
        rf"\b(?P<first>{_NAME})\b\.?(?: ?- ?| to | through )(?P<last>{_NAME})\b\.?",
        _from_month_to_month,
    ),
    (
        rf"{ALONE}(?P<first>{_CHINESE_MONTH})月?(?:-|至|到)(?P<last>{_CHINESE_MONTH})月份?",
        _from_month_to_month,
    ),
    (rf"[前头](?P<number>两|{_CHINESE_MONTH})个月", _first_months),
    (rf"\bfirst (?P<number>\d{{1,2}}|{WORD}) months\b", _first_months),
    (
        rf"{ALONE}(?P<year>{_CHINESE_YEAR})年(?P<month>{_CHINESE_MONTH})月份?",
        _month_of_year,
    ),
    (
        rf"\b(?P<month>{_NAME})\b\.?,? (?:of )?{_YEAR}\b(?![.,]\d)",
        _month_of_year,
    ),
    (rf"{ALONE}(?P<month>{_CHINESE_MONTH})月份?", _month_alone),
    (
        rf"\b(?P<month>{_SURE_NAMES}|(?-i:March)|(?-i:May)(?:{_IN_MAY}))\b",
        _month_alone,
    ),
    (rf"{ALONE}(?P<year>{CHINESE_YEAR})年", _year_in_characters),
)
