"""The bot as people run it: a process that is started, asked, stopped, killed and started again."""

import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY, environment
from discord_desk import project_at
from loopback_discord import Channel, Interaction, LoopbackDiscord, ServerThread, User
from loopback_limits import all_components

from bot.assistant import Assistant
from bot.discord_app.running import next_wait, run_bot
from bot.errors import LedgerFailed
from bot.invitation import PERMISSIONS
from bot.settings import load
from bot.token import Token
from index import locked

EXPORTS = "How many new energy vehicles were exported?"
STEEL = "the umbrella tariff that grandmother pays for steel kettles"  # no document says so
RUNNER = REPOSITORY / "tests" / "run_against_loopback.py"
EXIT_SECONDS = 15.0
STOPS = int(os.environ.get("POLICYBOT_STOPS", "10"))  # under load, at random moments
SOON_SECONDS = 10.0

Json = dict[str, Any]


class Town:
    """A server in a thread with people in it, a project folder, and bots as processes."""

    def __init__(self, folder: Path, thread: ServerThread) -> None:
        self.folder = folder
        self.thread = thread
        self.server = thread.server
        self.channel = self.server.add_channel(self.server.add_guild())
        self.ada = self.server.add_user("ada")
        self.moderator = self.server.add_user("moderator")
        self.project = project_at(
            folder / "project",
            "discord:\n  questions_a_minute: 600\n"
            f"  moderators: [{self.moderator.id}]\n  retention_days: 30\n",
        )
        self.home = folder / "home"
        self.home.mkdir()

    @property
    def state(self) -> Path:
        return self.project / ".policybot"

    def environment(self, token: str | None = None) -> dict[str, str]:
        here = environment(self.home) | self.server.environment
        here.pop("DISCORD_TOKEN", None)
        return here | ({} if token == "" else {"DISCORD_TOKEN": token or self.server.token})

    @contextmanager
    def bot(self, *flags: str, waits: bool = True) -> Iterator["Bot"]:
        """Start a bot, and see to it that nothing of it is left."""
        before = self.server.gateway.ready_count
        said = self.folder / f"stderr-{time.monotonic_ns()}"
        with said.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, str(RUNNER), "discord", *flags],
                cwd=self.project,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )
        bot = Bot(process, said)
        try:
            if waits:
                wait_for(lambda: bot.is_over or self.server.gateway.ready_count > before, bot)
                assert not bot.is_over, bot.said
            yield bot
        finally:
            if not bot.is_over:
                process.kill()
            process.wait()
            for child in self.strays():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)

    def once(self, *flags: str, token: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the command and wait for its end."""
        return subprocess.run(
            [sys.executable, str(RUNNER), *flags],
            cwd=self.project,
            env=self.environment(token),
            capture_output=True,
            text=True,
            timeout=SOON_SECONDS,
            check=False,
        )

    def strays(self) -> list[int]:
        """Return the processes that work on the project's documents."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.project).encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found

    def ask(self, question: str = EXPORTS, by: User | None = None) -> Json:
        asked = self.call("ask", by, question=question)
        return self.thread.run(asked.wait_response())

    def call(self, command: str, by: User | None = None, **options: object) -> Interaction:
        return self.thread.run(self.server.slash(by or self.ada, self.channel, command, **options))

    def entries(self) -> int:
        """Return how many entries of ada's the bot says that it keeps."""
        said = text_of(self.thread.run(self.call("privacy").wait_response()))
        found = re.search(r"Entries of yours now: (\d+)", said)
        assert found is not None, said
        return int(found[1])

    def press(self, message: Json, label: str, by: User | None = None) -> Json:
        (found,) = (c for c in all_components(message["components"]) if c.get("label") == label)
        pressed = self.server.press(by or self.ada, message, found["custom_id"])
        return self.thread.run(self.thread.run(pressed).wait_response())

    def was_asked_for(self, path: str, before: int) -> bool:
        """Say whether a path was among the requests that came after so many others."""
        return any(path in request.path for request in list(self.server.requests)[before:])

    def lock_is_free(self) -> bool:
        with locked(self.state / f"discord-{self.server.bot.id}.lock"):
            return True

    def write(self, name: str, text: str) -> None:
        (self.project / "data" / "documents" / name).write_text(text, encoding="utf-8")


class Bot:
    """A running bot."""

    def __init__(self, process: subprocess.Popen[bytes], file: Path) -> None:
        self.process = process
        self.file = file

    @property
    def is_over(self) -> bool:
        return self.process.poll() is not None

    @property
    def said(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal, hold the bot to a clean end, and return how long it took."""
        started = time.monotonic()
        self.process.send_signal(number)
        try:
            code = self.process.wait(EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {EXIT_SECONDS} s: {self.said}") from None
        assert code == 0, self.said
        assert "Traceback" not in self.said, self.said
        return time.monotonic() - started


class Load:
    """People who ask one question after another, each also by a mention, until they stop."""

    def __init__(self, town: Town, patience_seconds: float) -> None:
        self.asked: list[Interaction] = []
        self.answers: list[str] = []
        self.unanswered = 0
        self.stops = False
        self._town = town
        self._patience_seconds = patience_seconds
        self._pool = ThreadPoolExecutor(4)
        users = [town.server.add_user(f"person-{number}") for number in range(4)]
        self._asking: list[Future[None]] = [self._pool.submit(self._ask, user) for user in users]

    def _ask(self, user: User) -> None:
        while not self.stops:
            asked = self._town.call("ask", user, question=EXPORTS)
            self.asked.append(asked)
            say(self._town, user, self._town.channel, EXPORTS, mentions=True)
            try:
                message = self._town.thread.run(asked.wait_response(self._patience_seconds))
            except (TimeoutError, LookupError):
                self.unanswered += 1
            else:
                self.answers.append(text_of(message))

    def has_more_than(self, answers: int) -> bool:
        return len(self.answers) > answers

    def end(self) -> None:
        self.stops = True
        for asking in self._asking:
            asking.result()
        self._pool.shutdown()


@contextmanager
def load_on(town: Town, patience_seconds: float = 4.0) -> Iterator[Load]:
    load = Load(town, patience_seconds)
    try:
        yield load
    finally:
        load.end()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with ServerThread(LoopbackDiscord()) as thread:
        town = Town(tmp_path, thread)
        yield town
        assert town.server.violations == []
        assert town.strays() == []


def text_of(message: Json) -> str:
    parts = [message["content"]]
    for embed in message["embeds"]:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [one["value"] for one in embed.get("fields", ())]
    return "\n".join(parts)


def wait_for(condition: Callable[[], Any], bot: Bot, seconds: float = SOON_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {bot.said}"
        time.sleep(0.005)


def test_a_bot_is_started_asked_stopped_and_its_old_buttons_work_on(town: Town) -> None:
    with town.bot() as bot:
        assert re.search(r"WARNING policybot: No index at .*Building it from", bot.said)
        assert re.search(r"policybot \d\S+ answers from generation 1, 1 document$", bot.said, re.M)
        # discord.py waits two seconds for more servers before it calls itself ready.
        wait_for(lambda: re.search(r"Ready as \S+ in 1 server$", bot.said, re.M), bot)
        assert "static token" not in bot.said
        message = town.ask()
        assert "636,000" in text_of(message)
        assert bot.end() < 5
        assert bot.said.rstrip().endswith("Stopped")
    assert town.lock_is_free()
    with town.bot() as bot:
        assert "Building" not in bot.said
        message = town.press(message, "Next")
        assert "Passage 2 of" in message["embeds"][0]["footer"]["text"]
        message = town.press(message, "Previous")
        assert "> `7` " in text_of(town.press(message, "Context"))
        assert "Stored" in text_of(town.press(message, "Helpful"))
        assert bot.end(signal.SIGINT) < 5
    assert town.server.command_puts == 1


def test_a_rebuild_by_another_process_is_taken_up_without_a_failed_question(town: Town) -> None:
    with town.bot() as bot, load_on(town) as load:
        town.write("zinc.txt", "The zinc tariff is 41 crowns.")
        built = town.once("index", "build")
        assert built.returncode == 0, built.stderr
        before = len(load.answers)
        finished = time.monotonic()
        while "41 crowns" not in text_of(town.ask("What is the zinc tariff?")):
            assert time.monotonic() - finished < 5
        wait_for(lambda: len(load.answers) > before + 20, bot)
        load.end()
        bot.end()
    assert load.unanswered == 0
    assert all("636,000" in answer for answer in load.answers)


def test_a_stop_under_load_is_clean_at_any_moment(town: Town) -> None:
    chance = random.Random(3)
    with load_on(town, patience_seconds=0.3) as load:
        for round_ in range(STOPS):
            with town.bot() as bot:
                ready_at, before = time.monotonic(), len(load.answers)
                wait_for(partial(load.has_more_than, before), bot)
                time.sleep(chance.uniform(0, 0.3))
                heard_until = time.monotonic() - 0.1
                bot.end(signal.SIGINT if round_ % 5 == 4 else signal.SIGTERM)
                assert " ERROR " not in bot.said, bot.said
            heard = [one for one in load.asked if ready_at < (one.dispatched_at or 0) < heard_until]
            assert [one for one in heard if one.responded_at is None] == []
            assert town.lock_is_free()
            assert town.strays() == []
        load.stops = True
    assert town.server.command_puts == 1


def test_what_is_being_answered_at_a_stop_is_finished_and_nothing_new_is_taken(town: Town) -> None:
    with town.bot() as bot:
        town.server.fail_next("POST", "/callback", delay_seconds=1.0)
        asked = town.call("ask", question=EXPORTS)
        wait_for(lambda: "/callback" in town.server.requests[-1].path, bot)
        bot.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "Stopping" in bot.said, bot)
        late = town.call("ask", question=EXPORTS)
        assert "The bot is restarting" in text_of(town.thread.run(late.wait_response(0.5)))
        assert bot.end() < 5
    assert "636,000" in text_of(town.thread.run(asked.wait_response(0.1)))


def test_a_stop_while_the_bot_is_still_connecting_is_clean(town: Town) -> None:
    assert town.once("index", "build").returncode == 0
    for path in ("/users/@me", "/commands"):
        town.server.fail_next("*", path, delay_seconds=5.0)
        seen = len(town.server.requests)
        with town.bot(waits=False) as bot:
            wait_for(partial(town.was_asked_for, path, seen), bot)
            assert bot.end() < 5
            assert " ERROR " not in bot.said, bot.said


def test_a_second_bot_of_the_same_application_is_refused(town: Town) -> None:
    with town.bot() as bot:
        second = town.once("discord")
        assert second.returncode == 2
        assert re.fullmatch(
            rf"policybot: The bot of application {town.server.bot.id} is running already "
            rf"\(process {bot.process.pid}\)\. .* Stop that one first\.\n",
            second.stderr,
        ), second.stderr
        assert "636,000" in text_of(town.ask())
        bot.end()


def test_after_a_kill_the_next_start_works(town: Town) -> None:
    with town.bot() as bot:
        message = town.ask()
        town.ask(STEEL)
        wait_for(lambda: town.entries() == 1, bot)
        bot.process.kill()
    with town.bot() as bot:
        assert "636,000" in text_of(town.ask())
        assert "> `7` " in text_of(town.press(message, "Context"))
        assert town.entries() == 1
        bot.end()


def builds_of(pid: int) -> list[int]:
    """Return the rebuilds that a process has started and that are still there."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"\0build\0" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def test_a_rebuild_is_a_child_without_the_token_that_ends_with_the_bot(town: Town) -> None:
    with town.bot() as bot:
        town.write("zinc.txt", "The zinc tariff is 41 crowns.")
        town.call("reindex", town.moderator)
        wait_for(lambda: builds_of(bot.process.pid), bot)
        (child,) = builds_of(bot.process.pid)
        os.kill(child, signal.SIGSTOP)  # a rebuild that takes for ever
        inherited = Path(f"/proc/{child}/environ").read_bytes()
        assert b"PATH=" in inherited
        assert town.server.token.encode() not in inherited
        assert "636,000" in text_of(town.ask())
        assert child in town.strays()
        bot.end()
        assert not Path(f"/proc/{child}").exists()
    with town.bot() as bot:
        report = town.thread.run(town.call("reindex", town.moderator).wait_response())
        assert "+ zinc" in text_of(report)
        bot.end()


def test_no_question_is_left_on_disk_or_in_the_log(town: Town) -> None:
    with town.bot("-v") as bot:
        town.server.fail_next("POST", "/callback", status=400, code=50035)
        town.call("ask", question=STEEL)
        town.server.fail_next("POST", "/callback", reset_connection=True)
        town.call("ask", question=STEEL)
        town.ask(STEEL)
        direct = town.server.open_dm(town.ada)
        for place, mentions in ((town.channel, True), (direct, False)):
            say(town, town.ada, place, STEEL, mentions=mentions)
        wait_for(lambda: len(town.server.messages(direct)) == 2, bot)
        assert "Stored" in text_of(town.press(town.ask(), "Not helpful"))
        bot.end()
        said = bot.said
    tokens = [town.server.token, *interaction_tokens(town)]
    assert len(tokens) > 5
    for secret in (*tokens, "grandmother", "umbrella", "ada"):
        assert secret not in said
    assert " ERROR " in said, "the faults were told of"
    everything = {file: file.read_bytes() for file in town.state.rglob("*") if file.is_file()}
    assert town.state / "ledger.sqlite" in everything
    for file, content in everything.items():
        assert STEEL.encode() not in content, file
        assert b"that grandmother" not in content, file
        assert not any(secret.encode() in content for secret in tokens), file
        assert str(town.ada.id).encode() not in content, file


def test_the_ledger_holds_terms_in_alphabetical_order_and_a_hash(town: Town) -> None:
    with town.bot() as bot:
        town.ask(STEEL)
        bot.end()
    with contextlib.closing(sqlite3.connect(town.state / "ledger.sqlite")) as ledger:
        listed = ledger.execute("SELECT terms, person, outcome, day FROM unanswered").fetchall()
    ((terms, person, outcome, day),) = listed
    assert sorted(terms.split()) == terms.split()
    assert "grandmoth" in terms
    assert not {"the", "that", "for"} & set(terms.split())
    assert re.fullmatch("[0-9a-f]{32}", person)
    assert outcome in {"not_found", "uncertain"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)


def test_what_is_older_than_the_retention_goes_when_the_bot_runs(town: Town) -> None:
    with town.bot() as bot:
        town.ask(STEEL)
        bot.end()
    file = town.state / "ledger.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as ledger, ledger:
        ledger.execute("UPDATE unanswered SET day = '2020-01-01'")

    def held() -> int:
        with contextlib.closing(sqlite3.connect(file)) as ledger:
            return int(ledger.execute("SELECT count(*) FROM unanswered").fetchone()[0])

    assert held() == 1
    with town.bot() as bot:
        wait_for(lambda: held() == 0, bot)
        bot.end()


def test_a_damaged_ledger_is_set_aside_and_the_bot_goes_on(town: Town) -> None:
    town.state.mkdir()
    (town.state / "ledger.sqlite").write_bytes(b"SQLite format 3\0" + b"\x07" * 5000)
    with town.bot() as bot:
        assert "is set aside as ledger.sqlite.damaged-" in bot.said
        assert "636,000" in text_of(town.ask())
        assert "Stored" in text_of(town.press(town.ask(), "Helpful"))
        bot.end()
    assert len(list(town.state.glob("ledger.sqlite.damaged-*"))) == 1


@contextmanager
def broken(town: Town, how: str) -> Iterator[Mapping[str, str]]:
    """Break what a start needs; yield the token to be used and what the message must name."""
    settings = town.project / "policybot.yaml"
    if how == "no token":
        yield {"token": "", "said": "There is no Discord token"}
    elif how == "malformed token":
        yield {"token": "canary-canary-canary", "said": "three parts divided by points"}
    elif how == "missing token file":
        settings.write_text("discord:\n  token_file: secrets/token\n", encoding="utf-8")
        yield {"token": "", "said": "secrets/token cannot be read: No such file or directory"}
    elif how == "unreadable settings":
        settings.write_bytes(b"\xff\xfe\xfa\x00discord")
        yield {"token": town.server.token, "said": "policybot.yaml is not valid UTF-8"}
    else:
        settings.write_text("discord:\n  chanels: [1]\n", encoding="utf-8")
        yield {"token": town.server.token, "said": "no setting is called discord.chanels"}


HOWS = (
    "no token",
    "malformed token",
    "missing token file",
    "unreadable settings",
    "unknown setting",
)


@pytest.mark.parametrize("how", HOWS)
def test_a_start_that_cannot_be_says_why_in_one_message(town: Town, how: str) -> None:
    with broken(town, how) as given:
        ended = town.once("discord", token=given["token"])
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert given["said"] in ended.stderr
        assert re.fullmatch(r"policybot: [^\n]+\n", ended.stderr), ended.stderr
        assert "canary" not in ended.stderr
    assert list(town.server.requests) == []
    assert not town.state.exists()


@pytest.mark.parametrize("how", HOWS)
def test_the_check_names_what_is_wrong(town: Town, how: str) -> None:
    with broken(town, how) as given:
        ended = town.once("discord", "--check", token=given["token"])
        assert ended.returncode == 2
        assert given["said"] in " ".join((ended.stdout + ended.stderr).split())
        assert "Traceback" not in ended.stderr
        assert "canary" not in ended.stdout + ended.stderr
    assert list(town.server.requests) == []


def test_the_check_warns_of_a_missing_index_and_fails_on_a_damaged_one(town: Town) -> None:
    ended = town.once("discord", "--check")
    assert "none yet at" in ended.stdout
    assert ended.returncode == 0
    assert town.once("index", "build").returncode == 0
    for file in (town.state / "index").rglob("*.db"):
        file.write_bytes(b"x")
    ended = town.once("discord", "--check")
    assert ended.returncode == 2
    assert "policybot index build" in ended.stdout


def test_the_check_is_content_when_all_is_in_order(town: Town) -> None:
    assert town.once("index", "build").returncode == 0
    ended = town.once("discord", "--check")
    assert ended.returncode == 0, ended.stdout
    assert ended.stderr == ""
    assert f"of application {town.server.bot.id}" in ended.stdout
    assert town.server.token not in ended.stdout
    assert list(town.server.requests) == []


def test_there_is_no_invitation_without_a_token(town: Town) -> None:
    ended = town.once("discord", "--invite", token="")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "There is no Discord token" in ended.stderr


def test_the_invitation_asks_for_what_the_bot_needs(town: Town) -> None:
    ended = town.once("discord", "--invite")
    assert ended.returncode == 0
    assert f"client_id={town.server.bot.id}" in ended.stdout
    assert f"permissions={PERMISSIONS}&integration_type=0" in ended.stdout
    assert "scope=bot+applications.commands" in ended.stdout
    assert "scope=applications.commands&integration_type=1" in ended.stdout
    assert town.server.token not in ended.stdout + ended.stderr


@pytest.mark.parametrize("is_refused_at", ["login", "gateway"])
def test_a_bot_that_discord_refuses_ends_with_one_message(town: Town, is_refused_at: str) -> None:
    if is_refused_at == "login":
        town.server.fail_next("GET", "/users/@me", status=401)
    with town.bot(waits=is_refused_at != "login") as bot:
        if is_refused_at == "gateway":
            town.thread.run(town.server.gateway.close_all(4014))
        assert bot.process.wait(SOON_SECONDS) == 2
        last = bot.said.rstrip().splitlines()[-1]
        assert last.startswith("policybot: Discord ")
        assert "Traceback" not in bot.said
        assert "Unclosed" not in bot.said
        assert town.server.token not in bot.said
    assert town.lock_is_free()


def test_the_token_may_stand_in_a_file(town: Town) -> None:
    (town.project / "token").write_text(f"{town.server.token}\n", encoding="utf-8")
    (town.project / "token").chmod(0o600)
    settings = town.project / "policybot.yaml"
    settings.write_text("discord:\n  token_file: token\n", encoding="utf-8")
    ended = town.once("discord", "--check", token="")
    assert ended.returncode == 0, ended.stdout
    (town.project / "token").chmod(0o644)
    for flags in ((), ("--check",)):
        ended = town.once("discord", *flags, token="")
        assert ended.returncode == 2
        assert f"chmod 600 {town.project}/token" in ended.stdout + ended.stderr
    assert list(town.server.requests) == []


def test_a_folder_that_cannot_be_written_to_is_told_with_advice(tmp_path: Path) -> None:
    settings = load(project_at(tmp_path / "project"))
    token = Token(LoopbackDiscord().token)
    settings.lock_of(token.application_id).mkdir(parents=True)  # stands in the lock's way
    with pytest.raises(LedgerFailed, match=r"Cannot write to .* Make it writable, or make room"):
        run_bot(settings, Assistant(settings, lambda _: None), token)


def test_the_wait_for_a_connection_grows_and_begins_anew_after_a_lasting_session() -> None:
    waits = [0.0]
    for _ in range(6):
        waits.append(next_wait(waits[-1], 30.0))
    assert waits[1:] == [60, 120, 240, 480, 900, 900]
    assert next_wait(900.0, 599.0) == 900
    assert next_wait(900.0, 600.0) == 60


def say(town: Town, user: User, place: Channel, text: str, *, mentions: bool) -> None:
    town.thread.run(town.server.say(user, place, text, mentions_bot=mentions))


def interaction_tokens(town: Town) -> Sequence[str]:
    """Return the tokens of all interactions that were answered."""
    paths = [request.path.split("/") for request in town.server.requests]
    return sorted({parts[3] for parts in paths if parts[1] == "interactions"})
