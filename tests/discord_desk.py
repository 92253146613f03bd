"""A desk on a project folder, for tests that run the bot in their own process."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from conftest import GIVEN

from bot.assistant import Assistant
from bot.discord_app.desk import Desk
from bot.ledger import Ledger
from bot.settings import load

NEVER = 1e9  # seconds; a clock that is advanced by hand would never come to rest otherwise


def project_at(
    folder: Path, settings: str = "", documents: Mapping[str, str] | None = None
) -> Path:
    """Make a project folder with the given document, or with these, by path."""
    shelf = folder / "data" / "documents"
    shelf.mkdir(parents=True)
    if documents is None:
        shutil.copy(GIVEN, shelf)
    for path, text in (documents or {}).items():
        (shelf / path).parent.mkdir(parents=True, exist_ok=True)
        (shelf / path).write_text(text, encoding="utf-8")
    (folder / "policybot.yaml").write_text(settings, encoding="utf-8")
    return folder


@contextmanager
def opened_desk(
    project: Path, *, kind: type[Assistant] = Assistant, look_every_seconds: float = NEVER
) -> Iterator[Desk]:
    """Open a desk on a project folder, with an assistant that may be slower than the real one.

    Its index is built if there is none.
    """
    settings = load(project)
    assistant = kind(settings, lambda _: None)
    assistant.reload()
    ledger = Ledger(settings.ledger, settings.discord.retention_days)
    desk = Desk(settings, assistant, ledger, look_every_seconds=look_every_seconds)
    try:
        yield desk
    finally:
        desk.close()
