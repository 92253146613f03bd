"""The forms in which a number of a question may stand in a text."""

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.numerals import MOST_FORMS, chinese_numeral, chinese_value, variants

# What may be typed (with _ for a space), and what each of them must also be searched as.
EQUAL = """
636,000 636000 63.6万 63.6萬 六十三万六千 六十三萬六千 = 636,000 | 63.6万 | 六十三万六千
636,000 63.6万 ６３６,０００ = 636 thousand
150,000,000 1.5亿 1.5億 一亿五千万 150_million = 150,000,000 | 150 million | 1.5亿 | 一亿五千万
1.5_billion $1.5bn 15亿 十五亿 1,500,000,000 = 1,500,000,000 | 1.5 billion | 15亿 | 十五亿 | 1.5bn
two_million 两百万 2,000,000 200万 = 2,000,000 | 2 million | 200万 | 二百万
6.3万 六点三万 63,000 = 63,000 | 63 thousand | 6.3万 | 六万三千
2.3万亿 二万三千亿 2.3_trillion = 2,300,000,000,000 | 2.3 trillion | 2.3万亿 | 23000亿
8.5% ８．５％ 8.5_percent 8.5_per_cent 百分之八点五 百分之八點五 八点五% = 8.5% | 百分之八点五
8.5% 百分之八点五 = 8.5 percent | 8.5 per cent
ten_percent 10% 百分之十 = 10% | 百分之十
3.8个百分点 3.8個百分點 3.8_percentage_points = 3.8 percentage points | 三点八个百分点
1.5倍 1.5-fold 1.5_times 一点五倍 = 1.5 times | 1.5 fold | 1.5倍 | 一点五倍
两倍 2倍 twofold 2-fold = 2 times | twofold | 两倍
三分之二 two-thirds = two-thirds | 三分之二 | 2/3
2023年9月5日 二〇二三年九月五日 September_5,_2023 2023-09-05 = September 5, 2023 | 2023年9月5日
5_September_2023 Sept._5,_2023 5th_of_September_2023 = September 5, 2023 | 2023年9月5日 | 2023-09-05
9月5日 九月五日 9月5號 September_5 Sept._5th 5_September the_5th_of_Sept = September 5 | 9月5日
9月5日 September_5 = 九月五日 | Sept. 5 | 5 September
2023年9月 2023年9月份 September_2023 Sept._2023 = September 2023 | 2023年9月
7月 七月 7月份 July july = July | 7月 | 七月
in_May by_May = 5月 | 五月
二〇二三年 二零二三年 = 2023年 | 2023
前七个月 前7个月 前7個月 first_seven_months first_7_months = first seven months | 前七个月
1-7月 1—7月 1至7月 一至七月 January-July Jan_to_Jul = first seven months | 前七个月
前七个月 first_seven_months 1月至7月 = January to July | 1-7月 | 1至7月
3-5月 March_to_May = March to May | 3至5月 | 三至五月
30日 30天 thirty_days 30-day 三十天 = 30 days | thirty days | 三十日 | 三十天 | 30天
三个月 3个月 3個月 three_months 3_months = 3 months | three months | 三个月 | 3个月
两年 2年 two_years = 2 years | two years | 两年 | 2年
twenty-five_years 25年 = 25 years | twenty-five years | 二十五年
二十三个 23个 23個 = 二十三个 | 23个
第二十三条 第23条 第二十三條 Article_23 = 第二十三条 | Article 23 | 第23条
六百五十万千瓦 = 6.5 million | 650万
"""
UNCHANGED = """
3 cars|in 2023|1999-2000|2023-24|23|二十三|十|十分重要|千方百计|万一|百度|千万|三亚|三千五|二百五
一个|一种|几十个|数百家|十几个|May I go?|in march|第三|Section 4.2|5千瓦|3千克|1,2345|2012年|十三五
12345678901234567|1234567890123456万|1.2.3|192.168.10.2|COVID-19|5G|H1N1|一一一|三十多|2023-99-99
99月|%|百分之|第条|万亿|½|٣%|tonne||twofer|ſept 5
"""


def others(text: str) -> set[str]:
    return {other for form in variants(text) for other in form.others}


