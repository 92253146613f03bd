"""Texts that want to be more than text: in documents, questions and names, on every way out."""

import json
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import discord
import pytest
from conftest import GIVEN
from discord_markup import nodes, plain_text
from discord_scene import (
    Scene,
    Shows,
    asked_often,
    body_of,
    buttons_of,
    play,
    response,
    shown_of,
    units,
)
from hostile_texts import HOSTILE
from simcord.results import ResponseMessage

from bot.discord_app.displaying import shown
from bot.discord_app.texts import texts

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
NOT_IN_NAMES = re.compile("[/\x00]")
EMBEDS = pytest.mark.parametrize("has_embeds", [True, False])
MOST_NODES = 3000  # units of a passage that a message takes whole


def storable(text: str) -> str:
    """Return a text as a document can hold it; files with controls are refused as a whole."""
    kept = "".join(one for one in text if one in "\t\n" or unicodedata.category(one) != "Cc")
    return kept.encode("utf-8", "replace").decode()


def in_yaml(text: str) -> str:
    """Return a text as a value of YAML on one line, without what YAML does not take."""
    return json.dumps(
        storable(text).replace("\ufffe", "").replace("\uffff", ""), ensure_ascii=False
    )


def as_line(text: str) -> str:
    """Return a text as it is read: without what is not shown, white space as one space."""
    return " ".join(shown(text).split())


def read_line(message: str) -> str:
    """Return what a client shows of a message, as one line."""
    return as_line(plain_text(nodes(message)))


def quoted_in(message: Shows) -> str:
    body = message.content or body_of(message)
    quotes = [node for node in nodes(body) if node.kind == "quote"]
    return as_line("".join(plain_text(list(quote.children)) for quote in quotes))


def with_hostile_documents(project: Path) -> Path:
    """Add documents with every text at every place where one can stand."""
    shelf = project / "data" / "documents"
    for number, (_, raw) in enumerate(HOSTILE):
        text = storable(raw)
        body = f"Steel policy {number} begins. {text} Here steel policy {number} ends.\n"
        (shelf / f"body-{number}.txt").write_bytes(body.encode())
        heading = " ".join(text.split())[:300]
        head = (
            f"---\ntitle: {in_yaml(text[:250])}\npublisher: {in_yaml(text[:250])}\n"
            f"url: {in_yaml(text[:200])}\n---\n\n# {heading}\n\nChemicals policy.\n\n{text}\n"
        )
        (shelf / f"head-{number}.md").write_bytes(head.encode())
        name = NOT_IN_NAMES.sub("", text).encode()[:200].decode(errors="ignore")
        (shelf / f"n{number} {name}.txt").write_bytes(f"Petroleum policy {number}.\n".encode())
    return project


async def press_all(
    scene: Scene, answer: ResponseMessage, labels: Sequence[str]
) -> list[ResponseMessage]:
    """Press those buttons of an answer that can be pressed, and return what they showed."""
    found = []
    for label in labels:
        button = buttons_of(answer).get(label)
        if button is not None and not button.get("disabled"):
            found.append(response(await scene.asker.click(answer, label=label)))
    return found


@EMBEDS
def test_hostile_documents_are_shown_as_plain_text_on_every_way(
    tmp_path: Path, has_embeds: bool
) -> None:
    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        page = response(await scene.asker.slash(scene.channel, "sources"))
        for number, (name, _) in enumerate(HOSTILE):
            await press_all(scene, page, ["Next"])
            for source in (f"body-{number}", f"head-{number}"):
                answer = await scene.ask("policy begins", source=source, private=True)
                assert source in shown_of(answer), name
                labels = ("Closest passages", "Context", "Why", "Share")
                assert await press_all(scene, answer, labels), (name, shown_of(answer))
            petroleum = await scene.ask(f"petroleum policy {number}", private=True)
            await press_all(scene, petroleum, ["Closest passages"])
        assert len(list(scene.sent())) > 6 * len(HOSTILE)

    play(with_hostile_documents(asked_often(tmp_path)), story)


