"""Traditional and simplified characters: one text for search, whichever was typed."""

import unicodedata
from pathlib import Path

import pytest
from conftest import build_and_open
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.analysis.simplified import SIMPLIFIED
from index.analysis.words import fold


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("新能源汽車出口", "新能源汽车出口"),
        ("國家發展和改革委員會", "国家发展和改革委员会"),
        ("為什麼產業鏈會斷裂？", "为什么产业链会断裂？"),
        ("為甚麼要徵求意見", "为什么要征求意见"),
        ("有沒有補貼", "有没有补贴"),
        ("可不可以申請？", "可不可以申请？"),
        ("隨著經濟發展", "随着经济发展"),
        ("瞭解委託的內容", "了解委托的内容"),
        ("幾個著名的企業", "几个著名的企业"),
        ("第十二條", "第十二条"),
        ("GDP增長3.8％", "GDP增长3.8%"),
        ("國（\uf907）", "国（龟）"),  # a compatibility ideograph of 龜
    ],
)
def test_both_scripts_have_the_same_terms(traditional: str, simplified: str) -> None:
    assert analysis.terms(traditional) == analysis.terms(simplified)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("新能源汽车出口增长。", "新能源汽車出口增長了多少？"),
        ("新能源汽車出口增長。", "新能源汽车出口增长了多少？"),
    ],
)
def test_a_question_finds_the_text_in_the_other_script(
    tmp_path: Path, text: str, question: str
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(f"钢铁产量下降。\n\n{text}\n", encoding="utf-8")
    searcher = build_and_open(tmp_path / "docs", tmp_path / "index")
    (hit, *_) = searcher.search(searcher.form(question), 3)
    assert (hit.passage.paragraph, hit.passage.text) == (2, text)  # shown as it is written


def test_a_term_of_traditional_text_knows_its_place() -> None:
    text = "ﬁrst 新能源汽車"
    assert ("汽車", "汽车") in {(text[s:e], term) for s, e, term in analysis.tokens(text)}
    assert analysis.find("進出口", analysis.terms("进口")) == [(0, 1, "进"), (2, 3, "口")]


def test_function_characters_are_known_in_both_scripts() -> None:
    others = {chr(code): plain for code, plain in SIMPLIFIED.items()}
    for character, plain in others.items():
        is_function = plain in analysis.CJK_STOP_CHARACTERS
        assert (character in analysis.CJK_STOP_CHARACTERS) == is_function
    assert set("的了與為這個麼誰們") - {"們"} <= analysis.CJK_STOP_CHARACTERS


def test_every_character_becomes_one_that_stays() -> None:
    assert all(len(plain) == 1 for plain in SIMPLIFIED.values())
    assert not {ord(plain) for plain in SIMPLIFIED.values()} & set(SIMPLIFIED)
    assert all(unicodedata.normalize("NFKC", chr(code)) == chr(code) for code in SIMPLIFIED)


characters = st.sampled_from([*map(chr, SIMPLIFIED), *"的了汽车 ，ａ\u0301\uf907か\u3099"])


@given(st.text(characters))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert analysis.terms(text) == analysis.terms(fold(text))


def test_the_table_is_that_of_opencc() -> None:
    pytest.importorskip("opencc", reason="the extra `measure` is not installed")
    from make_simplified import pairs

    theirs = set(pairs())
    ours = {(chr(code), plain) for code, plain in SIMPLIFIED.items()}
    assert sorted(ours - theirs) == []
    # Another release of OpenCC may know a few characters more.
    assert len(theirs - ours) <= len(SIMPLIFIED) // 100, sorted(theirs - ours)
