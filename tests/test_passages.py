"""Paragraphs to passages and sentences: nothing is lost, nothing is changed."""

import hashlib

import pytest
from conftest import GIVEN, GIVEN_ID
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import folder, readers
from index.passages import PART_LENGTH, SPLIT_ABOVE, digest, split
from index.records import Document, Paragraph, ParsedDocument, Passage
from index.sentences import sentence_spans

DOCUMENT = Document(id="miit/steel", path="miit/Steel.txt", sha256="0" * 64, title="Steel Plan")

ENGLISH = "The ministry shall stabilise the output of steel in 2023. "
CHINESE = "工业和信息化部将稳定钢铁行业的增长。"

# What texts are made of that have been cut wrongly somewhere: points, quotes, odd spaces.
FRAGMENTS = st.one_of(
    st.sampled_from(
        [ENGLISH, CHINESE, "Dr. ", "3.8% ", "U.S. ", "。", "；", "……", "...", "?! ", ".” ", "。”"]
    ),
    st.sampled_from(
        [" ", "  ", "\n", "\n\n", "\t", "\u3000", "\u00a0", "\u2028", "e\u0301", "👩‍🔬"]
    ),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=20),
)
SHORT_TEXTS = st.lists(FRAGMENTS, max_size=30).map("".join)
LONG_TEXTS = (
    st.tuples(st.lists(FRAGMENTS, min_size=1, max_size=15).map("".join), st.integers(1, 12_000))
    .map(lambda unit_and_length: _repeated(*unit_and_length))
    .filter(bool)
)


