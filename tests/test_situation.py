import pytest

from index.situation import sentences


@pytest.mark.parametrize(
    ("question", "asking"),
    [
        ("I am 71. I rent a flat. Can I claim?", [False, False, True]),
        ("我今年71岁。可以申请吗？", [False, True]),
        ("Can I claim? I am 71.", [True, False]),
        ("Can I claim", [True]),
        ("I rent a flat. I am 71.", [True, True]),
    ],
)
def test_sentences_with_a_question_mark_ask_and_without_any_all_do(
    question: str, asking: list[bool]
) -> None:
    assert [sentence.asks for sentence in sentences(question)] == asking
