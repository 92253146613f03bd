"""What moderators may do from Discord: reindex, add, remove, pause, see what is asked in vain.

Who they are is checked again on every path, also when a button is pressed.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import discord

from bot.discord_app import access
from bot.discord_app.cards import Button, Card, code, notice
from bot.discord_app.displaying import shown
from bot.discord_app.escaping import WORD_JOINER
from bot.discord_app.fitting import shortened
from bot.discord_app.presses import Press
from bot.discord_app.replying import GateClosed, Interaction, Reply
from bot.discord_app.shelf import Waiting
from bot.errors import FileRefused, RebuildFailed
from index import open_searcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.discord_app.desk import Desk
    from bot.discord_app.texts import Texts
    from bot.ledger import UnansweredTerms
    from index import Document, Passage

_LISTED = 12  # documents of one kind in a report
_REPORT_UNITS = 3000
_UNANSWERED = 20
_FIRST_PARAGRAPH = 500  # units
_log = logging.getLogger("policybot.discord")


def require_moderator(interaction: Interaction) -> None:
    """Raise GateClosed for anybody whom the settings do not name."""
    if not access.is_moderator(interaction.client.desk.settings.discord, interaction.user):
        raise GateClosed("refused.moderators_only")


async def reindex(reply: Reply, interaction: Interaction, *, force: bool) -> None:
    """Bring the index in line with the documents; the answer is a diff."""
    require_moderator(interaction)
    desk = interaction.client.desk
    if desk.rebuilder.is_running:
        raise GateClosed("moderation.running")
    _log.info("User %d asked for a rebuild", interaction.user.id)
    report = await _rebuilt(reply, force=force)
    await reply.send(report_card(report, reply.texts))


async def _rebuilt(reply: Reply, *, force: bool = False) -> dict[str, Any]:
    """Wait for a rebuild as long as Discord lets an answer wait. Raises GateClosed after that."""
    try:
        return await reply.when_ready(reply.interaction.client.desk.rebuild(force=force))
    except TimeoutError:
        raise GateClosed("moderation.still_running") from None


def report_card(report: dict[str, Any], texts: Texts, *, said: str = "") -> Card:
    """Return what a rebuild did, as a diff: + added, ! changed, - removed, # refused."""
    lines = []
    for mark, name in (("+", "added"), ("!", "changed"), ("-", "removed")):
        listed = report[name]
        lines += [f"{mark} {_in_code(id_)}" for id_ in listed[:_LISTED]]
        if len(listed) > _LISTED:
            lines.append(f"{mark} {texts.say('moderation.more', number=len(listed) - _LISTED)}")
    refused = [f"{one['path']}: {one['reason']}" for one in report["refused"]]
    lines += [f"# {_in_code(line)}" for line in refused[:_LISTED]]
    if len(refused) > _LISTED:
        lines.append(f"# {texts.say('moderation.more', number=len(refused) - _LISTED)}")
    counts = texts.say(
        "moderation.counts",
        added=len(report["added"]),
        changed=len(report["changed"]),
        unchanged=report["unchanged"],
        removed=len(report["removed"]),
        refused=len(refused),
        documents=report["documents"],
        passages=report["passages"],
        seconds=report["seconds"],
    )
    is_new = bool(report["added"] or report["changed"] or report["removed"])
    state = texts.say(
        "moderation.reindexed" if is_new else "moderation.unchanged",
        generation=report["generation"],
    )
    diff = "\n".join(lines)
    while len(diff.encode("utf-16-le")) // 2 > _REPORT_UNITS:
        diff = diff.rpartition("\n")[0]
    body = f"{said or state}\n" + (f"```diff\n{diff}\n```\n" if diff else "") + counts
    return Card(body=body, footer=state if said else "", tone="answered")


def _in_code(text: str) -> str:
    """Return a text for a block of code, which it cannot leave."""
    text = shown(text).replace("`", "'").replace("\n", " ")[:200]
    # No backslash works there; a server might still read mentions out of it.
    return text.replace("@", f"@{WORD_JOINER}").replace("<", f"<{WORD_JOINER}")