def _repeated(unit: str, length: int) -> str:
    """Return about as many characters as asked for, as a reader would hand them on."""
    return (unit * (length // len(unit) + 1)).strip()


def passages_of(text: str, *, line: int | None = 1) -> list[Passage]:
    paragraph = Paragraph(number=7, text=text, heading=("Output", "Mills"), page=3, line=line)
    return list(split(ParsedDocument(DOCUMENT, (paragraph,))))


def visible(text: str) -> str:
    return "".join(text.split())


def starts_of(text: str, passages: list[Passage]) -> list[int]:
    """Return where each passage stands, each looked for behind the one before it."""
    starts, end = [], 0
    for passage in passages:
        starts.append(text.index(passage.text, end))
        end = starts[-1] + len(passage.text)
    return starts


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


# Sentences


@pytest.mark.parametrize(
    "expected",
    [
        ["Steel grows.", "Coal falls."],
        ["Does steel grow?", "It does!", "Good."],
        ["Is it so?!", "Yes."],
        ["Steel rose by 3.8% in 2023.", "Coal fell."],
        ["It cost 1,200.50 yuan.", "Nobody paid."],
        ["See www.miit.gov.cn for more.", "Then act."],
        ["Version 1.2.3 applies.", "It is new."],
        ["Dr. Li and Mr. Wang spoke.", "They agreed."],
        ["The U.S. market grew.", "Exports followed."],
        ["See Art. 5 and No. 12 of the law.", "It applies."],
        ["On Sept. 5 the plan was adopted.", "It holds."],
        ["J. K. Smith wrote it.", "All read it."],
        ["Metals, e.g. Copper, are listed.", "Others are not."],
        ["Goods (i.e. Steel) are listed.", "Others are not."],
        ["MIIT et al. agreed.", "The plan holds."],
        ["Inputs, ores etc. are listed.", "Others are not."],
        ["approx. 70% of the output counts.", "The rest does not."],
        ["Steel Co. Ltd. reported.", "Nobody read it."],
        ["He said, “Growth comes first.”", "Then he left."],
        ['He said, "Growth comes first."', "Then he left."],
        ["He said, ‘Growth comes first.’", "Then he left."],
        ["(Steel is listed.)", "Coal is not."],
        ["[Steel is listed.]", "Coal is not."],
        ["Growth slows ...", "Coal falls."],
        ["A last one without a point"],
        ["Steel grows.", "A last one without a point"],
    ],
)
def test_english_sentences_are_told_apart(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize(
    "expected",
    [
        ["钢铁行业增长。", "煤炭行业下降。"],
        ["增长了吗？", "增长了！", "很好。"],
        ["稳定汽车消费；", "扩大出口；", "加强管理。"],
        ["他说：“稳住重点行业。”", "会议结束。"],
        ["他说：「稳住重点行业。」", "会议结束。"],
        ["（一）稳定增长。", "（二）扩大需求。"],
        ["钢铁增长（见附件。）", "煤炭下降。"],
        ["增长3.8%。", "下降1.5%。"],
        ["情况如何？！", "很好。"],
        ["一切顺利……", "会议结束。"],
        ["没有句号"],
    ],
)
def test_chinese_sentences_need_no_space_between_them(expected: list[str]) -> None:
    assert sentences("".join(expected)) == expected


def test_both_languages_may_stand_in_one_text() -> None:
    text = "MIIT acts. 工信部发布方案。The plan (方案) holds. 完成。"
    assert sentences(text) == ["MIIT acts.", "工信部发布方案。", "The plan (方案) holds.", "完成。"]


def test_a_point_before_a_small_letter_does_not_end_a_sentence() -> None:
    assert sentences("The dept. of steel acts. It does.") == [
        "The dept. of steel acts.",
        "It does.",
    ]


def test_a_sentence_may_run_over_a_line_end() -> None:
    assert sentences("Steel\ngrows.\nCoal falls.") == ["Steel\ngrows.", "Coal falls."]


@pytest.mark.parametrize("text", ["", " ", "\n\u3000\t"])
def test_a_text_without_a_visible_character_has_no_sentence(text: str) -> None:
    assert sentence_spans(text) == []


@pytest.mark.parametrize("text", [".", "...", "。。。", "?!", "”"])
def test_a_text_of_marks_alone_is_one_sentence(text: str) -> None:
    assert sentences(text) == [text]


def test_a_quotation_in_the_given_document_is_closed_by_its_sentence() -> None:
    found = sentences(_given_document().paragraphs[2].text)
    assert found[-2].endswith("electronic information manufacturing.”")
    assert found[-1].startswith("He emphasized")


@settings(max_examples=150, deadline=None)
@given(SHORT_TEXTS)
@example("Steel grows.\u3000 Coal”。")
def test_sentences_stand_in_order_with_nothing_but_white_space_between(text: str) -> None:
    at = 0
    for start, end in sentence_spans(text):
        assert text[at:start].strip() == ""
        assert text[start:end] == text[start:end].strip() != ""
        at = end
    assert text[at:].strip() == ""


@settings(max_examples=100, deadline=None)
@given(SHORT_TEXTS)
def test_a_sentence_with_white_space_around_it_has_the_same_sentences(text: str) -> None:
    assert sentences(f"\n {text}\u3000") == sentences(text)


# Passages


def _given_document() -> ParsedDocument:
    ((source,), _) = folder.find([GIVEN], readers.SUFFIXES)
    return readers.read(source, folder.read(source))


def test_each_paragraph_of_the_given_document_is_a_passage_word_for_word() -> None:
    parsed = _given_document()
    passages = list(split(parsed))
    assert [passage.id for passage in passages] == [f"{GIVEN_ID}#{n}" for n in range(1, 11)]
    assert [passage.text for passage in passages] == [p.text for p in parsed.paragraphs]
    whole = GIVEN.read_text(encoding="utf-8")
    assert all(passage.text in whole for passage in passages)


def test_a_document_without_paragraphs_has_no_passages() -> None:
    assert list(split(ParsedDocument(DOCUMENT, ()))) == []


def test_a_passage_carries_all_that_its_citation_needs() -> None:
    (passage,) = passages_of("Steel grows.", line=12)
    assert passage == Passage(
        document=DOCUMENT,
        paragraph=7,
        part=None,
        text="Steel grows.",
        heading=("Output", "Mills"),
        introduction=(),
        page=3,
        line=12,
        digest=hashlib.sha256(b"Steel grows.").hexdigest()[:6],
    )
    assert passage.id == "miit/steel#7"


def test_the_digest_is_over_the_utf_8_of_the_text() -> None:
    assert digest("钢铁") == hashlib.sha256("钢铁".encode()).hexdigest()[:6]


def test_the_digest_tells_a_changed_text() -> None:
    texts = ["Steel grows.", "Steel grows", "steel grows.", "Steel  grows.", "钢铁增长。"]
    assert len({digest(text) for text in texts}) == len(texts)


def test_a_paragraph_of_a_page_stays_whole() -> None:
    text = _repeated(ENGLISH, SPLIT_ABOVE)[:SPLIT_ABOVE].strip()
    (passage,) = passages_of(text)
    assert passage.text == text
    assert passage.part is None


@pytest.mark.parametrize("unit", [ENGLISH, CHINESE, "steel ", "钢铁", "x"])
def test_a_longer_paragraph_is_split_into_numbered_parts(unit: str) -> None:
    passages = passages_of(_repeated(unit, 4 * SPLIT_ABOVE))
    count = len(passages)
    assert count > 1
    assert [passage.id for passage in passages] == [
        f"miit/steel#7.{part}" for part in range(1, count + 1)
    ]


@pytest.mark.parametrize("unit", [ENGLISH, CHINESE, f"“{ENGLISH.strip()}”\n", "One. Two! Three? "])
def test_parts_are_runs_of_whole_sentences(unit: str) -> None:
    text = _repeated(unit, 4 * SPLIT_ABOVE)
    passages = passages_of(text)
    ends = {end for _, end in sentence_spans(text)}
    starts = starts_of(text, passages)
    assert {start + len(p.text) for start, p in zip(starts, passages, strict=True)} <= ends


@pytest.mark.parametrize("unit", [ENGLISH, CHINESE])
def test_parts_come_near_the_length_they_aim_at(unit: str) -> None:
    passages = passages_of(_repeated(unit, 4 * SPLIT_ABOVE))
    longest = len(unit)
    assert all(
        PART_LENGTH - longest <= len(passage.text) <= PART_LENGTH for passage in passages[:-1]
    )


def test_a_sentence_that_is_too_long_is_cut_between_words() -> None:
    text = " ".join(f"article{number}" for number in range(2000))
    words = [word for passage in passages_of(text) for word in passage.text.split()]
    assert words == text.split()


def test_a_long_sentence_that_is_no_page_stays_whole() -> None:
    sentence = "Steel " * 400 + "ends."
    text = f"{_repeated(ENGLISH, PART_LENGTH)} {sentence}"
    assert sentence in [passage.text for passage in passages_of(text)]


def test_paragraphs_are_split_each_on_its_own() -> None:
    long = _repeated(ENGLISH, 2 * PART_LENGTH + SPLIT_ABOVE)
    paragraphs = (Paragraph(1, "First."), Paragraph(2, long), Paragraph(3, "Last."))
    ids = [passage.id for passage in split(ParsedDocument(DOCUMENT, paragraphs))]
    assert ids[:2] == ["miit/steel#1", "miit/steel#2.1"]
    assert ids[-1] == "miit/steel#3"


def test_a_paragraph_without_a_line_gives_parts_without_one() -> None:
    assert {p.line for p in passages_of(_repeated(ENGLISH, 2 * SPLIT_ABOVE), line=None)} == {None}


def test_a_part_names_the_line_on_which_it_starts() -> None:
    lines = [f"Line {number} speaks of steel." for number in range(400)]
    passages = passages_of("\n".join(lines), line=10)
    for passage in passages:
        assert passage.line is not None
        assert lines[passage.line - 10] == passage.text.partition("\n")[0]


@settings(max_examples=60, deadline=None)
@given(LONG_TEXTS)
@example(_repeated("steel  ", 4 * SPLIT_ABOVE))
@example(_repeated("钢铁\t", 4 * SPLIT_ABOVE))
@example("x" * (SPLIT_ABOVE + 1))
def test_passages_stand_in_their_paragraph_word_for_word_and_in_order(text: str) -> None:
    end = 0
    passages = passages_of(text)
    for start, passage in zip(starts_of(text, passages), passages, strict=True):
        assert start >= end
        end = start + len(passage.text)


@settings(max_examples=60, deadline=None)
@given(LONG_TEXTS)
def test_no_visible_character_is_lost_or_said_twice(text: str) -> None:
    assert "".join(visible(passage.text) for passage in passages_of(text)) == visible(text)


@settings(max_examples=60, deadline=None)
@given(LONG_TEXTS)
def test_no_passage_is_empty_or_longer_than_a_page(text: str) -> None:
    assert all(0 < len(passage.text) <= SPLIT_ABOVE for passage in passages_of(text))
    assert all(passage.text.strip() for passage in passages_of(text))


@settings(max_examples=60, deadline=None)
@given(LONG_TEXTS)
def test_ids_are_unique_and_digests_those_of_the_texts(text: str) -> None:
    passages = passages_of(text)
    assert len({passage.id for passage in passages}) == len(passages)
    for passage in passages:
        assert passage.digest == hashlib.sha256(passage.text.encode()).hexdigest()[:6]


@settings(max_examples=30, deadline=None)
@given(LONG_TEXTS)
def test_the_same_paragraph_gives_the_same_passages(text: str) -> None:
    assert passages_of(text) == passages_of(text)


def test_the_number_of_an_item_is_no_sentence() -> None:
    text = "1. First offence: a warning. Second: a fine."
    assert [text[a:b] for a, b in sentence_spans(text)] == [
        "1. First offence: a warning.",
        "Second: a fine.",
    ]
