"""A question from Discord to the card of its answer, whichever way it was asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.discord_app import access
from bot.discord_app.answer_cards import (
    Presentation,
    answer_card,
    citation_card,
    fitting_question,
)
from bot.discord_app.cards import BODY_UNITS, QUESTION_UNITS, TITLE_UNITS
from bot.discord_app.displaying import shown
from bot.discord_app.fitting import shortened
from bot.discord_app.quoting import quote_card
from bot.discord_app.replying import GateClosed, Interaction, Reply, pass_gate

if TYPE_CHECKING:
    from bot.discord_app.desk import Desk, Found
    from bot.discord_app.sights import Badges
    from bot.discord_app.texts import Texts
    from index import Document

_CITED = re.compile(r"[\s\[`]*(?P<id>.*?)(?:\s+(?P<digest>[0-9a-fA-F]{6}))?[\s\]`]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the documents."""

    text: str  # as much of it as a card can show, so that it can be read back and asked again
    was_longer: bool
    earlier: str | None = None
    source: Document | None = None  # the only one that is searched


def question_from(
    text: str, room: int, *, earlier: str | None = None, source: Document | None = None
) -> Question:
    """Return a question as it will be asked and shown on a card with so much room for its body.

    Raises GateClosed when it is empty.
    """
    whole = " ".join(text.split())
    # A message without embed has no field for a question too long for a title.
    fitting = fitting_question(whole, QUESTION_UNITS if room == BODY_UNITS else TITLE_UNITS)
    if not shown(fitting).strip():
        raise GateClosed("refused.no_text")
    return Question(
        text=fitting,
        was_longer=len(fitting) < len(whole),
        earlier=fitting_question(earlier, TITLE_UNITS) if earlier else None,
        source=source,
    )


async def answer(desk: Desk, question: Question, badges: Badges) -> Found:
    """Search for a question in what may be seen. Raises TooBusy and QuestionRefused."""
    source = question.source.id if question.source else None
    return await desk.ask(question.text, badges=badges, source=source, earlier=question.earlier)


def note_of(question: Question, texts: Texts) -> str:
    """Return what must be said of a question that was cut."""
    return texts.say("answer.only_part") if question.was_longer else ""


async def ask(reply: Reply, interaction: Interaction, text: str, source: str | None) -> None:
    """Answer a command that asks."""
    desk = interaction.client.desk
    pass_gate(interaction)
    if not text.strip():
        raise GateClosed("refused.empty", example=reply.texts.say("refused.example"))
    document = await _source(reply, desk, source) if source else None
    question = question_from(text, reply.room, source=document)
    found = await reply.when_ready(answer(desk, question, reply.badges))
    how = Presentation(
        asker=interaction.user.id,
        is_private=reply.private,
        may_share=reply.private and access.may_share(desk.settings.discord, interaction),
        source=document,
        note=note_of(question, reply.texts),
        room=reply.room,
    )
    await reply.send(answer_card(found.answer, how, reply.texts, found.spelled))
    if document is None:  # another may have the answer
        await desk.note_unanswered(found.answer, interaction.user.id)


async def _source(reply: Reply, desk: Desk, source: str) -> Document:
    """Return the document that an id names, or its title, if no other has it."""
    typed = " ".join(source.split())
    sight = await reply.when_ready(desk.sight(reply.badges))
    named = [id_ for title, _, id_ in sight.suggestions.sources if title == typed.lower()]
    for id_ in (typed, *(named if len(named) == 1 else ())):
        document = await reply.when_ready(desk.document(id_, reply.badges))
        if document is not None:
            return document
    raise GateClosed("refused.unknown_source", source=shortened(source, 200))


async def cite(reply: Reply, interaction: Interaction, id_: str) -> None:
    """Show the passage that an id names."""
    desk, texts = interaction.client.desk, reply.texts
    pass_gate(interaction)
    parsed = _CITED.fullmatch(id_)
    assert parsed is not None, "the pattern takes any text"
    asked, digest = "#".join(map(str.strip, parsed["id"].split("#"))), parsed["digest"]
    found = await reply.when_ready(desk.look_up(asked.lower(), badges=reply.badges))
    if found is None:
        await reply.refuse_with(await _unknown(reply, desk, asked))
        return
    passage = found.named[0]
    note = ""
    if digest and digest.lower() != passage.digest:
        note = texts.say("changed.text", before=digest, now=passage.digest)
    elif found.is_document:
        paragraphs = found.named[-1].paragraph
        title = shortened(passage.document.title, 200)
        note = texts.say("cite.whole", title=title, paragraphs=paragraphs)
    how = Presentation(
        asker=interaction.user.id,
        is_private=reply.private,
        may_share=reply.private and access.may_share(desk.settings.discord, interaction),
        note=note,
        room=reply.room,
    )
    await reply.send(citation_card(passage, how, texts, desk.state.generation))


async def quote(reply: Reply, interaction: Interaction, text: str) -> None:
    """Say whether a text stands in the documents."""
    pass_gate(interaction)
    if not text.strip():
        raise GateClosed("refused.no_text")
    check = await reply.when_ready(interaction.client.desk.check_quote(text, reply.badges))
    await reply.send(quote_card(check, reply.texts, reply.room))


async def _unknown(reply: Reply, desk: Desk, asked: str) -> str:
    """Return what to say of an id that names nothing."""
    texts = reply.texts
    name, hash_sign, _ = asked.partition("#")
    document = None
    if hash_sign:
        document = await reply.when_ready(desk.look_up(name.lower(), badges=reply.badges))
    text = texts.say("cite.unknown", id=shortened(asked, 200))
    if document is not None:
        title = shortened(document.named[0].document.title, 200)
        paragraphs = document.named[-1].paragraph
        return text + "\n" + texts.say("cite.paragraphs", title=title, paragraphs=paragraphs)
    sight = await reply.when_ready(desk.sight(reply.badges))
    near = [choice for _, choice in sight.suggestions.for_source(name[:60])][:3]
    if near:
        text += "\n" + texts.say("cite.nearest", ids=shortened(", ".join(near), 400))
    return text
