"""The bot's token: read once, checked for its form, and never shown again.

A token is three parts divided by points; the first is the application's id in base64.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import shlex
from collections.abc import MutableMapping
from pathlib import Path

from bot.errors import TokenRefused

VARIABLE = "DISCORD_TOKEN"
_FORM = re.compile(r"([\w-]{20,40})\.[\w-]{5,10}\.[\w-]{25,60}", re.ASCII)
_AROUND = " \t\r\n\"'"  # what is copied along with a token
_BEFORE = re.compile(rf"(?:{VARIABLE}\s*=[\s\"']*)?(?:bot[\s\"']+)?", re.IGNORECASE)
_LONGEST_FILE = 4096  # bytes
_HOW = (
    f"Set {VARIABLE} in the environment, or name a file that holds it as discord.token_file in "
    "policybot.yaml. The token stands on the Bot page of your application at "
    "https://discord.com/developers/applications"
)


class Token:
    """A token of the right form; printing it shows the application it belongs to, not more."""

    __slots__ = ("application_id", "place", "secret")

    def __init__(self, text: str, place: str = VARIABLE) -> None:
        """Take a token as it was typed, and where it stood. Raises TokenRefused."""
        self.place = place
        self.secret = _BEFORE.sub("", text.strip(_AROUND), count=1)
        self.application_id = _application_id(self.secret, place)

    def __repr__(self) -> str:
        return f"Token(application_id={self.application_id})"


def _application_id(secret: str, place: str) -> int:
    parsed = _FORM.fullmatch(secret)
    digits = b""
    if parsed is not None:
        head = parsed[1]
        try:
            digits = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        except binascii.Error:
            digits = b""
    if not re.fullmatch(rb"[0-9]{15,20}", digits):
        raise TokenRefused(
            f"The Discord token in {place} has not the form of a bot token: three parts divided by "
            f"points, some 70 characters. A client secret or public key is something else. {_HOW}"
        )
    return int(digits)


def take_token(environment: MutableMapping[str, str], file: Path | None) -> Token:
    """Return the token, and take it out of the environment, so that no child process inherits it.

    The environment comes before the file, which only its owner may be able to read. Raises
    TokenRefused.
    """
    text = environment.pop(VARIABLE, "").strip()
    if text:
        return Token(text, VARIABLE)
    if file is None:
        raise TokenRefused(f"There is no Discord token. {_HOW}")
    try:
        with file.open("rb") as opened:
            content = opened.read(_LONGEST_FILE)
            mode = os.fstat(opened.fileno()).st_mode
    except OSError as exc:
        raise TokenRefused(f"The token file {file} cannot be read: {exc.strerror}. {_HOW}") from exc
    if mode & 0o077:
        raise TokenRefused(
            f"Others can read the token file {file}. Run: chmod 600 {shlex.quote(str(file))}"
        )
    text = content.decode("utf-8-sig", errors="replace").strip()
    if not text:
        raise TokenRefused(f"The token file {file} is empty. {_HOW}")
    return Token(text, str(file))
