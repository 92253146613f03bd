import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.situation import sentences


@pytest.mark.parametrize(
    ("question", "asking"),
    [
        ("I am 71. I rent a flat. Can I claim?", [False, False, True]),
        ("我今年71岁。可以申请吗？", [False, True]),
        ("Can I claim? I am 71.", [True, False]),
        ("Can I claim? I am 71. Can he?", [True, False, True]),
        ("Can I claim", [True]),
        ("I rent a flat. I am 71.", [True, True]),
        ("我租房。我今年71岁。", [True, True]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_with_a_question_mark_ask_and_without_any_all_do(
    question: str, asking: list[bool]
) -> None:
    assert [sentence.asks for sentence in sentences(question)] == asking


def test_a_sentence_knows_its_place_in_the_question() -> None:
    question = "  I am 71.  我租房。可以申请吗？ "
    places = [question[one.start : one.end] for one in sentences(question)]
    assert places == ["I am 71.", "我租房。", "可以申请吗？"]


pieces = st.sampled_from(["I am 71", "可以吗", ".", "?", "？", "。", "!", " ", "\n", "”", "No. 3"])


@given(st.one_of(st.lists(pieces, max_size=12).map("".join), st.text(max_size=60)))
def test_sentences_hold_all_that_is_written_in_order_and_one_asks(question: str) -> None:
    found = sentences(question)
    end, between = 0, ""
    for one in found:
        assert end <= one.start < one.end
        between += question[end : one.start]
        end = one.end
    assert (between + question[end:]).strip() == ""
    assert any(one.asks for one in found) == bool(question.strip())