async def add(reply: Reply, interaction: Interaction, file: discord.Attachment) -> None:
    """Show what would be indexed of a file, and wait for confirmation."""
    require_moderator(interaction)
    desk, texts = interaction.client.desk, reply.texts
    try:
        waiting = await _fetched(reply, desk, file)
    except FileRefused as exc:
        name = shortened(file.filename, 200)
        values = {key: shortened(str(value), 400) for key, value in exc.values.items()}
        await reply.refuse_with(texts.say(f"moderation.{exc.reason}", name=name, **values))
        return
    try:
        card = await reply.when_ready(_preview(desk, waiting, texts))
    except RebuildFailed as exc:
        await desk.slowly(desk.shelf.drop, waiting.key)
        # What to do next is said there for the folder it was tried out in.
        said = str(exc).replace(str(waiting.folder), waiting.name).partition(" Put ")[0]
        name = shortened(waiting.name, 200)
        text = texts.say("moderation.unreadable", name=name, said=shortened(said, 1000))
        await reply.refuse_with(text)
        return
    await reply.send(card)


async def _fetched(reply: Reply, desk: Desk, file: discord.Attachment) -> Waiting:
    """Return a file that waits for confirmation from now on. Raises FileRefused, GateClosed."""
    documents = [document for document, _ in await reply.when_ready(desk.all_documents())]
    desk.shelf.check_name(file.filename, file.size, documents)
    try:
        content = await reply.when_ready(file.read())
    except discord.HTTPException:
        raise GateClosed("moderation.download_failed") from None
    # What was announced need not be what came.
    target = desk.shelf.check_name(file.filename, len(content), documents)
    return await reply.when_ready(
        desk.slowly(desk.shelf.put_waiting, file.filename, target, content)
    )


async def _preview(desk: Desk, waiting: Waiting, texts: Texts) -> Card:
    """Return what a waiting file would become, read by the same guarded readers."""
    await desk.rebuilder.try_out(waiting.folder, waiting.index)

    def read() -> tuple[Document, list[Passage]]:
        searcher = open_searcher(waiting.index, desk.settings.model).searcher
        (document, _), *_ = searcher.documents()
        return document, searcher.passages_of(document.id)

    document, passages = await desk.slowly(read)
    body = texts.say(
        "moderation.preview",
        title=shortened(document.title, 200),
        date=document.date or "–",
        paragraphs=passages[-1].paragraph,
        passages=len(passages),
        id=_in_code(document.id),
    )
    if waiting.replaces:
        path, aside = shortened(waiting.replaces, 200), code(desk.shelf.aside.name)
        body += "\n" + texts.say("moderation.replaces", path=path, aside=aside)
    else:
        body += "\n" + texts.say("moderation.new")
    first = shortened(passages[0].text.replace("\n", " "), _FIRST_PARAGRAPH)
    label = "button.confirm_replace" if waiting.replaces else "button.confirm_add"
    return Card(
        title=texts.say("moderation.preview_title", name=shortened(waiting.name, 150)),
        body=body,
        fields=((texts.say("moderation.first_paragraph"), first),),
        rows=(
            (
                Button(texts.say(label), Press("add", waiting.key), style="primary"),
                Button(texts.say("button.cancel"), Press("cancel", waiting.key)),
            ),
        ),
    )


