"""The links that bring the bot to a server or to an account (OAuth2 documentation of Discord)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lines import Line, styled

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bits of Discord's permissions documentation: view channels, send messages, embed links, read
# message history, add reactions, send messages in threads. Never to mention everyone.
PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 6 | 1 << 38
_AUTHORIZE = "https://discord.com/oauth2/authorize"


def invitation_lines(application_id: int) -> Iterator[Line]:
    """Show both links, and what the first one asks for."""
    yield styled("To a server (you need to be allowed to manage it):", "strong")
    yield Line(
        f"{_AUTHORIZE}?client_id={application_id}&scope=bot+applications.commands"
        f"&permissions={PERMISSIONS}&integration_type=0",
        2,
    )
    yield styled("To your own account, for use everywhere:", "strong")
    yield Line(
        f"{_AUTHORIZE}?client_id={application_id}&scope=applications.commands&integration_type=1",
        2,
    )
    yield styled(
        f"Permissions {PERMISSIONS}: view channels, send messages, also in threads, embed links, "
        "read message history, add reactions.",
        "quiet",
    )
