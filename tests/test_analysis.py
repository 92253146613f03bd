import importlib
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.analysis.simplified import SIMPLIFIED
from index.analysis.words import fold


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("industries industrial industry", ["industri", "industri", "industri"]),
        ("Exported EXPORTS exporting", ["export", "export", "export"]),
        ("How many of them were there, and why?", []),
        ("What is the GDP of China?", ["gdp", "china"]),
        ("China's China’s China‘s", ["china", "china", "china"]),
        ("don't dont DON’T", []),
        ("O'Brien’s children's", ["obrien", "children"]),
        ("baby/children’s", ["babi", "children"]),
        ("“three new products”", ["three", "new", "product"]),
    ],
)
def test_english_words_become_stems_without_question_words(text: str, terms: list[str]) -> None:
    assert analysis.terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("3.8%", ["3.8%", "3.8"]),
        ("３．８％", ["3.8%", "3.8"]),
        ("636,000", ["636000"]),
        ("636000", ["636000"]),
        ("1,234,567.89", ["1234567.89"]),
        ("1,2", ["1", "2"]),
        ("1.5-fold", ["1.5", "fold", "1.5fold"]),
        ("in 2023.", ["2023"]),
        ("Section 4.2.1", ["section", "4.2.1"]),
        ("$1,000 (€5)", ["1000", "5"]),
        ("5G", ["5g"]),
    ],
)
def test_numbers_are_kept_whole(text: str, terms: list[str]) -> None:
    assert analysis.terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("(a) a plan", ["a", "plan"]),
        ("Section 4.2(a)", ["section", "4.2", "a"]),
        ("(i) and（ii）", ["i", "ii"]),
        ("4.2.1 Item (B),", ["4.2.1", "item", "b"]),
        ("the form(s) I (a plan) need", ["form", "s", "plan", "need"]),
        ("第四条", ["第四", "四条", "第", "四", "条", "第四条"]),
        ("本法第十二条", ["本法", "法第", "第十", "十二", "二条", *"本法第十二条", "第十二条"]),
    ],
)
def test_clause_numbers_are_terms(text: str, terms: list[str]) -> None:
    assert analysis.terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("solid-state", ["solid", "state", "solidst"]),
        ("solid state", ["solid", "state"]),
        ("solidstate", ["solidst"]),
        ("high‑quality", ["high", "qualiti", "highqual"]),
        ("state-of-the-art", ["state", "art", "stateoftheart"]),
        ("R&D", ["r", "d", "rd"]),
        ("COVID-19", ["covid", "19", "covid19"]),
        ("growth – recovery", ["growth", "recoveri"]),
        ("U.S. U.S US", ["us", "us", "us"]),
        ("e.g. i.e.", []),
    ],
)
def test_joined_words_are_found_in_every_spelling(text: str, terms: list[str]) -> None:
    assert analysis.terms(text) == terms


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("汽车", ["汽车", "汽", "车"]),
        ("新能源", ["新能", "能源", "新", "能", "源"]),
        ("车", ["车"]),
        ("汽车的出口", ["汽车", "车的", "的出", "出口", "汽", "车", "出", "口"]),
        ("出口了多少辆？", ["出口", "口了", "出", "口", "辆"]),
        ("为什么", []),
        ("的", []),
        ("増える", ["増え", "える", "増", "え", "る"]),
        ("산업", ["산업", "산", "업"]),
    ],
)
def test_cjk_text_becomes_pairs_and_single_characters(text: str, terms: list[str]) -> None:
    assert analysis.terms(text) == terms


def test_scripts_may_be_mixed_in_one_text() -> None:
    assert analysis.terms("2023年GDP增长3.8%，Tao Qing说") == [
        *("2023", "年", "gdp", "增长", "增", "长", "3.8%", "3.8", "tao", "qing", "说"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＧＤＰ", "gdp"),
        ("ﬁnance", "finance"),
        ("cafe\u0301", "café"),
        ("vehi\u00adcles", "vehicles"),
        ("new\u200bborn", "newborn"),
        ("STRASSE", "straße"),
    ],
)
def test_spellings_that_look_alike_are_one_term(one: str, other: str) -> None:
    assert analysis.terms(one) == analysis.terms(other)