async def confirm_add(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Put a waiting file among the documents and bring the index in line."""
    require_moderator(interaction)
    desk = interaction.client.desk
    if desk.rebuilder.is_running:
        raise GateClosed("moderation.running")
    waiting = await desk.slowly(desk.shelf.waiting, press.subject)
    if waiting is None:
        raise GateClosed("moderation.expired")
    aside = await desk.slowly(desk.shelf.accept, waiting)
    try:
        report = await _rebuilt(reply)
    except RebuildFailed:
        await desk.slowly(desk.shelf.undo, waiting, aside)
        raise
    await desk.slowly(desk.shelf.drop, press.subject)
    _log.info("User %d added a document", interaction.user.id)
    said = reply.texts.say("moderation.added", name=shortened(waiting.name, 200))
    await reply.send(report_card(report, reply.texts, said=said))


async def remove(reply: Reply, interaction: Interaction, source: str) -> None:
    """Ask whether a document shall go."""
    require_moderator(interaction)
    desk, texts = interaction.client.desk, reply.texts
    document, paragraphs = await _document(reply, desk, source)
    text = texts.say(
        "moderation.confirm_remove",
        title=shortened(document.title, 200),
        paragraphs=paragraphs,
        aside=code(desk.shelf.aside.name),
    )
    confirm = Button(
        texts.say("button.confirm_remove"), Press("remove", document.id), style="danger"
    )
    await reply.send(
        Card(
            body=f"{text}\n{code(document.id)}",
            tone="alarm",
            rows=((confirm, Button(texts.say("button.cancel"), Press("cancel"))),),
        )
    )


async def _document(reply: Reply, desk: Desk, id_: str) -> tuple[Document, int]:
    for document, paragraphs in await reply.when_ready(desk.all_documents()):
        if desk.is_called(document, id_.strip()):
            return document, paragraphs
    raise GateClosed("refused.unknown_source", source=shortened(id_, 200))


async def confirm_remove(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Take a document out and bring the index in line."""
    require_moderator(interaction)
    desk, texts = interaction.client.desk, reply.texts
    if desk.rebuilder.is_running:
        raise GateClosed("moderation.running")
    document, _ = await _document(reply, desk, press.subject)
    moved = await desk.slowly(desk.shelf.take_out, document)
    if moved is None:
        raise GateClosed("moderation.outside", id=code(document.id))
    # Whoever confirmed knows how many paragraphs go; no other loss is accepted with it.
    is_most = (
        await desk.passages_in(document) * 2 > desk.state.passages and desk.state.documents > 1
    )
    try:
        report = await _rebuilt(reply, force=is_most)
    except RebuildFailed:
        await desk.slowly(desk.shelf.put_back, moved)
        raise
    _log.info("User %d removed a document", interaction.user.id)
    said = texts.say("moderation.removed", id=code(document.id), aside=code(desk.shelf.aside.name))
    await reply.send(report_card(report, texts, said=said))


async def cancel(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Forget what waits for confirmation."""
    require_moderator(interaction)
    desk = interaction.client.desk
    await desk.slowly(desk.shelf.drop, press.subject)
    await reply.send(notice(reply.texts.say("moderation.cancelled")))


async def pause(reply: Reply, interaction: Interaction, *, paused: bool) -> None:
    """Answer no questions, or answer them again; holds over restarts."""
    require_moderator(interaction)
    desk, texts = interaction.client.desk, reply.texts
    if desk.is_paused == paused:
        key = "moderation.already_paused" if paused else "moderation.not_paused"
        raise GateClosed(key)
    keep = partial(desk.ledger.keep, "paused", "yes" if paused else "no")
    await reply.when_ready(desk.slowly(keep))
    desk.is_paused = paused
    _log.info("User %d %s the bot", interaction.user.id, "paused" if paused else "resumed")
    key = "moderation.paused" if paused else "moderation.resumed"
    await reply.send(notice(texts.say(key, resume=texts.say("command.resume.name"))))


async def unanswered(reply: Reply, interaction: Interaction) -> None:
    """Show what people asked for and the documents do not say."""
    require_moderator(interaction)
    desk, texts = interaction.client.desk, reply.texts
    listed = await reply.when_ready(desk.slowly(desk.ledger.unanswered, _UNANSWERED))
    days = desk.settings.discord.retention_days
    await reply.send(
        notice(
            "\n".join(_entries(listed, texts))
            or texts.say("moderation.unanswered_none", days=days),
            title=texts.say("moderation.unanswered_title"),
        )
    )


def _entries(listed: Sequence[UnansweredTerms], texts: Texts) -> list[str]:
    return [
        texts.say(
            "moderation.unanswered_entry",
            people=entry.people,
            terms=shortened(" ".join(entry.terms), 120),
            day=entry.last,
        )
        for entry in listed
    ]
