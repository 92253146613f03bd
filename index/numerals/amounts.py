"""Amounts, shares, counts and numbers of articles to their other forms.

A bare number below 1,000 has none: 二十三 stands in 第二十三条 as well, and says something else
there. With what it counts (23个, 23 days) it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.numerals.chinese import chinese_fraction, chinese_numeral, figures
from index.numerals.reading import (
    ALONE,
    CHINESE,
    CHINESE_FRACTION,
    FIGURES,
    SHORT_FIGURES,
    WORD,
    Kind,
    any_of,
    in_words,
    value_of,
)
from index.numerals.reading import small_value_of as small

if TYPE_CHECKING:
    from decimal import Decimal

_TOO_LARGE = 10**16
_LONGEST = 12  # characters of an amount that people would still spell in Chinese
_CHINESE_SIZES = {"万亿": 12, "亿": 8, "万": 4}  # powers of ten, as all sizes
_ENGLISH_SIZES = {"trillion": 12, "billion": 9, "million": 6, "thousand": 3}
_SIZES = (
    _ENGLISH_SIZES
    | {"tn": 12, "bn": 9, "mn": 6}
    | {"千": 3, "万": 4, "十万": 5, "百万": 6, "千万": 7}
    | {"亿": 8, "十亿": 9, "百亿": 10, "千亿": 11, "万亿": 12}
)
# What is counted, in English and in Chinese.
_COUNTED = {
    "day": ("日", "天"),
    "week": ("周", "星期"),
    "month": ("个月",),
    "year": ("年",),
    "hour": ("小时",),
    "minute": ("分钟",),
}
_ENGLISH_OF = {unit: name for name, units in _COUNTED.items() for unit in units}
_MEASURES = "个 人 家 项 种 条 名 次 元 岁 米 公里 吨 户 所 台 辆 件 座 届 处".split()
_PARTS = {"条": "Article", "章": "Chapter", "节": "Section"}
_PART_OF = {english.lower(): chinese for chinese, english in _PARTS.items()}
_FRACTIONS = {3: "third", 4: "quarter", 5: "fifth", 10: "tenth"}
_FRACTION_OF = {f"{name}s": number for number, name in _FRACTIONS.items()}


def _percent(match: re.Match[str]) -> Iterator[str]:
    value = value_of(match["number"])
    if value is not None:
        yield from (f"{figures(value)}{sign}" for sign in ("%", " percent", " per cent"))
        yield f"百分之{chinese_fraction(value)}"


def _percentage_points(match: re.Match[str]) -> Iterator[str]:
    value = value_of(match["number"])
    if value is not None:
        yield from (f"{figures(value)} percentage points", f"{figures(value)}个百分点")
        yield f"{_counting(value)}个百分点"


def _times(match: re.Match[str]) -> Iterator[str]:
    value = value_of(match["number"])
    if value is not None:
        yield from (f"{figures(value)}{sign}" for sign in (" times", " fold", "倍"))
        yield f"{_counting(value)}倍"
        if word := in_words(value):
            yield from (f"{word} times", f"{word}fold")


def _chinese_share(match: re.Match[str]) -> Iterator[str]:
    yield from _share(small(match["above"]), small(match["below"]))


def _english_share(match: re.Match[str]) -> Iterator[str]:
    yield from _share(small(match["above"]), _FRACTION_OF[match["below"].lower()])


def _share(above: int, below: int) -> Iterator[str]:
    if 0 < above < below:
        if below in _FRACTIONS:
            name = _FRACTIONS[below]
            yield f"one-{name}" if above == 1 else f"{in_words(above)}-{name}s"
        yield from (f"{chinese_numeral(below)}分之{chinese_numeral(above)}", f"{above}/{below}")


def _sized(match: re.Match[str]) -> Iterator[str]:
    value = value_of(match["number"])
    if value is not None:
        yield from _amount(value.scaleb(_SIZES[match["size"].lower()]))


def _bare(match: re.Match[str]) -> Iterator[str]:
    value = value_of(match.group())
    is_year = re.fullmatch(r"1[5-9]\d\d|20\d\d", match.group())
    if value is not None and value >= 1000 and not is_year:
        yield from _amount(value)


def _amount(value: Decimal) -> Iterator[str]:
    if value >= _TOO_LARGE:
        return
    is_whole = value == value.to_integral_value()
    if is_whole:
        yield f"{int(value):,}"
    for name, size in _ENGLISH_SIZES.items():
        if _is_neat(scaled := value.scaleb(-size), 0 if name == "thousand" else 3):
            yield f"{figures(scaled)} {name}"
            break
    for name, size in _CHINESE_SIZES.items():
        if _is_neat(scaled := value.scaleb(-size), 3) and scaled < 10**5:
            yield f"{figures(scaled)}{name}"
    if is_whole and len(spelled := chinese_numeral(int(value))) <= _LONGEST:
        yield spelled
    if 10**9 <= value < 10**12 and _is_neat(scaled := value.scaleb(-9), 3):
        yield f"{figures(scaled)}bn"


def _is_neat(value: Decimal, most_decimals: int) -> bool:
    """Say whether people would write so."""
    return value >= 1 and len(figures(value).partition(".")[2]) <= most_decimals


def _counted_in_english(match: re.Match[str]) -> Iterator[str]:
    value = value_of(match["number"])
    if value is not None:
        yield from _counted(value, _COUNTED[match["unit"].lower()])


def _counted_in_chinese(match: re.Match[str]) -> Iterator[str]:
    value, unit = value_of(match["number"]), match["unit"]
    if value is None or (value == 1 and unit in _MEASURES):  # 一个 is hardly more than an article
        return
    units = _COUNTED[_ENGLISH_OF[unit]] if unit in _ENGLISH_OF else ()
    yield from _counted(value, (unit, *(other for other in units if other != unit)))


def _counted(value: Decimal, units: tuple[str, ...]) -> Iterator[str]:
    if english := _ENGLISH_OF.get(units[0]):
        plural = english if value == 1 else f"{english}s"
        yield f"{figures(value)} {plural}"
        if word := in_words(value):
            yield f"{word} {plural}"
    for unit in units:
        spelled = chinese_fraction(value) if unit == "日" else _counting(value)
        yield from (f"{spelled}{unit}", f"{figures(value)}{unit}")


def _counting(value: Decimal) -> str:
    return "两" if value == 2 else chinese_fraction(value)


def _part(match: re.Match[str]) -> Iterator[str]:
    part = match["chinese"] or _PART_OF[match["english"].lower()]
    if number := small(match["number"] or match["figures"]):
        yield from (f"第{chinese_numeral(number)}{part}", f"{_PARTS[part]} {number}")
        yield f"第{number}{part}"


_NOT_A_UNIT = "(?![瓦米克卡兆赫])"  # 千瓦 is a kilowatt
# Longer expressions come first: what one of them has taken is no longer looked at.
KINDS: tuple[Kind, ...] = (
    (rf"百分之(?P<number>{CHINESE_FRACTION}|{CHINESE}|{FIGURES})", _percent),
    (
        rf"{ALONE}(?P<number>{FIGURES}|{CHINESE_FRACTION}|{CHINESE}|{WORD})[ -]?"
        r"(?:%|percent\b|per cent\b|pct\b)",
        _percent,
    ),
    (
        rf"{ALONE}(?P<number>{SHORT_FIGURES}|{CHINESE_FRACTION}|{CHINESE})[ -]?"
        r"(?:个百分点|percentage[ -]points?\b)",
        _percentage_points,
    ),
    (
        rf"{ALONE}(?P<number>{SHORT_FIGURES}|{CHINESE_FRACTION}|{CHINESE}|{WORD})"
        r"(?:倍|[ -]?(?:fold|times)\b)",
        _times,
    ),
    (r"(?P<below>[二三四五六七八九十])分之(?P<above>[一二两三四五六七八九])", _chinese_share),
    (rf"(?P<above>{WORD})[ -](?P<below>{any_of(_FRACTION_OF)})\b", _english_share),
    (
        rf"第(?P<number>\d{{1,3}}|{CHINESE})(?P<chinese>{any_of(_PARTS)})"
        rf"|\b(?P<english>{any_of(_PART_OF)}) (?P<figures>\d{{1,3}})\b(?![.,]\d)",
        _part,
    ),
    (
        rf"{ALONE}(?P<number>{FIGURES}|{WORD})[ -]?(?P<size>{any_of(_SIZES)})(?![a-z])"
        rf"{_NOT_A_UNIT}",
        _sized,
    ),
    (rf"{ALONE}(?P<number>{CHINESE_FRACTION})(?P<size>{any_of(_CHINESE_SIZES)})", _sized),
    (
        rf"{ALONE}(?P<number>\b\d{{1,3}}|{WORD})[ -](?P<unit>{any_of(_COUNTED)})s?\b",
        _counted_in_english,
    ),
    (
        rf"{ALONE}(?<!第)(?P<number>\d{{1,3}}|{CHINESE}) ?"
        rf"(?P<unit>{any_of([*_ENGLISH_OF, *_MEASURES])})",
        _counted_in_chinese,
    ),
    (rf"{ALONE}(?<![\w-]){FIGURES}(?!\w|[.,-]\d)", _bare),
    (rf"{ALONE}{CHINESE}{_NOT_A_UNIT}", _bare),
)
