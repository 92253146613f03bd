"""A question from Discord to the card of its answer, whichever way it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.discord_app import access
from bot.discord_app.answer_cards import Shown, answer_card, citation_card, fitting_question
from bot.discord_app.displaying import shown
from bot.discord_app.fitting import shortened
from bot.discord_app.replying import GateClosed, Interaction, Reply, pass_gate

if TYPE_CHECKING:
    from bot.answering import Answer
    from bot.discord_app.cards import Card
    from bot.discord_app.desk import Desk
    from bot.discord_app.texts import Texts


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the documents."""

    text: str  # as much of it as a card can show, so that it can be read back and asked again
    was_longer: bool
    earlier: str | None = None
    source: str | None = None  # a document's id


def question_from(
    text: str, room: int, *, earlier: str | None = None, source: str | None = None
) -> Question:
    """Return a question as it will be asked and shown on a card with so much room for its body.

    Raises GateClosed when it is empty.
    """
    whole = " ".join(text.split())
    fitting = fitting_question(whole, room)
    if not shown(fitting).strip():
        raise GateClosed("refused.no_text")
    return Question(
        text=fitting,
        was_longer=len(fitting) < len(whole),
        earlier=fitting_question(earlier, room) if earlier else None,
        source=source,
    )


async def answer(desk: Desk, question: Question) -> Answer:
    """Search for a question. Raises TooBusy and QuestionRefused."""
    return await desk.ask(question.text, source=question.source, earlier=question.earlier)


def card_of(desk: Desk, found: Answer, how: Shown, texts: Texts) -> Card:
    """Return the card of an answer; with spellings where no document has a word."""
    missing = found.query.missing if found.outcome != "answered" else ()
    return answer_card(found, how, texts, desk.suggestions.spelled(missing))


def note_of(question: Question, texts: Texts) -> str:
    """Return what must be said of a question that was cut."""
    return texts.say("answer.only_part") if question.was_longer else ""


async def ask(reply: Reply, interaction: Interaction, text: str, source: str | None) -> None:
    """Answer a command that asks."""
    desk = interaction.client.desk
    pass_gate(interaction)
    if not text.strip():
        raise GateClosed("refused.empty", example=reply.texts.say("refused.example"))
    source_id = await _source_id(reply, desk, source) if source else None
    question = question_from(text, reply.room, source=source_id)
    found = await reply.when_ready(answer(desk, question))
    how = Shown(
        asker=interaction.user.id,
        is_private=reply.private,
        may_share=reply.private and may_share(interaction),
        within=source_id is not None,
        note=note_of(question, reply.texts),
        room=reply.room,
    )
    await reply.send(card_of(desk, found, how, reply.texts))
    await desk.note_unanswered(found, interaction.user.id)


def may_share(interaction: Interaction) -> bool:
    """Say whether a private answer may be posted where it was asked for."""
    desk = interaction.client.desk
    if not access.answers_publicly(desk.settings.discord, interaction.channel):
        return False
    return interaction.guild_id is None or access.may_write(
        interaction.app_permissions, interaction.channel
    )


async def _source_id(reply: Reply, desk: Desk, source: str) -> str:
    document = await reply.when_ready(desk.document(source.strip()))
    if document is None:
        raise GateClosed("refused.unknown_source", source=shortened(source, 200))
    return document.id


async def cite(reply: Reply, interaction: Interaction, id_: str) -> None:
    """Show the passage that an id names."""
    desk = interaction.client.desk
    pass_gate(interaction)
    asked, _, digest = id_.strip().strip("[]`").partition(" ")
    found = await reply.when_ready(desk.look_up(asked))
    texts = reply.texts
    if found is None:
        document, hash_sign, _ = asked.partition("#")
        near = [choice for _, choice in desk.suggestions.for_source(document[:60])][:3]
        text = texts.say("cite.unknown", id=shortened(asked, 200))
        if near and hash_sign:
            text += "\n" + texts.say("cite.nearest", ids=shortened(", ".join(near), 400))
        await reply.refuse_with(text)
        return
    passage = found.named[0]
    note = ""
    if digest.strip() and digest.strip() != passage.digest:
        note = texts.say("changed.text", before=shortened(digest, 40), now=passage.digest)
    elif found.is_document:
        paragraphs = found.named[-1].paragraph
        title = shortened(passage.document.title, 200)
        note = texts.say("cite.whole", title=title, paragraphs=paragraphs)
    how = Shown(
        asker=interaction.user.id,
        is_private=reply.private,
        may_share=reply.private and may_share(interaction),
        note=note,
        room=reply.room,
    )
    await reply.send(citation_card(passage, how, texts, desk.state.generation))