@pytest.mark.parametrize("line", EQUAL.strip().splitlines())
def test_each_form_of_a_number_finds_the_others(line: str) -> None:
    typed, _, wanted = line.partition(" = ")
    for text in (piece.replace("_", " ") for piece in typed.split()):
        missing = {form for form in wanted.split(" | ") if form.lower() not in text.lower()}
        assert missing <= others(text), text
        assert missing <= others(f"How many, {text}, were there?"), text
        assert missing <= others(f"今年“{text}”吗？"), text


@pytest.mark.parametrize("text", UNCHANGED.replace("\n", "|").split("|"))
def test_what_is_no_number_or_too_small_has_no_other_form(text: str) -> None:
    assert variants(text) == []


def test_the_place_of_a_number_is_that_in_the_question() -> None:
    question = "２０２３年出口63.6萬輛，增長８．５％ in the first seven months?"
    found = [question[form.start : form.end] for form in variants(question)]
    assert found == ["63.6萬", "８．５％", "first seven months"]


def test_the_likeliest_form_comes_first() -> None:
    assert [form.others[0] for form in variants("63.6万, 百分之八点五; 9月5日")] == [
        *("636,000", "8.5%", "September 5"),
    ]


def test_a_form_has_terms_that_the_text_has() -> None:
    text = set(
        analysis.terms("Exports rose 1.5-fold to £1.5bn, by 8.5 per cent, from Sept. 5th on.")
    )
    for question in ("1.5倍", "15亿", "百分之八点五", "9月5日"):
        (form,) = variants(question)
        assert any(text.issuperset(analysis.terms(other)) for other in form.others), question


@given(st.integers(min_value=0, max_value=10**16 - 1))
def test_a_numeral_read_back_is_the_number(number: int) -> None:
    assert chinese_value(chinese_numeral(number)) == number


@pytest.mark.parametrize(
    ("number", "numeral"),
    [
        (0, "零"),
        (10, "十"),
        (15, "十五"),
        (110, "一百一十"),
        (1001, "一千零一"),
        (1010, "一千零一十"),
        (10_010, "一万零一十"),
        (100_000, "十万"),
        (636_000, "六十三万六千"),
        (105_000_000, "一亿零五百万"),
        (100_000_001, "一亿零一"),
        (2_300_000_000_000, "二万三千亿"),
    ],
)
def test_numerals_are_spelled_as_people_do(number: int, numeral: str) -> None:
    assert chinese_numeral(number) == numeral


@pytest.mark.parametrize("text", ["", "点五", "三点", "二〇二三", "三千五", "千百", "万", "一十十"])
def test_what_nobody_would_spell_so_is_no_numeral(text: str) -> None:
    assert chinese_value(text) is None


def test_numerals_may_have_other_characters_for_two_and_zero() -> None:
    assert chinese_value("两千〇二点零五") == Decimal("2002.05")
    assert chinese_value("一十五") == 15


pieces = st.sampled_from(
    "1 23 636,000 1.5 . , - % 点 點 万 萬 亿 千 十 百分之 分之 月 日 年 个月 個 第 条 倍 前 至 "
    "May June first two twenty-five million bn fold days percent Article to １ ％ ① ٣ ² ſ _".split()
)


def spaced(some: list[str]) -> str:
    return "".join(some).replace("_", " ")


@given(st.one_of(st.lists(pieces, max_size=12).map(spaced), st.text(max_size=40)))
def test_any_text_may_be_asked_for_its_numbers(text: str) -> None:
    found = variants(text)
    assert found == sorted(found)
    end = 0
    for form in found:
        assert end <= form.start < form.end <= len(text)
        end = form.end
        assert 1 <= len(form.others) <= MOST_FORMS
        assert len(set(form.others)) == len(form.others)
        assert text[form.start : form.end].lower() not in map(str.lower, form.others)
        assert all(analysis.terms(other) for other in form.others)


@pytest.mark.parametrize(
    "piece",
    [
        *("1", "1,", "636,000 ", "1.5", "1-7", "2023-09-05", "9月5日", "May ", "twenty-", "first "),
        *("million ", "5 ", "一万", "十", "二〇", "第一", "百分之", "三分之", "％", "½", "1至"),
    ],
)
def test_time_grows_with_the_question_alone(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    started = time.process_time()
    variants(text)
    variants(text + "万亿 percent")
    assert time.process_time() - started < 3  # measured: 0.9 at most
