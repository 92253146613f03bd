"""Whether a text stands in the documents: as it is, in its wording, altered, or put together."""

import random
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from benchmark import word
from conftest import GIVEN, GIVEN_ID, build_and_open
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import index
from index import QuoteCheck, Searcher, sentence_spans
from index.wording import signs, wording

ENGLISH = "the of and to in a that is for on with as by at from or be this which it"
NOUNS = (
    "ministry steel permit inspector vehicle battery export licence fee factory emission limit"
    " province council standard penalty applicant register hearing budget port railway harvest"
    " subsidy tariff tenant landlord pension nurse school reactor filter boiler turbine quota"
).split()
RARE = [word(rank) for rank in range(600)]
VERBS = "shall may must grants refuses inspects reports publishes pays revokes renews".split()
HAN = (
    "工业和信息化部发布汽车行业稳增长方案支持扩大新能源出口完善充电设施建设提升产品质量"
    "推动企业绿色低碳转型加强安全监管优化营商环境"
)
SEEDS = st.integers(0, 10**9)


FULL_WIDTH = {code: code + 0xFEE0 for code in b"0123456789abcABC"}
CHANGES: list[Callable[[str], str]] = [
    lambda text: text.replace(" ", "  "),
    lambda text: text.replace("，", " ").replace(", ", " "),
    lambda text: text.replace("“", "「").replace("”", "」").replace(" ", "\xa0"),
    lambda text: text.translate(FULL_WIDTH),
    lambda text: text[: len(text) // 2] + "\u200b" + text[len(text) // 2 :],
    lambda text: text.replace(" ", "\t"),
    lambda text: text.replace("(", "").replace(")", ""),
    lambda text: text.replace("第", "第 ").replace("条", "条　"),
    lambda text: text.replace("的", "的，").replace(" the ", ' "the" '),
]


class Passages(tuple[index.Passage, ...]):
    """All passages, in order; Hypothesis shall not spell them out."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{len(self)} passages"


def english(rng: random.Random) -> str:
    sentences = []
    for _ in range(rng.randint(1, 5)):
        words = [
            rng.choice(rng.choice((ENGLISH.split(), NOUNS, VERBS, RARE)))
            for _ in range(rng.randint(6, 18))
        ]
        words += rng.sample(RARE, 2)
        words[rng.randrange(len(words))] += rng.choice((",", ";", " (if any)", ""))
        words.insert(rng.randrange(len(words)), rng.choice(("8.5%", "636,000", "2019-2023", "$5")))
        words.insert(rng.randrange(len(words)), rng.choice(("(a)", "(i)", "a", "I", "co-own", "")))
        sentences.append(" ".join(words).capitalize() + ".")
    return " ".join(sentences)


def chinese(rng: random.Random) -> str:
    sentences = []
    for _ in range(rng.randint(1, 5)):
        characters = [rng.choice(HAN) for _ in range(rng.randint(10, 40))]
        characters.insert(rng.randrange(5, len(characters)), rng.choice(("，", "、", "“绿色”", "")))
        characters.insert(
            rng.randrange(5, len(characters)), rng.choice(("3.8%", "2023年", "的是否", "第四十条"))
        )
        sentences.append("".join(characters) + "。")
    return "".join(sentences)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """The given document, generated ones in two languages, and one long paragraph."""
    folder = tmp_path_factory.mktemp("quoting")
    documents = folder / "documents"
    documents.mkdir()
    (documents / GIVEN.name).write_bytes(GIVEN.read_bytes())
    rng = random.Random(7)
    for number in range(6):
        write = english if number % 2 else chinese
        text = "\n\n".join(write(rng) for _ in range(30))
        (documents / f"part-{number}.txt").write_text(text, encoding="utf-8")
    long = " ".join(english(rng) for _ in range(20))
    (documents / "long.txt").write_text(f"{long}\n\nThe end of it.", encoding="utf-8")
    (documents / "headed.md").write_text(
        "# Guide to Pavilion Permits\n\n## Opening Hours of Kiosks\n\nKiosks open at nine.\n",
        encoding="utf-8",
    )
    return build_and_open(documents, folder / "index")


@pytest.fixture(scope="module")
def passages(searcher: Searcher) -> Passages:
    ids = [document.id for document, _ in searcher.documents()]
    return Passages(p for id_ in ids for p in searcher.passages_of(id_))


def ids(check: QuoteCheck) -> list[str]:
    return [match.passage.id for match in check.matches]


def pick(rng: random.Random, passages: Passages, least: int = 40) -> index.Passage:
    long_ones = [p for p in passages if len(p.text) >= least]
    return long_ones[rng.randint(0, len(long_ones) - 1)]


def pick_sentence(rng: random.Random, passage: index.Passage) -> str:
    spans = sentence_spans(passage.text)
    return passage.text[slice(*spans[rng.randint(0, len(spans) - 1)])]


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_any_stretch_of_a_passage_is_exact(
    searcher: Searcher, passages: Passages, seed: int
) -> None:
    rng = random.Random(seed)
    passage = pick(rng, passages, 5)
    start = rng.randint(0, len(passage.text) - 5)
    end = rng.randint(start + 5, len(passage.text))
    text = passage.text[start:end]
    is_chinese = any(unicodedata.name(c, "").startswith("CJK UNIFIED") for c in text)
    assume(len(text.strip()) >= 5 and (is_chinese or len(text.split()) >= 5))
    check = searcher.check_quote(text)
    assert check.outcome == "exact"
    assert all(match.text == check.text and not match.diff for match in check.matches)
    holding = [p.id for p in passages if check.text in p.text]
    assert ids(check) == holding[:20]


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS)
def test_a_text_with_one_changed_word_is_never_exact(
    searcher: Searcher, passages: Passages, seed: int
) -> None:
    rng = random.Random(seed)
    passage = pick(rng, passages)
    words = passage.text.split()
    assume(len(words) >= 5)
    start = rng.randint(0, len(words) - 5)
    chosen = words[start : rng.randint(start + 5, len(words))]
    place = rng.randint(0, len(chosen) - 1)
    chosen[place] = rng.choice(["zebras", "not", "forty", *NOUNS])
    text = " ".join(chosen)
    assume(not any(signs(text) in signs(p.text) for p in passages))
    check = searcher.check_quote(text)
    assert check.outcome in ("different", "joined", "not_found")
    if check.outcome == "different":
        match = check.matches[0]
        assert "".join(p.text for p in match.diff if p.kind != "added") == check.text
        assert "".join(p.text for p in match.diff if p.kind != "removed") == match.text


@settings(max_examples=300, deadline=None)
@given(seed=SEEDS)
def test_a_text_with_changed_punctuation_only_is_near(
    searcher: Searcher, passages: Passages, seed: int
) -> None:
    rng = random.Random(seed)
    passage = pick(rng, passages)
    sentence = pick_sentence(rng, passage)
    change = rng.choice(CHANGES)
    text = change(sentence)
    assume(signs(text) and not any(text.strip() in p.text for p in passages))
    assume(len(wording(text).words) >= 5)
    check = searcher.check_quote(text)
    assert check.outcome == "near"
    assert passage.id in ids(check)


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_sentences_of_two_passages_are_joined_in_their_order(
    searcher: Searcher, passages: Passages, seed: int
) -> None:
    rng = random.Random(seed)
    chosen = [pick(rng, passages), pick(rng, passages)]
    assume(chosen[0].document.id != chosen[1].document.id)
    sentences = [pick_sentence(rng, p) for p in chosen]
    assume(all(wording(sentence).weight >= 10 for sentence in sentences))
    assume(not sentences[0].startswith("“"))  # an outer quotation mark is left out
    assume(not sentences[1].endswith("”"))
    check = searcher.check_quote(" ".join(sentences))
    assert check.outcome == "joined"
    assert [match.passage.id for match in check.matches] == [p.id for p in chosen]
    assert [match.text for match in check.matches] == sentences
    assert not check.gaps
    assert not check.runs_on


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_words_in_no_order_are_not_found(searcher: Searcher, seed: int) -> None:
    rng = random.Random(seed)
    words = [rng.choice([*NOUNS, "zebra", "banana", "opera", "violin"]) for _ in range(12)]
    assert searcher.check_quote(" ".join(words)).outcome == "not_found"


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=200))
@example(text="\ud800\x00")
@example(text="”")
@example(text="%' OR 1=1 --")
@example(text="-5")
@example(text="的")
@example(text="5" * 3000)
def test_no_text_raises(searcher: Searcher, text: str) -> None:
    assert searcher.check_quote(text).outcome


@pytest.mark.parametrize(
    ("text", "other", "is_near"),
    [
        ("8.5", "85", False),
        ("-5", "5", False),
        ("−5", "-5", True),
        ("5%", "5", False),
        ("５％", "5%", True),
        ("636,000", "636000", True),
        ("“636,000", "636000", True),
        ("1,2", "1.2", False),
        ("1/2", "12", False),
        ("$5", "5", False),
        ("10²", "102", False),
        ("2019–2023", "2019 - 2023", True),
        ("2023, 636,000", "2023 636000", True),
        ("2023: 5", "2023, 5", True),
        ("The", "the", False),
        ("新能源 汽车，", "新能源汽车", True),
        ("cafe\u0301", "café", True),
        ("ﬁne", "fine", True),
        ("a…b", "a b", True),
        ("solid‑state", "solid state", True),
        ("636,0\u200b00", "636,000", True),
        ("Kiosk | 40 | 25", "Kiosk\t40\t25", True),
        ("ﬁve \xad636,\xad000", "five 636000", True),
        ("8\u200b.5", "8.5", True),
        ("8\u200b.5", "85", False),
    ],
)
def test_numbers_keep_their_signs_and_words_lose_their_punctuation(
    text: str, other: str, is_near: bool
) -> None:
    assert (signs(text) == signs(other)) is is_near


@given(text=st.text(max_size=80))
def test_every_sign_of_a_wording_knows_its_place(text: str) -> None:
    made = wording(text)
    assert made.signs == signs(text)
    assert len(made.places) == len(made.signs) + 1
    assert list(made.places) == sorted(made.places)
    for start, end in made.words:
        first, last = made.span(start, end)
        assert signs(text[first:last]).strip("\x01\x02\x03\x04\x05") in made.signs


def test_outer_quotation_marks_are_left_out(given_searcher: Searcher) -> None:
    check = given_searcher.check_quote(" “new energy vehicles exported in the first seven months” ")
    assert (check.outcome, ids(check)) == ("exact", [f"{GIVEN_ID}#7"])


def test_a_changed_number_is_shown_as_a_difference(given_searcher: Searcher) -> None:
    check = given_searcher.check_quote(
        "including 635,000 new energy vehicles exported in the first"
    )
    assert check.outcome == "different"
    pieces = [(piece.kind, piece.text) for piece in check.matches[0].diff]
    assert ("removed", "635,000") in pieces
    assert ("added", "636,000") in pieces


def test_a_word_left_out_without_a_mark_is_a_difference(given_searcher: Searcher) -> None:
    check = given_searcher.check_quote("including 636,000 energy vehicles exported in the first")
    assert check.outcome == "different"
    text = "Exploring the international market is ... of the steady growth plans."
    assert given_searcher.check_quote(text).outcome == "joined"


def test_a_joined_text_is_parted_between_its_sentences(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    pieces = "Kiosks open at nine every day.", "The permit ends in May of each year."
    (documents / "kiosks.txt").write_text(f"{pieces[0]} The fee is five.")
    (documents / "permits.txt").write_text(f"Look here. {pieces[1]}")
    check = build_and_open(documents, tmp_path / "index").check_quote(" ".join(pieces))
    assert check.outcome == "joined"
    assert tuple(match.text for match in check.matches) == pieces


def test_consecutive_paragraphs_run_on(given_searcher: Searcher) -> None:
    five, six = given_searcher.passages_of(f"{GIVEN_ID}#5", 1)[1:]
    check = given_searcher.check_quote(f"{five.text}\n\n{six.text}")
    assert (check.outcome, check.runs_on) == ("joined", True)
    assert [match.text for match in check.matches] == [five.text, six.text]


def test_a_text_over_the_parts_of_one_paragraph_is_exact(searcher: Searcher) -> None:
    first, second = searcher.passages_of("long#1")[:2]
    text = f"{first.text[-120:]} {second.text[:30]}"
    check = searcher.check_quote(text)
    assert (check.outcome, ids(check)) == ("exact", ["long#1.1", "long#1.2"])
    assert searcher.check_quote(text.replace(",", "").replace(" ", "  ")).outcome == "near"


def test_what_stands_in_no_document_is_a_gap(given_searcher: Searcher) -> None:
    four, seven = (
        given_searcher.passages_of(f"{GIVEN_ID}#5")[0],
        given_searcher.passages_of(f"{GIVEN_ID}#7")[0],
    )
    pieces = [p.text[slice(*sentence_spans(p.text)[0])] for p in (four, seven)]
    check = given_searcher.check_quote(f"{pieces[0]} Nobody ever wrote such zebras. {pieces[1]}")
    assert check.outcome == "joined"
    assert [check.text[start:end] for start, end in check.gaps] == ["Nobody ever wrote such zebras"]


def test_a_title_and_a_heading_are_found(searcher: Searcher) -> None:
    title = searcher.check_quote("Guide to Pavilion Permits")
    assert [(m.passage.id, m.part) for m in title.matches] == [("headed#1", "title")]
    heading = searcher.check_quote("Opening-Hours of Kiosks")
    assert heading.outcome == "near"
    assert heading.matches[0].part == "heading"


def test_the_same_passage_in_many_documents_is_cited_in_their_order(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for number in range(40):
        (documents / f"copy-{number:02}.txt").write_text("No vehicle may be left on the bridge.")
    searcher = build_and_open(documents, tmp_path / "index")
    check = searcher.check_quote("vehicle may be left on the bridge")
    assert ids(check) == [f"copy-{number:02}#1" for number in range(20)]


def test_a_document_that_may_not_be_seen_changes_nothing(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "open.txt").write_text("The harbour opens at nine on every working day.")
    before = build_and_open(documents, tmp_path / "before")
    secret = "The harbour closes for the secret landing of submarines in May."
    (documents / "hidden.md").write_text(
        f"---\naudience: [123456789012345678]\n---\n{secret}\n\n"
        "The harbour opens at nine on Mondays."
    )
    after = build_and_open(documents, tmp_path / "after").seen_with(frozenset())
    for text in (
        secret,
        "The harbour opens at ten on Mondays",
        "harbour opens at nine",
        "submarines",
        "for the",
    ):
        expected, found = before.check_quote(text), after.check_quote(text)
        assert found.outcome == expected.outcome
        assert ids(found) == ids(expected)


def test_a_text_of_stop_words_alone_is_found(searcher: Searcher) -> None:
    check = searcher.check_quote("to be done by the")
    assert check.outcome == "not_found"
    given = searcher.passages_of(f"{GIVEN_ID}#7")[0].text
    assert "This will" in given
    assert f"{GIVEN_ID}#7" in ids(searcher.check_quote("This will"))
