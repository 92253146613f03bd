import dataclasses

from conftest import GIVEN
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.counting import TermCounter
from index.records import Document, Passage
from index.vocabulary import vocabulary

DOCUMENT = Document(id="a", path="a.txt", sha256="", title="Work plans, issued 2023")


def passage(text: str, heading: tuple[str, ...] = ()) -> Passage:
    return Passage(DOCUMENT, 1, None, text, heading, None, None, "000000")


def terms_of(counter: TermCounter) -> list[list[str]]:
    numbers, lengths = counter.counted()
    spelled = iter([counter.spellings[number] for number in numbers])
    return [[next(spelled) for _ in range(length)] for length in lengths]


def expected(some: Passage) -> list[str]:
    above = " ".join((some.document.title, *some.heading))
    return analysis.terms(some.text) + analysis.terms(above)


texts = st.text(st.sampled_from("ab Z,.;:'-%&0123 \n。，新能 ") | st.characters(), max_size=40)


@given(st.lists(st.tuples(texts, st.lists(texts, max_size=2)), max_size=5))
def test_counting_gives_the_terms_of_the_analysis(content: list[tuple[str, list[str]]]) -> None:
    passages = [passage(text, tuple(heading)) for text, heading in content]
    counter = TermCounter()
    counter.add(passages)
    assert terms_of(counter) == [expected(some) for some in passages]


def test_nothing_is_lost_when_the_chunks_are_cleared_in_between() -> None:
    passages = [passage(block) for block in GIVEN.read_text().split("\n\n")]
    small = TermCounter(most_chunks=20)
    for some in passages:
        small.add([some])
    assert terms_of(small) == [expected(some) for some in passages]


def test_known_terms_keep_their_numbers() -> None:
    counter = TermCounter(["zinc", "growth"])
    counter.add([dataclasses.replace(passage("steady growth"), document=DOCUMENT)])
    assert counter.spellings[:2] == ["zinc", "growth"]
    assert counter.spellings.count("growth") == 1


@given(st.sets(st.text(st.characters(codec="utf-8"), min_size=1)), st.text())
def test_a_vocabulary_finds_its_terms_and_no_others(terms: set[str], other: str) -> None:
    known = vocabulary(sorted(terms))
    numbers = known.numbers([*terms, other])
    assert set(numbers) == terms | ({other} & terms)
    assert known.terms([numbers[term] for term in terms]) == list(terms)
