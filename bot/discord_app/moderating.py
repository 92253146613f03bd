"""What moderators may do from Discord: reindex, add, remove, pause, see what is asked in vain.

Who they are is checked again on every path, also when a button is pressed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import discord

from bot.discord_app import access
from bot.discord_app.cards import Button, Card, code, notice
from bot.discord_app.displaying import shown, units
from bot.discord_app.escaping import WORD_JOINER
from bot.discord_app.fitting import shortened
from bot.discord_app.presses import Press
from bot.discord_app.replying import NETWORK_ERRORS, GateClosed, Interaction, Reply
from bot.discord_app.shelf import Waiting
from bot.errors import BotError, FileRefused, RebuildFailed
from index import PolicyIndexError, document_id, open_searcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.discord_app.desk import Desk
    from bot.discord_app.texts import Texts
    from bot.ledger import UnansweredTerms
    from index import Document, Passage

_P = ParamSpec("_P")
_T = TypeVar("_T")
_LISTED = 12  # documents of one kind in a report
_UNANSWERED = 20
_FIRST_PARAGRAPH = 500  # units
_log = logging.getLogger("policybot.discord")
_changes: set[asyncio.Task[Any]] = set()  # the event loop alone would not keep them


def require_moderator(interaction: Interaction) -> None:
    """Raise GateClosed for anybody whom the settings do not name."""
    if not access.is_moderator(interaction.client.desk.settings.discord, interaction.user):
        raise GateClosed("refused.moderators_only")


async def reindex(reply: Reply, interaction: Interaction, *, force: bool) -> None:
    """Bring the index in line with the documents; the answer is a diff."""
    require_moderator(interaction)
    desk = interaction.client.desk
    _not_during_a_rebuild(desk)
    _log.info("User %d asked for a rebuild", interaction.user.id)
    report = await _seen_through(reply, _rebuilt(desk, force=force))
    await reply.send(report_card(report, reply.texts, reply.room))


def _not_during_a_rebuild(desk: Desk) -> None:
    if desk.rebuilder.is_running:
        raise GateClosed("moderation.running")


async def _seen_through(reply: Reply, work: Coroutine[Any, Any, _T]) -> _T:
    """Wait for a change as long as Discord lets an answer wait. Raises GateClosed after that.

    The change goes on to its end, or to its undoing, also when nobody can be told any more.
    """

    async def counted() -> _T:
        async with reply.interaction.client.desk.working():
            return await work

    task = asyncio.create_task(counted())
    _changes.add(task)
    task.add_done_callback(_ended)
    outcome = asyncio.shield(task)
    try:
        return await reply.when_ready(outcome)
    except TimeoutError:
        raise GateClosed("moderation.still_running") from None
    except FileRefused as exc:
        raise _gate_of(exc) from None
    finally:
        outcome.cancel()  # or an error that nobody waits for any more would be complained about


def _ended(task: asyncio.Task[Any]) -> None:
    _changes.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    # What was refused is no failure, and of a rebuild the desk writes down why it failed.
    if error is not None and not isinstance(error, (GateClosed, BotError)):
        _log.error("A change of the documents failed: %s", error)


async def _rebuilt(
    desk: Desk, *, force: bool = False, undo: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Rebuild, and undo what was changed before if that fails."""
    try:
        report = await desk.rebuild(force=force)
    except PolicyIndexError:
        raise  # it was built, and could only not be taken up yet
    except Exception:
        await desk.slowly(undo)
        raise
    outcome = "is live" if _is_new(report) else "stays live, nothing changed"
    _log.info("Rebuilt: generation %d %s", report["generation"], outcome)
    return report


def _is_new(report: dict[str, Any]) -> bool:
    return bool(report["added"] or report["changed"] or report["removed"])


