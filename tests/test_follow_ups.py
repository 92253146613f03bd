"""A question that follows another: the words of both count, the new ones more."""

from collections.abc import Iterable

import index
from bot.answering import compose
from index import Searcher
from index.records import Rewording

HALF = 0.5  # as the README says


def ask(searcher: Searcher, question: str, earlier: str | None = None) -> list[index.Hit]:
    return searcher.search(searcher.form(question, earlier), 5)


def test_a_follow_up_finds_what_its_own_words_alone_do_not(given_searcher: Searcher) -> None:
    earlier = "How many new energy vehicles were exported?"
    alone = ask(given_searcher, "And compared to the previous year?")
    followed = ask(given_searcher, "And compared to the previous year?", earlier)
    assert followed[0].passage.paragraph == 7
    assert followed[0].score > alone[0].score


def test_the_new_words_weigh_more_than_those_of_the_question_before(
    given_searcher: Searcher,
) -> None:
    query = given_searcher.form("steel and petrochemicals", "exports of steel")
    assert query.weights["steel"] == 1
    assert query.weights["petrochem"] == 1
    assert query.weights["export"] == HALF
    assert [word.text for word in query.words] == ["steel", "petrochemicals", "exports"]
    carried = query.words[-1]
    assert carried.weight == given_searcher.form("exports").words[0].weight * HALF


def test_what_is_missing_is_told_of_the_new_question_alone(given_searcher: Searcher) -> None:
    query = given_searcher.form("And steel?", "What does the weather do?")
    assert query.missing == ()
    assert given_searcher.form("What does the weather do?").missing == ("weather",)


def test_an_answer_names_the_question_that_it_follows(given_searcher: Searcher) -> None:
    query = given_searcher.form("and steel", "exports")
    found = given_searcher.find(query, 2)
    answer = compose("and steel", query, found, given_searcher.state, 0.0, "exports")
    assert answer.earlier == "exports"


def test_at_most_64_terms_are_searched_with_the_earlier_ones() -> None:
    from index.query import MAX_TERMS, following, form

    numbers = [f"w{number}" for number in range(100)]

    class KnowsAll:
        def frequencies(self, terms: Iterable[str]) -> dict[str, int]:
            return dict.fromkeys(terms, 3)

        def wordings(self, _question: str) -> tuple[Rewording, ...]:
            return ()

        def nearest(self, _word: str) -> dict[str, str]:
            return {}

    new, old = (form(" ".join(some), KnowsAll(), 10) for some in (numbers[:60], numbers[50:]))
    both = following(new, old)
    assert len(both.weights) == MAX_TERMS
    assert set(new.weights) <= set(both.weights)
