from conftest import GIVEN
from hypothesis import given
from hypothesis import strategies as st

from index import analysis
from index.chunks import ChunkNumberer, ChunkTable, PassageChunks
from index.counting import TermCounter
from index.records import Document, Passage
from index.vocabulary import vocabulary

DOCUMENT = Document(id="a", path="a.txt", sha256="", title="Work plans, issued 2023")


def passage(text: str, heading: tuple[str, ...] = ()) -> Passage:
    return Passage(DOCUMENT, 1, None, text, heading, (), None, None, "000000")


def terms_of(counter: TermCounter) -> list[list[str]]:
    """Return the terms of each passage, in the order of their numbers."""
    counted = counter.counted()
    spelled = iter([counter.spellings[number] for number in counted.terms])
    each = [[next(spelled) for _ in range(length)] for length in counted.lengths]
    return [terms for _, terms in sorted(zip(counted.numbers.tolist(), each, strict=True))]


def numbered(passages: list[Passage], numberer: ChunkNumberer, table: ChunkTable) -> PassageChunks:
    """Number a document's passages as the process that read it does."""
    some = numberer.number(passages)
    table = ChunkTable() if some.is_anew else table
    table.add(some)
    return PassageChunks(table, some.flat, some.lengths, some.kinds)


def expected(some: Passage) -> list[str]:
    above = " ".join((some.document.title, *some.heading))
    return analysis.terms(some.text) + analysis.terms(above)


texts = st.text(st.sampled_from("ab Z,.;:'-%&0123 \n。，新能 ") | st.characters(), max_size=40)


@given(st.lists(st.tuples(texts, st.lists(texts, max_size=2)), max_size=5))
def test_counting_gives_the_terms_of_the_analysis(content: list[tuple[str, list[str]]]) -> None:
    passages = [passage(text, tuple(heading)) for text, heading in content]
    counter = TermCounter()
    counter.add(passages, range(len(passages)))
    assert terms_of(counter) == [expected(some) for some in passages]


@given(st.lists(st.tuples(texts, st.integers(0, 2)), max_size=8))
def test_it_does_not_matter_who_numbered_which_chunks(content: list[tuple[str, int]]) -> None:
    passages = [passage(text) for text, _ in content]
    who = [(ChunkNumberer(most_chunks=3), [ChunkTable()]) for _ in range(3)]
    counter = TermCounter()
    for number, (some, (_, reader)) in enumerate(zip(passages, content, strict=True)):
        numberer, tables = who[reader]
        chunks = numbered([some], numberer, tables[-1])
        tables.append(chunks.table)
        counter.add_chunks(chunks, range(number, number + 1))
    assert terms_of(counter) == [expected(some) for some in passages]


def test_nothing_is_lost_when_the_chunks_are_cleared_in_between() -> None:
    passages = [passage(block) for block in GIVEN.read_text().split("\n\n")]
    numberer, table, counter = ChunkNumberer(most_chunks=20), ChunkTable(), TermCounter()
    for number, some in enumerate(passages):
        chunks = numbered([some], numberer, table)
        table = chunks.table
        counter.add_chunks(chunks, range(number, number + 1))
    assert terms_of(counter) == [expected(some) for some in passages]


def test_known_terms_keep_their_numbers() -> None:
    counter = TermCounter(["zinc", "growth"])
    counter.add([passage("steady growth")], range(1))
    assert counter.spellings[:2] == ["zinc", "growth"]
    assert counter.spellings.count("growth") == 1


@given(st.sets(st.text(st.characters(codec="utf-8"), min_size=1)), st.text())
def test_a_vocabulary_finds_its_terms_and_no_others(terms: set[str], other: str) -> None:
    known = vocabulary(sorted(terms))
    numbers = known.numbers([*terms, other])
    assert set(numbers) == terms | ({other} & terms)
    assert known.terms([numbers[term] for term in terms]) == list(terms)


@given(st.lists(texts))
def test_many_chunks_have_the_terms_of_each(some: list[str]) -> None:
    chunks = [chunk for text in some for chunk in text.split()]
    terms, sizes = analysis.terms_of_chunks(chunks)
    assert terms == [term for chunk in chunks for term in analysis.chunk_terms(chunk)]
    assert sizes == [len(analysis.chunk_terms(chunk)) for chunk in chunks]
