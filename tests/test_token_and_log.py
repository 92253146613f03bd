"""The token is checked for its form, taken out of the environment, and never written anywhere."""

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import TokenRefused
from bot.log import log_to
from bot.token import Token, take_token

ID = 123456789012345678
HEAD = "MTIzNDU2Nzg5MDEyMzQ1Njc4"  # the id in base64
SECRET = f"{HEAD}.GabcDE.{'x' * 20}-_{'y' * 16}"


def test_a_token_tells_its_application_and_hides_the_rest() -> None:
    token = Token(f"  Bot {SECRET}\n")
    assert token.secret == SECRET
    assert token.application_id == ID
    assert repr(token) == f"Token(application_id={ID})"
    assert SECRET not in f"{token} {token!r} {[token]}"


@pytest.mark.parametrize(
    "text",
    [
        "abc",
        "a.b.c",
        SECRET.replace(".", "-"),
        SECRET[:-30],
        f"{'?' * 24}.GabcDE.{'x' * 38}",
        f"bm90IGEgbnVtYmVyIGF0IGFsbA.GabcDE.{'x' * 38}",
        SECRET + "." + "z" * 10,
        f"{SECRET} {SECRET}",
        "https://discord.com/api/webhooks/1/abc",
        "密钥" * 30,
        "0123456789abcdef" * 4,
    ],
)
def test_what_is_no_token_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(TokenRefused, match="three parts divided by points") as refused:
        Token(text)
    assert text not in str(refused.value)


def test_the_environment_comes_first_and_is_emptied(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("something else")
    environment = {"DISCORD_TOKEN": SECRET, "HOME": "/"}
    assert take_token(environment, file).secret == SECRET
    assert environment == {"HOME": "/"}


def token_file(folder: Path, content: str) -> Path:
    file = folder / "token"
    file.touch(mode=0o600)
    file.write_text(content, encoding="utf-8")
    return file


def test_the_file_is_read_with_or_without_a_line_end(tmp_path: Path) -> None:
    for content in (SECRET, f"{SECRET}\r\n", f"\ufeff{SECRET}\n"):
        assert take_token({}, token_file(tmp_path, content)).secret == SECRET


@pytest.mark.parametrize(
    "text",
    [
        f'"{SECRET}"',
        f"'{SECRET}'\n",
        f"bot {SECRET}",
        f'BOT "{SECRET}"',
        f"DISCORD_TOKEN={SECRET}",
        f'DISCORD_TOKEN = "Bot {SECRET}"',
        f'"DISCORD_TOKEN={SECRET}"',
    ],
)
def test_what_is_copied_along_with_a_token_is_left_out(text: str) -> None:
    assert Token(text).secret == SECRET


def test_a_refusal_names_where_the_token_stood(tmp_path: Path) -> None:
    with pytest.raises(TokenRefused, match="The Discord token in DISCORD_TOKEN has not the form"):
        take_token({"DISCORD_TOKEN": "canary"}, None)
    file = token_file(tmp_path, "canary")
    with pytest.raises(TokenRefused, match=r"The Discord token in .*/token has not the form"):
        take_token({}, file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = token_file(tmp_path, SECRET)
    file.chmod(mode)
    with pytest.raises(TokenRefused, match=r"Others can read .*\. Run: chmod 600 .*/token$"):
        take_token({}, file)


def test_a_missing_token_says_where_one_comes_from(tmp_path: Path) -> None:
    with pytest.raises(TokenRefused, match=r"no Discord token\. Set DISCORD_TOKEN .*Bot page"):
        take_token({"DISCORD_TOKEN": "  "}, None)
    with pytest.raises(TokenRefused, match=r"token cannot be read: No such file"):
        take_token({}, tmp_path / "token")
    token_file(tmp_path, "")
    with pytest.raises(TokenRefused, match="is empty"):
        take_token({}, tmp_path / "token")
    with pytest.raises(TokenRefused, match="cannot be read: Is a directory"):
        take_token({}, tmp_path)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook
    names = ("discord", "aiohttp", "asyncio", "discord.client", "discord.gateway")
    levels = {name: logging.getLogger(name).level for name in names}
    log_to(stream, SECRET, verbose=True)
    yield stream
    root.handlers[:], sys.excepthook = before[0], before[2]
    root.setLevel(before[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize(
    "message",
    [
        SECRET,
        f"Authorization: Bot {SECRET}",
        f"{{'Authorization': 'Bot {SECRET}'}}",
        f"other: {HEAD}.Gother.{'q' * 38}",
        f"POST https://discord.com/api/v10/webhooks/{ID}/aW50ZXJhY3Rpb246MTIz_{'k' * 100}/messages",
        f"POST /interactions/{ID}/aW50ZXJhY3Rpb246{'k' * 150}/callback responded with 404",
        f"token=aW50ZXJhY3Rpb246{'k' * 150}==",
        f"https://discord.com/api/webhooks/{ID}/{'w' * 68}",
    ],
)
def test_no_secret_reaches_the_log(logged: io.StringIO, message: str) -> None:
    log = logging.getLogger("policybot.somewhere")
    log.debug("%s", message)

    def fail() -> None:
        raise RuntimeError(message)

    try:
        fail()
    except RuntimeError as exc:
        log.exception("It failed")
        sys.excepthook(type(exc), exc, exc.__traceback__)
    written = logged.getvalue()
    assert written.count("<token>") == 3
    assert "Traceback" in written
    for part in (SECRET, "k" * 20, "w" * 20, "q" * 20):
        assert part not in written


def test_what_is_no_secret_stays(logged: io.StringIO) -> None:
    logging.getLogger("policybot").info("Answering from generation %d; index 1.2.3", 7)
    assert "INFO policybot: Answering from generation 7; index 1.2.3\n" in logged.getvalue()


def test_the_loggers_of_the_library_never_go_below_info(logged: io.StringIO) -> None:
    for name in ("discord.http", "discord.gateway", "discord.webhook.async_", "aiohttp.client"):
        logging.getLogger(name).debug("body of a message")
    assert logged.getvalue() == ""


@pytest.mark.parametrize(("verbose", "lines"), [(False, 1), (True, 2)])
def test_what_the_library_says_of_its_connections_is_told_only_on_request(
    logged: io.StringIO, verbose: bool, lines: int
) -> None:
    log_to(logged, SECRET, verbose=verbose)
    logging.getLogger("discord.gateway").info("Shard ID None has connected to Gateway")
    logging.getLogger("discord.client").warning("PyNaCl is not installed")
    assert logged.getvalue().count("\n") == lines