def test_a_name_in_capitals_is_not_a_pronoun() -> None:
    assert analysis.terms("exports to the US by WHO and IT") == ["export", "us", "who", "it"]
    assert analysis.terms("who told us about it") == ["told"]


def test_emoji_and_punctuation_have_no_terms() -> None:
    assert analysis.terms("🚗🚗 !!! ... — ‽ 👨‍👩‍👧‍👦") == []


def test_a_token_knows_its_place_in_the_original() -> None:
    text = "ﬁrst　ＧＤＰ３．８％ in solid-state “batteries”，新能源"
    found = {(text[start:end], term) for start, end, term in analysis.tokens(text)}
    assert {("ﬁrst", "first"), ("solid-state", "solidst"), ("state", "state")} <= found
    assert {("batteries", "batteri"), ("能源", "能源"), ("ＧＤＰ３．８％", "gdp3.8%")} <= found


any_text = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "aAéeſßİiﬁ\u0301\u0300.,-'’&%/ 0123456789新能源汽車的了가각ᄀ\u1161か\u3099ﾊﾞ％，"
        ),
    ),
    max_size=60,
)


@given(any_text)
def test_tokens_and_terms_agree(text: str) -> None:
    assert [token.term for token in analysis.tokens(text)] == analysis.terms(text)


@given(any_text, st.sets(st.sampled_from(["a", "i", "e", "新能", "源", "0", "1", "a1", "éa"])))
def test_finding_terms_is_analysing_and_choosing(text: str, wanted: set[str]) -> None:
    chosen = [token for token in analysis.tokens(text) if token.term in wanted]
    assert analysis.find(text, wanted) == chosen


@given(any_text)
def test_tokens_lie_inside_the_text_and_inside_their_chunk(text: str) -> None:
    for start, end, term in analysis.tokens(text):
        assert 0 <= start < end <= len(text)
        assert term
        assert not any(character.isspace() for character in text[start:end])


@given(any_text)
def test_folding_chunk_by_chunk_is_folding_the_whole(text: str) -> None:
    whole = fold(" ".join(text.split()))
    assert " ".join(fold(chunk) for chunk in text.split()) == whole


@given(any_text)
def test_text_in_another_normal_form_has_the_same_terms(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    composed = unicodedata.normalize("NFC", text)
    assert analysis.terms(decomposed) == analysis.terms(composed)


@given(st.lists(any_text, max_size=4))
def test_terms_of_a_text_are_the_terms_of_its_pieces(pieces: list[str]) -> None:
    joined = analysis.terms(" ".join(pieces))
    assert joined == [term for piece in pieces for term in analysis.terms(piece)]


# Text that is folded character by character, without the patterns that other text needs.
han = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1)
typeset = st.text(st.sampled_from("aZé3.-“”‘’–—"), min_size=1)


@given(han | st.text(st.sampled_from("第三十条为什么的後中国"), min_size=1) | typeset)
def test_what_is_folded_at_once_has_the_words_it_has_within_other_text(text: str) -> None:
    marked = f"{text}\uff0c"  # a full-width comma: no word, but folded piece by piece
    assert analysis.words(text) == analysis.words(marked)


# What chunks are made of: those that are folded at once, and some that are not.
LETTERS = "aBcIiTts’‘'ʼ.,-&%()“”12356९１Ａ％éÀßµ的第四条章是什么國与與々〇ぁア・가ﬁ…\u00ad\u0301"


@given(st.lists(st.text(LETTERS, max_size=12), max_size=6))
def test_chunks_have_the_terms_of_their_tokens(chunks: list[str]) -> None:
    for chunk in "".join(chunks).split():
        assert analysis.chunk_terms(chunk) == tuple(t.term for t in analysis.tokens(chunk))


def test_characters_that_are_folded_alone_are_folded_to_one_each() -> None:
    alone = importlib.import_module("index.analysis.words")._EACH_ALONE
    some = [c for c in map(chr, range(0x11000)) if alone.fullmatch(c)]
    assert all(len(fold(c)) == 1 and not unicodedata.combining(c) for c in some)
    assert fold("".join(some)) == "".join(map(fold, some))


def test_simplified_characters_are_all_found_as_chinese() -> None:
    for code, simplified in SIMPLIFIED.items():
        assert re.fullmatch(f"[{analysis.CJK}]", simplified), chr(code)