def test_hostile_passages_are_quoted_word_for_word(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for number, (name, _) in enumerate(HOSTILE):
            answer = response(await scene.asker.slash(scene.channel, "cite", id=f"body-{number}#1"))
            found = await scene.desk.look_up(f"body-{number}#1")
            assert found is not None
            is_shown, stands = quoted_in(answer), as_line(found.named[0].text)
            assert is_shown.removesuffix("…").rstrip() in stands, name
            assert is_shown == stands or units(stands) > MOST_NODES or len(is_shown) > 1500, name

    play(with_hostile_documents(asked_often(tmp_path)), story)


@EMBEDS
def test_hostile_passages_are_shown_as_plain_text_where_a_quote_differs(
    tmp_path: Path, has_embeds: bool
) -> None:
    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        for number, (name, raw) in enumerate(HOSTILE):
            middle = storable(raw)[:800]
            text = f"Steel policy {number} begins. {middle} Here iron policy {number} ends."
            said = response(await scene.asker.slash(scene.channel, "quote", text=text))
            # The scene reads every message as a client does and lets no mark but ours through.
            assert shown_of(said), name

    play(with_hostile_documents(asked_often(tmp_path)), story)


def test_hostile_words_are_offered_within_the_limits_of_a_choice(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        for _, text in (("nothing", ""), ("a word", "policy"), *HOSTILE):
            typed = storable(text)[:100]
            for option in ("question", "source"):
                choices = await scene.asker.autocomplete(scene.channel, "ask", option, typed)
                assert len(choices) <= 25
                assert all(0 < units(choice["name"]) <= 100 for choice in choices)
                assert all(0 < units(choice["value"]) <= 100 for choice in choices)

    play(with_hostile_documents(asked_often(tmp_path)), story)


@EMBEDS
def test_hostile_questions_are_shown_as_plain_text_and_can_be_read_back(
    tmp_path: Path, has_embeds: bool
) -> None:
    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        for name, raw in HOSTILE:
            text = raw[:5000].encode("utf-8", "replace").decode()
            await scene.ask(text)
            await scene.asker.send(scene.channel, f"{scene.mention} {text[:1900]}")
            asked = f"growth of steel {text}"
            answer = await scene.ask(asked, private=True)
            if has_embeds:
                title = read_line(answer.embeds[0].title or "")
                asked = CONTROLS.sub(" ", asked)
                assert as_line(asked).startswith(title.removesuffix("…").rstrip()), name
            elif units(answer.content.split("\n")[0]) > 200:
                continue
            for pressed in await press_all(scene, answer, ["Closest passages", "Next", "Why"]):
                assert "can no longer be read" not in shown_of(pressed), name

    play(asked_often(tmp_path), story)


def test_hostile_options_are_repeated_as_plain_text(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.deny("embed_links")
        for name, text in HOSTILE:
            option = text[:500].encode("utf-8", "replace").decode()
            attached = (f"{option}.txt", b"A policy.")
            for refused in (
                await scene.ask(source=option),
                response(await scene.asker.slash(scene.channel, "cite", id=option)),
                response(await scene.asker.slash(scene.channel, "quote", text=option)),
                response(await scene.moderator.slash(scene.channel, "remove", source=option)),
                response(await scene.moderator.slash(scene.channel, "add", file=attached)),
            ):
                assert shown_of(refused), name
                assert "\u202e" not in shown_of(refused)

    play(asked_often(tmp_path), story)


@EMBEDS
def test_hostile_names_of_people_are_shown_as_plain_text(tmp_path: Path, has_embeds: bool) -> None:
    async def story(scene: Scene) -> None:
        if not has_embeds:
            scene.deny("embed_links")
        for number, (_, text) in enumerate(HOSTILE):
            name = as_line(text[:32].encode("utf-8", "replace").decode()) or "x"
            user = scene.env.create_user(f"hostile-{number}", global_name=name)
            person = scene.guild.add_member(user, nick=name)
            answer = await scene.ask(by=person, private=True)
            await person.click(answer, label="Share")
            posted = scene.channel.history(viewer=scene.other)[-1]
            said = read_line(posted.content) if posted.content else footer_of(posted)
            assert as_line(f"Shared by {name}") in as_line(said)

    play(asked_often(tmp_path), story)


@pytest.mark.parametrize("name", ["spoilers", "headings", "controls", "out of a fence", "zalgo"])
def test_a_hostile_file_is_shown_as_plain_text_before_it_is_added(
    tmp_path: Path, name: str
) -> None:
    text = storable(dict(HOSTILE)[name])
    content = f"---\ntitle: {in_yaml(text[:300])}\n---\n\n# Act\n\nA policy. {text}\n"

    async def story(scene: Scene) -> None:
        attached = ("policy.md", content.encode())
        preview = response(await scene.moderator.slash(scene.channel, "add", file=attached))
        assert "Add it" in buttons_of(preview), shown_of(preview)
        await scene.moderator.click(preview, label="Add it")
        question = await scene.moderator.slash(scene.channel, "remove", source="policy")
        assert "Remove it" in buttons_of(response(question))

    play(asked_often(tmp_path), story)


def test_hostile_words_that_were_asked_in_vain_are_listed_as_plain_text(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        scene.deny("embed_links")
        for number, (_, text) in enumerate(HOSTILE):
            words = storable(text)[:300].split() or ["nothing"]
            scene.desk.ledger.note_unanswered(words, outcome="not_found", person=number)
            listed = response(await scene.moderator.slash(scene.channel, "unanswered"))
            assert "×" in shown_of(listed)
            scene.desk.ledger.forget(number)

    play(asked_often(tmp_path), story)


def test_metadata_with_half_characters_do_not_stop_the_index(tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        assert "Steel grows" in body_of(await scene.ask("steel"))

    half = '---\ntitle: "A \\ud83c plan"\n---\n\nIron shrinks.\n'
    play(asked_often(tmp_path, {"steel.txt": "Steel grows.", "half.md": half}), story)


def footer_of(message: discord.Message) -> str:
    return message.embeds[0].footer.text or ""


def test_the_address_of_a_document_is_the_only_link(tmp_path: Path) -> None:
    address = "https://example.org/act?a=1&b=2#c"
    text = f"---\nurl: {address}\n---\n\n# Act\n\nSee https://evil.example and www.evil.example.\n"

    async def story(scene: Scene) -> None:
        scene.addresses = [address]
        answer = await scene.ask("What to see at evil.example?")
        links = [node.text for node in nodes(body_of(answer)) if node.kind == "link"]
        deep = [child.text for node in nodes(body_of(answer)) for child in node.children]
        assert (links + deep).count(address) == 1

    play(asked_often(tmp_path, {"act.md": text}), story)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "https://miit.gov.cn@evil.example/",
        "https://evil.example/) [x](y",
        "http://例え.テスト/",
        "https://evil.example/\u202e",
        "https://" + "a" * 200 + ".example/",
        "<https://evil.example>",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_hides_something_is_left_out_or_spelled_out(
    tmp_path: Path, address: str
) -> None:
    async def story(scene: Scene) -> None:
        scene.addresses = ["http://xn--r8jz45g.xn--zckzah/"]
        answer = await scene.ask("steel policy")
        assert address not in shown_of(answer)
        assert "@evil" not in shown_of(answer)

    text = f"---\ntitle: Act\nurl: {in_yaml(address)}\n---\n\nThe steel policy.\n"
    play(asked_often(tmp_path, {"act.md": text}), story)


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_hostile_texts_stay_plain_in_every_language(tmp_path: Path, language: str) -> None:
    worst = "".join(storable(text[:60]) for _, text in HOSTILE)
    text = f"Steel policy begins. {' '.join(worst.split())}\n"
    project = asked_often(tmp_path, {"body.txt": text})

    async def story(scene: Scene) -> None:
        scene.locale = language
        say = texts(language).say
        answer = await scene.ask("steel policy begins", private=True)
        for key in ("context", "why", "share"):
            await scene.asker.click(answer, label=say(f"button.{key}"))
        assert say("answer.shared_by", name="asker") in shown_of(
            scene.channel.history(viewer=scene.other)[-1]
        )

    play(project, story)


@pytest.mark.parametrize("has_embeds", [True, False])
def test_the_longest_of_everything_keeps_within_all_limits(
    tmp_path: Path, has_embeds: bool
) -> None:
    path = f"{'工业/' * 30}{'长' * 80}/{'*_' * 100}.md"
    long = "新能源汽车出口增长方案，" * 60
    text = (
        f"---\ntitle: {in_yaml(long)}\npublisher: {in_yaml('*_~`|' * 100)}\ndate: 2023-09-06\n"
        f"url: https://example.org/{'a' * 470}\n---\n\n# {long}\n\n## {long}\n\n### {long}\n\n"
        f"{'新能源汽车出口增长目标' * 360}\n\n{'**增长** ' * 600}\n"
    )

    async def story(scene: Scene) -> None:
        scene.addresses = [f"https://example.org/{'a' * 470}"]
        if not has_embeds:
            scene.deny("embed_links")
        labels = ("Closest passages", "Context", "Why", "Helpful", "Next", "Share")
        for question in ("新能源汽车出口", "*" * 600 + " 新能源汽车出口 " + "*" * 5000):
            answer = await scene.ask(question, private=True)
            assert await press_all(scene, answer, labels)
            assert "Shared by" in shown_of(scene.channel.history(viewer=scene.other)[-1])
        await scene.asker.slash(scene.channel, "sources")
        given = await scene.ask("How many new energy vehicles were exported?")
        assert given.embeds or given.content

    documents = {GIVEN.name: GIVEN.read_text(encoding="utf-8"), path: text}
    play(asked_often(tmp_path, documents), story)
