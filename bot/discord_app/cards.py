"""What is posted, before it becomes a message of discord.py: a card with text and buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.discord_app.displaying import shown
from bot.discord_app.fitting import shortened
from bot.discord_app.presses import Press

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.discord_app.texts import Texts
    from index import Document, IndexState

Tone = Literal["answered", "uncertain", "not_found", "notice", "alarm"]
# Discord's limits are 256, 4,096, 1,024 and 2,048 UTF-16 units, and 6,000 for all (message
# resource); it does not say which unit it counts, so there is slack of 5 %.
TITLE_UNITS = 243
BODY_UNITS = 3890
QUESTION_UNITS = 600  # of a question in a field; two of them and a full body fit into the 6,000
PLAIN_BODY_UNITS = 1200  # where embeds are not allowed: 2,000 for title, body and footer together
SOURCES_PAGE = 6  # documents
_LONGEST_ID = 200  # units of an id in a list; /cite and answers show it whole


@dataclass(frozen=True, slots=True)
class Button:
    """One button of a card."""

    label: str
    press: Press
    emoji: str | None = None
    style: Literal["plain", "primary", "danger"] = "plain"
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A message to be: `title`, `body` and fields are markup of ours, with escaped quotes."""

    body: str
    title: str = ""
    above: str = ""  # plain text over the title: the question that this one follows
    fields: tuple[tuple[str, str], ...] = ()
    footer: str = ""  # plain text; Discord reads no markup there
    tone: Tone = "notice"
    rows: tuple[tuple[Button, ...], ...] = ()


def notice(body: str, *, tone: Tone = "notice", title: str = "") -> Card:
    """Return a card that only says something."""
    return Card(body=body, title=title, tone=tone)


def sources_card(
    documents: Sequence[tuple[Document, int]], state: IndexState, page: int, texts: Texts
) -> Card:
    """Return a page (from 1) of the list of documents."""
    pages = max(1, -(-len(documents) // SOURCES_PAGE))
    page = min(max(page, 1), pages)
    listed = documents[(page - 1) * SOURCES_PAGE : page * SOURCES_PAGE]
    paragraphs = sum(size for _, size in documents)  # of those that may be seen
    title = texts.say("sources.title", documents=len(documents), paragraphs=paragraphs)
    lines = []
    for document, size in listed:
        known = [
            document.publisher and shortened(document.publisher, 80),
            document.date,
            texts.say("sources.entry", paragraphs=size),
            code(document.id[:_LONGEST_ID]),
        ]
        lines.append(f"**{shortened(document.title, 160)}**")
        lines.append(" · ".join(part for part in known if part))
    previous = Button(
        texts.say("button.previous"), Press("sources", str(page - 1)), "◀️", is_disabled=page == 1
    )
    following = Button(
        texts.say("button.next"), Press("sources", str(page + 1)), "▶️", is_disabled=page == pages
    )
    return Card(
        title=title,
        body="\n".join(lines) or texts.say("sources.none"),
        footer=texts.say("sources.page", page=page, pages=pages, generation=state.generation),
        rows=((previous, following),) if pages > 1 else (),
    )


def help_card(texts: Texts, *, bot: str, is_public: bool, may_moderate: bool) -> Card:
    """Return what the bot can do; `bot` is how it is mentioned."""
    commands = ("ask", "sources", "cite", "quote", "privacy")
    buttons = ("previous", "next", "context", "why", "share", "delete")
    body = texts.say(
        "help.body",
        bot=bot,
        ask_message=texts.say("command.ask_message.name"),
        **{name: texts.say(f"command.{name}.name") for name in commands},
        **{name: texts.say(f"button.{name}") for name in buttons},
    )
    if not is_public:
        body += "\n" + texts.say("help.private_here")
    if may_moderate:
        names = ("reindex", "add", "remove", "pause", "resume", "unanswered")
        listed = " ".join(f"`/{texts.say(f'command.{name}.name')}`" for name in names)
        body += "\n" + texts.say("help.moderators", commands=listed)
    return Card(title=texts.say("help.title"), body=body)


def privacy_card(texts: Texts, *, days: int, entries: int) -> Card:
    """Return what is stored of a person, with the button that deletes it."""
    forget = Button(
        texts.say("button.forget_me"), Press("forget_me"), style="danger", is_disabled=not entries
    )
    return Card(
        title=texts.say("privacy.title"),
        body=texts.say("privacy.body", days=days, entries=entries),
        rows=((forget,),),
    )


def code(id_: str) -> str:
    """Return an id as code; ids hold letters, digits, "-", "/", "#" and "." only."""
    return f"`{shown(id_).replace('`', '')}`"
