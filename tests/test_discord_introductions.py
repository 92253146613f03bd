"""On Discord, what leads to an item of a list or a row of a table stands above it, in small."""

import hashlib
from pathlib import Path

import pytest
from discord_markup import nodes, plain_text
from discord_scene import Scene, asked_often, body_of, play, response
from hostile_texts import HOSTILE
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant import LookedUp
from bot.discord_app.answer_cards import Presentation, citation_card, context_card
from bot.discord_app.cards import BODY_UNITS, PLAIN_BODY_UNITS
from bot.discord_app.displaying import shown, units
from bot.discord_app.escaping import WORD_JOINER
from bot.discord_app.texts import texts
from index import Document, Passage

LEAVE = """# Leave

An employee has leave of:

- 5 days after one year;
- 10 days after ten years.

## Fees

| Kind of permit | Fee in crowns |
|---|---|
""" + "\n".join(
    f"| {kind}, of persons who have lived in the district for a year or more"
    f"{' and are members of the association' * 4} | {fee} |"
    for kind, fee in (("Fishing", 120), ("Hunting", 340), ("Boating", 560))
)
DOCUMENT = Document("act", "act.md", "0" * 64, "Act")
OWN_MARKS = {"text", "quote", "code", "subtext", "bold"}


def passage(text: str, *introduction: str, number: int = 1) -> Passage:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:6]
    return Passage(DOCUMENT, number, None, text, ("Fees",), introduction, None, None, digest)


def cited(one: Passage, room: int = BODY_UNITS) -> str:
    return citation_card(one, Presentation(room=room), texts("en"), 1).body


def around(passages: list[Passage], room: int = BODY_UNITS) -> str:
    found = LookedUp((passages[0],), tuple(passages), False, versions=(), superseded_by=())
    return context_card(found, texts("en"), note="", generation=1, most=room).body


def test_rows_and_items_around_a_passage_stand_on_lines_of_their_own() -> None:
    rows = passage("Hour\ttwo\nMonth\tforty")._replace(is_lined=True)
    body = around([rows, passage("be 18\nlive here", number=2)._replace(is_lined=True)])
    assert "> `1` Hour\u2003two\n> Month\u2003forty\n\n`2` be 18\nlive here\n\n" in body
    assert "`1` due in May" in around([passage("due\nin May")])


def test_rows_around_a_passage_fit_the_card() -> None:
    rows = passage("\n".join(["a\tb"] * 1500))._replace(is_lined=True)
    body = around([rows, rows._replace(paragraph=2), rows._replace(paragraph=3)])
    assert units(body) <= BODY_UNITS


def small_print(body: str) -> list[str]:
    return [plain_text(list(node.children)) for node in nodes(body) if node.kind == "subtext"]


def test_the_sentence_before_a_list_stands_above_its_item(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("How many days after ten years?")
        # What was searched besides stands above, for the documents write "10 days" as well.
        told, body = body_of(answer).split("\n", 1)
        assert told == "Searched also for: 10 years (ten years)"
        assert body.startswith("-# An employee has leave of:\n> ")
        assert "10 days after ten years" in body_of(answer).replace("*", "")
        around = response(await scene.asker.click(answer, label="Context"))
        # It stands there itself, as the paragraph before.
        assert body_of(around).count("An employee has leave of:") == 1

    play(asked_often(tmp_path, {"leave.md": LEAVE}), story)


def test_the_heads_of_columns_stand_above_the_row(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        answer = await scene.ask("fee of a hunting permit")
        heads = "-# Kind of permit \\| Fee in crowns\n"
        assert body_of(answer).startswith(f"{heads}> **Hunting, of persons")
        around = response(await scene.asker.click(answer, label="Context"))
        assert body_of(around).count(heads) == 1

    play(asked_often(tmp_path, {"leave.md": LEAVE}), story)


def test_the_cells_of_a_row_stand_apart() -> None:
    body = cited(passage("Hunting\t340", "Kind of permit\tFee in crowns"))
    assert body.startswith("-# Kind of permit\u2003Fee in crowns\n> Hunting\u2003340\n")


@pytest.mark.parametrize("text", [text for _, text in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_hostile_introductions_are_shown_as_plain_text(text: str) -> None:
    hostile = passage("The fee is 120.", text, "Fee", number=2)
    for body in (cited(hostile), around([passage("Other."), hostile])):
        assert {node.kind for node in nodes(body)} <= OWN_MARKS
        first, last = squeezed(shown(text)), small_print(body)[-1]
        said = [squeezed(line.removesuffix("…")) for line in small_print(body)[:-1]]
        assert last == "Fee"
        assert len(said) == bool(first)
        assert all(first.startswith(line) for line in said)


def squeezed(text: str) -> str:
    """Return a text without white space, and without what keeps it from calling somebody."""
    return "".join(text.split()).replace(WORD_JOINER, "")


@given(
    leads=st.lists(st.text(max_size=900) | st.sampled_from(["*" * 800, "汉" * 800]), max_size=30),
    text=st.text(max_size=3000),
    room=st.sampled_from([BODY_UNITS, PLAIN_BODY_UNITS]),
)
def test_introductions_leave_the_quote_its_room(leads: list[str], text: str, room: int) -> None:
    one = passage(text, *leads)
    neighbours = [passage(text, *leads[place:], number=place + 2) for place in range(5)]
    assert units(cited(one, room)) <= room
    assert units(around([one, *neighbours], room)) <= room + 40
    assert sum(units(line) + 4 for line in small_print(cited(one, room))) <= room // 2


def test_what_leads_to_several_neighbours_is_said_once() -> None:
    items = [passage(f"Item {n}.", "All of:", "heads", number=n) for n in range(1, 4)]
    assert small_print(around(items)) == ["All of:", "heads"]
    apart = [items[0], passage("Else.", number=4), items[1]]
    assert small_print(around(apart)) == ["All of:", "heads"] * 2