async def _written(desk: Desk, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Do what writes or moves files. Raises GateClosed when the disk is full or not writable."""
    try:
        return await desk.slowly(work, *args, **kwargs)
    except OSError as exc:
        _log.error("A document could not be written or moved: %s", exc)
        raise GateClosed("moderation.no_room") from None


def _gate_of(exc: FileRefused, name: str = "") -> GateClosed:
    """Return what tells a person why a file was refused."""
    values = {key: shortened(str(value), 400) for key, value in exc.values.items()}
    return GateClosed(f"moderation.{exc.reason}", name=shortened(name, 200), **values)


def report_card(report: dict[str, Any], texts: Texts, room: int, *, said: str = "") -> Card:
    """Return what a rebuild did, as a diff: + added, ! changed, - removed, # refused.

    `room` is what the body can have, in UTF-16 units.
    """
    counts = texts.say(
        "moderation.counts",
        added=len(report["added"]),
        changed=len(report["changed"]),
        unchanged=report["unchanged"],
        removed=len(report["removed"]),
        refused=len(report["refused"]),
        documents=report["documents"],
        passages=report["passages"],
        seconds=report["seconds"],
    )
    state = texts.say(
        "moderation.reindexed" if _is_new(report) else "moderation.unchanged",
        generation=report["generation"],
    )
    bodies = (
        f"{said or state}\n" + (f"```diff\n{diff}\n```\n" if diff else "") + counts
        for diff in (_diff(report, texts, listed) for listed in range(_LISTED, -1, -1))
    )
    body = next(body for body in bodies if units(body) <= room)
    return Card(body=body, footer=state if said else "", tone="answered")


def _diff(report: dict[str, Any], texts: Texts, most: int) -> str:
    """Return what a rebuild did, naming at most so many documents of each kind."""
    refused = [f"{one['path']}: {one['reason']}" for one in report["refused"]]
    kinds = {"+": report["added"], "!": report["changed"], "-": report["removed"], "#": refused}
    lines = []
    for mark, listed in kinds.items():
        lines += [f"{mark} {_in_code(line)}" for line in listed[:most]]
        if len(listed) > most:
            lines.append(f"{mark} {texts.say('moderation.more', number=len(listed) - most)}")
    return "\n".join(lines)


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
        raise _gate_of(exc, file.filename) from None
    try:
        card = await reply.when_ready(_preview(desk, waiting, texts))
    except RebuildFailed as exc:
        await reply.when_ready(desk.slowly(desk.shelf.drop, waiting.key))
        raise GateClosed(
            "moderation.unreadable",
            name=shortened(waiting.name, 200),
            said=shortened(_reason(str(exc), waiting), 1000),
        ) from None
    await reply.send(card)


def _reason(said: str, waiting: Waiting) -> str:
    """Return why a file cannot be read, out of what the rebuild says of its folder."""
    _, found, reason = said.rpartition(f"({waiting.name}: ")
    if found and "). " in reason:
        return reason.partition("). ")[0]
    # What to do next is said there for the folder it was tried out in.
    return said.replace(str(waiting.folder), waiting.name).partition(" Put ")[0].rstrip(".")


async def _fetched(reply: Reply, desk: Desk, file: discord.Attachment) -> Waiting:
    """Return a file that waits for confirmation from now on. Raises FileRefused, GateClosed."""
    documents = [document for document, _ in await reply.when_ready(desk.all_documents())]
    desk.shelf.check_name(file.filename, file.size, documents)
    try:
        content = await reply.when_ready(file.read())
    except (discord.HTTPException, TimeoutError, *NETWORK_ERRORS):
        raise GateClosed("moderation.download_failed") from None
    # What was announced need not be what came.
    target = desk.shelf.check_name(file.filename, len(content), documents)
    return await reply.when_ready(
        _written(desk, desk.shelf.put_waiting, file.filename, target, content)
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
        id=_in_code(document_id(waiting.target)),
    )
    if waiting.replaces:
        path = shortened(waiting.replaces, 200)
        body += "\n" + texts.say("moderation.replaces", path=path, aside=_aside(desk))
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


def _aside(desk: Desk) -> str:
    """Return where what is replaced or removed is kept."""
    return code(f"{desk.settings.state.name}/{desk.shelf.aside.name}")


async def confirm_add(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Put a waiting file among the documents and bring the index in line."""
    require_moderator(interaction)
    desk = interaction.client.desk
    _not_during_a_rebuild(desk)

    async def change() -> tuple[Waiting, dict[str, Any]]:
        async with desk.changing:
            waiting = await desk.slowly(desk.shelf.waiting, press.subject)
            if waiting is None:
                raise GateClosed("moderation.expired")
            # Whoever confirmed knows what is replaced.
            documents = [document for document, _ in await desk.all_documents()]
            replaced = [document for document in documents if document.path == waiting.replaces]
            is_most = any([await _is_most(desk, document) for document in replaced])
            aside = await _written(desk, desk.shelf.accept, waiting)
            undo = partial(desk.shelf.undo, waiting, aside)
            report = await _rebuilt(desk, force=is_most, undo=undo)
            await desk.slowly(desk.shelf.drop, waiting.key)
        _log.info(
            "User %d %s the document %s",
            interaction.user.id,
            "replaced" if waiting.replaces else "added",
            document_id(waiting.target),
        )
        return waiting, report

    waiting, report = await _seen_through(reply, change())
    said = reply.texts.say("moderation.added", name=shortened(waiting.name, 200))
    await reply.send(report_card(report, reply.texts, reply.room, said=said))


async def _is_most(desk: Desk, document: Document) -> bool:
    """Say whether a document has more than half of the passages, which is not lost unforced."""
    return await desk.passages_in(document) * 2 > desk.state.passages


async def remove(reply: Reply, interaction: Interaction, source: str) -> None:
    """Ask whether a document shall go."""
    require_moderator(interaction)
    desk, texts = interaction.client.desk, reply.texts
    document, paragraphs = await reply.when_ready(_document(desk, source))
    text = texts.say(
        "moderation.confirm_remove",
        title=shortened(document.title, 200),
        paragraphs=paragraphs,
        aside=_aside(desk),
    )
    confirm = Button(
        texts.say("button.confirm_remove"),
        Press("remove", document.id, digest=_digest(document)),
        style="danger",
    )
    await reply.send(
        Card(
            body=f"{text}\n{code(document.id)}",
            tone="alarm",
            rows=((confirm, Button(texts.say("button.cancel"), Press("cancel"))),),
        )
    )


def _digest(document: Document) -> str:
    return document.sha256[:6]


async def _document(desk: Desk, id_: str) -> tuple[Document, int]:
    for document, paragraphs in await desk.all_documents():
        if desk.is_called(document, id_.strip()):
            return document, paragraphs
    raise GateClosed("refused.unknown_source", source=shortened(id_, 200))


async def confirm_remove(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Take a document out and bring the index in line."""
    require_moderator(interaction)
    desk, texts = interaction.client.desk, reply.texts
    _not_during_a_rebuild(desk)

    async def change() -> tuple[Document, dict[str, Any]]:
        async with desk.changing:
            document, _ = await _document(desk, press.subject)
            if _digest(document) != press.digest:
                raise GateClosed("moderation.expired")
            # Whoever confirmed knows how many paragraphs go; no other loss is accepted with it.
            is_most = await _is_most(desk, document) and desk.state.documents > 1
            moved = await _written(desk, desk.shelf.take_out, document)
            if moved is None:
                raise GateClosed("moderation.outside", id=code(document.id))
            undo = partial(desk.shelf.put_back, moved)
            report = await _rebuilt(desk, force=is_most, undo=undo)
        _log.info("User %d removed the document %s", interaction.user.id, document.id)
        return document, report

    document, report = await _seen_through(reply, change())
    said = texts.say("moderation.removed", id=code(document.id), aside=_aside(desk))
    await reply.send(report_card(report, texts, reply.room, said=said))


async def cancel(reply: Reply, interaction: Interaction, press: Press) -> None:
    """Forget what waits for confirmation."""
    require_moderator(interaction)
    desk = interaction.client.desk

    async def change() -> bool:
        async with desk.changing:
            return await desk.slowly(desk.shelf.drop, press.subject)

    was_waiting = await _seen_through(reply, change())
    if press.subject and not was_waiting:
        raise GateClosed("moderation.expired")
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
            _entries(listed, texts, reply.room)
            or texts.say("moderation.unanswered_none", days=days),
            title=texts.say("moderation.unanswered_title"),
        )
    )


def _entries(listed: Sequence[UnansweredTerms], texts: Texts, room: int) -> str:
    """Return as many lines as there is room for, the last with the number of the others."""
    lines = [
        texts.say(
            "moderation.unanswered_entry",
            people=entry.people,
            terms=shortened(" ".join(entry.terms), 120),
            day=entry.last,
        )
        for entry in listed
    ]
    left = 0
    while units("\n".join(lines)) > room:
        left += 1
        lines[-2 if left > 1 else -1 :] = [texts.say("moderation.more", number=left)]
    return "\n".join(lines)
