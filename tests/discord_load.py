"""Put the running bot under load and print what it keeps to, with pass or fail for each figure.

    python tests/discord_load.py [--seconds 120] [--rate 50] [--passages 100000] [--swaps 1000]
                                 [--only floor|load|rebuild|burst|swaps]

The bot is the program itself in a process of its own, connected over 127.0.0.1 to a Discord that
this script plays. Events come at random moments and wait for nobody: who asks does not ask more
slowly because the bot is slow. Times run from the moment Discord knows of an event. The text is
made up as in `benchmark.py`, with titles and headings. The exit code is 1 when a figure is missed.
"""

import argparse
import asyncio
import contextlib
import datetime
import itertools
import math
import os
import platform
import random
import re
import resource
import sys
import tempfile
import time
from array import array
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import benchmark
import discord
import discord.gateway
import discord.http
import yarl
from loopback_discord import Channel, Interaction, LoopbackDiscord, User, until

import index
from bot.discord_app.presses import Press, read_press
from bot.discord_app.texts import texts

Json = dict[str, Any]
Outcome = Literal["answered", "refused", "failed"]
Act = Callable[[], Coroutine[Any, Any, "Happened"]]

TESTS = Path(__file__).resolve().parent
PASSAGES = 10_000  # where a figure does not ask for another number
PASSAGES_A_HEADING = 10
WARM_UP = 30  # questions before anything is measured
WAIT_SECONDS = 20.0  # for an answer; far above every bound
BUILD_SECONDS = 600.0
BURST, BURSTS = 500, 3
SAY = texts("en").say
MIX = {"ask": 40, "complete": 30, "press": 30}  # of 100 interactions; mentions come on top
A_MENTION_EVERY = 10  # interactions
PRESSED = {"go": 50, "context": 25, "why": 15, "helpful": 10}
POLITE = {SAY("refused.busy"), SAY("changed.moved")}
MOVED_TITLES = {"context": SAY("context.title", id=""), "why": SAY("why.title", id="")}
THANKS = {SAY("feedback.stored"), SAY("feedback.same")}
TROUBLE = re.compile(r" (?:WARNING|ERROR|CRITICAL) |Traceback")
# Where the acknowledgement of a heartbeat overtakes discord.py's own thread, as it can on one
# machine, it reckons from the heartbeat before: the seconds are those between two heartbeats.
OVERTAKEN = "websocket is 41."
UP_TO_DATE = re.compile(r"Answering from generation (\d+)")


# -- what happened, and what is said of it


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that somebody did, and what became of it; seconds since Discord knew of it."""

    kind: str
    begun: float  # monotonic
    acknowledged: float | None  # the first reaction; of a mention, the reply itself
    answered: float | None  # the message that the person waits for
    outcome: Outcome
    generation: int = 0  # of the index that answered; 0 where the answer does not say


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the report."""

    name: str
    value: float  # a whole number is a count
    unit: str
    most: float | None = None  # None: told, and held to nothing

    @property
    def is_kept(self) -> bool:
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        shown = f"{self.value:10d}" if isinstance(self.value, int) else f"{self.value:10.1f}"
        bound = "" if self.most is None else f"at most {self.most:g}"
        verdict = "" if self.most is None else "pass" if self.is_kept else "FAIL"
        return f"  {self.name:<56}{shown} {self.unit:<6} {bound:<14} {verdict}".rstrip()


def quantile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that so large a share of all does not exceed; inf of none."""
    in_order = sorted(values)
    return in_order[math.ceil(share * len(in_order)) - 1] if in_order else math.inf


def milliseconds(
    name: str, seconds: Collection[float], p99: float | None = None, most: float | None = None
) -> list[Figure]:
    """Return p50, p99 and maximum of some times, the last two with what they may be at most."""
    return [
        Figure(f"{name}, p50", quantile(seconds, 0.5) * 1e3, "ms"),
        Figure(f"{name}, p99", quantile(seconds, 0.99) * 1e3, "ms", p99),
        Figure(f"{name}, max", max(seconds, default=math.inf) * 1e3, "ms", most),
    ]


# -- the documents


def write_corpus(folder: Path, passages: int) -> list[str]:
    """Write documents with titles and headings; return questions that they answer."""
    folder.mkdir(parents=True)
    questions = benchmark.write_documents(folder, passages)
    for path in sorted(folder.glob("*.txt")):
        paragraphs = path.read_text().split("\n\n")
        for place in range(0, len(paragraphs), PASSAGES_A_HEADING):
            heading = " ".join(re.findall(r"\w+", paragraphs[place])[:5])
            paragraphs[place] = f"## {heading}\n\n{paragraphs[place]}"
        path.with_suffix(".md").write_text("\n\n".join(paragraphs))
        path.unlink()
    publish_edition(folder, 1)
    return questions


def publish_edition(folder: Path, edition: int) -> None:
    """Give every document another title, so that a rebuild reads and analyses it again."""
    for number, path in enumerate(sorted(folder.glob("*.md")), start=1):
        about = f"title: Circular {number}, edition {edition}\npublisher: Ministry of Industry\n"
        path.with_suffix(".yaml").write_text(about)


# -- the people


class Crowd:
    """Many people in one server, who ask, type, press and mention."""

    def __init__(self, server: LoopbackDiscord, people: int = BURST) -> None:
        self.server = server
        guild = server.add_guild()
        self.channels = [server.add_channel(guild, f"policy-{number}") for number in range(4)]
        self.people = [server.add_user(f"person{number}") for number in range(people)]
        self.moderator = server.add_user("moderator")
        self.questions: Sequence[str] = ()
        self._random = random.Random(1)
        self._answers: deque[tuple[User, int]] = deque(maxlen=300)  # asker, public message
        self._replies: dict[str, asyncio.Future[Json]] = {}  # by the message replied to

    def acts(self, rate: float, seconds: float) -> list[tuple[float, Act]]:
        """Return what will be done and when, in seconds from the start."""
        names = self._random.choices(list(MIX), list(MIX.values()), k=round(rate * seconds))
        interactions: dict[str, Act] = {
            "ask": self.ask,
            "complete": self.complete,
            "press": self.press,
        }
        acts = [interactions[name] for name in names]
        acts += [self.mention] * (len(names) // A_MENTION_EVERY)
        return sorted(
            ((self._random.uniform(0, seconds), act) for act in acts),
            key=lambda planned: planned[0],
        )

    async def ask(self, person: User | None = None, *, private: bool | None = None) -> Happened:
        """Ask with the slash command; one in eight asks privately."""
        person = person or self._random.choice(self.people)
        private = self._random.random() < 1 / 8 if private is None else private
        asked = await self.server.slash(
            person, self._channel(), "ask", question=self._question(), private=private
        )
        found = await _became_of(asked, "ask", _answer_outcome)
        if found.outcome == "answered" and not private:
            self._answers.append((person, asked.response_id or 0))
        return found

    async def complete(self) -> Happened:
        """Type a part of a question or of a document's title."""
        person, channel = self._random.choice(self.people), self._channel()
        typed = self._question()[: self._random.randint(1, 25)]
        if self._random.random() < 0.8:
            asked = await self.server.autocomplete(
                person, channel, "ask", "question", question=typed
            )
        else:
            number = str(self._random.randint(1, 99))
            asked = await self.server.autocomplete(
                person, channel, "ask", "source", question=typed, source=number
            )
        with contextlib.suppress(TimeoutError):
            await asked.wait_acknowledged(WAIT_SECONDS)
        taken = _since(asked, asked.acknowledged_at)
        outcome: Outcome = "failed" if taken is None else "answered"
        return Happened("complete", asked.created_at, taken, taken, outcome)

    async def press(self) -> Happened:
        """Press a button of a recent answer; two in three press on their own."""
        asker, message = self._random.choice(self._answers)
        action = self._random.choices(list(PRESSED), list(PRESSED.values()))[0]
        stored = self.server.world.messages[message]
        presses = _presses(stored)
        pressed = self._random.choice([p for p in presses if p.action == action] or presses)
        person = asker if self._random.random() < 2 / 3 else self._random.choice(self.people)
        asked = await self.server.press(person, stored, pressed.custom_id)
        return await _became_of(asked, "press", lambda shown: _press_outcome(pressed, shown))

    async def mention(self) -> Happened:
        """Mention the bot with a question."""
        person, channel = self._random.choice(self.people), self._channel()
        begun = time.monotonic()
        said = await self.server.say(person, channel, self._question(), mentions_bot=True)
        self._replies[said["id"]] = asyncio.get_running_loop().create_future()
        try:
            reply = await asyncio.wait_for(self._replies[said["id"]], WAIT_SECONDS)
        except TimeoutError:
            return Happened("mention", begun, None, None, "failed")
        finally:
            del self._replies[said["id"]]
        taken = time.monotonic() - begun
        outcome = _answer_outcome(reply)
        return Happened("mention", begun, taken, taken, outcome, _generation(reply))

    async def hear_replies(self) -> None:
        """Tell those who mentioned the bot of its replies, until cancelled."""
        messages, last = self.server.world.messages, 0
        while True:
            new = list(itertools.takewhile(last.__lt__, reversed(messages)))
            last = max(new, default=last)
            for number in new:
                reference = messages[number].get("message_reference") or {}
                waiting = self._replies.get(reference.get("message_id", ""))
                if waiting is not None and not waiting.done():
                    waiting.set_result(messages[number])
            await asyncio.sleep(0.005)

    def _question(self) -> str:
        return self._random.choice(self.questions)

    def _channel(self) -> Channel:
        return self._random.choice(self.channels)


async def _became_of(
    asked: Interaction, kind: str, outcome_of: Callable[[Json], Outcome]
) -> Happened:
    """Wait for what an interaction leads to."""
    outcome: Outcome = "failed"
    generation = 0
    with contextlib.suppress(TimeoutError, LookupError):
        shown = await asked.wait_response(WAIT_SECONDS)
        outcome, generation = outcome_of(shown), _generation(shown)
    return Happened(
        kind,
        asked.created_at,
        _since(asked, asked.acknowledged_at),
        _since(asked, asked.responded_at),
        outcome,
        generation,
    )


def _since(asked: Interaction, moment: float | None) -> float | None:
    return None if moment is None else moment - asked.created_at


def _presses(message: Json) -> list[Press]:
    """Return what the buttons of a message carry that can be pressed."""
    buttons = [button for row in message["components"] for button in row["components"]]
    read = [read_press(button["custom_id"]) for button in buttons if not button.get("disabled")]
    return [press for press in read if press is not None and press.action in PRESSED]


def _generation(message: Json) -> int:
    """Return the generation of the index that an answer came from; 0 for anything else."""
    return max((press.generation for press in _presses(message)), default=0)


def _answer_outcome(message: Json) -> Outcome:
    if _words(message) in POLITE:
        return "refused"
    return "answered" if _generation(message) else "failed"


def _press_outcome(press: Press, message: Json) -> Outcome:
    """Say whether a press led to what its button promises."""
    if _words(message) in POLITE:
        return "refused"
    if press.action == "helpful":
        return "answered" if _words(message) in THANKS else "failed"
    if press.action in MOVED_TITLES:
        title = str(message["embeds"][0].get("title", "")) if message["embeds"] else ""
        return "answered" if title.startswith(MOVED_TITLES[press.action]) else "failed"
    return _answer_outcome(message)


def _words(message: Json) -> str:
    return str(message["embeds"][0].get("description", "")) if message["embeds"] else ""


async def play(
    acts: Sequence[tuple[float, Act]], is_over: Callable[[], bool] = lambda: False
) -> tuple[list[Happened], list[float]]:
    """Let everything happen at its moment; return what became of it, and how late each began."""
    started = time.monotonic()
    tasks: list[asyncio.Task[Happened]] = []
    late: list[float] = []
    for moment, act in acts:
        await asyncio.sleep(max(0.0, started + moment - time.monotonic()))
        if is_over():
            break
        late.append(time.monotonic() - started - moment)
        tasks.append(asyncio.create_task(act()))
    return list(await asyncio.gather(*tasks)), late


# -- the bot


@dataclass(slots=True)
class Bot:
    """The bot as a process, and what it leaves behind."""

    process: asyncio.subprocess.Process
    log: Path
    lags: Path
    exit_code: int | None = None

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def generation(self) -> int:
        """The generation that it took up last, as its log says; 0 before the first."""
        found = UP_TO_DATE.findall(self.said)
        return int(found[-1]) if found else 0

    @property
    def troubles(self) -> list[str]:
        lines = self.said.splitlines()
        return [line for line in lines if TROUBLE.search(line) and OVERTAKEN not in line]

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    @property
    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208 (names alone)

    def lags_within(self, windows: Sequence[tuple[float, float]]) -> list[float]:
        """Return how late the ticks came that were due within some times; once it has ended."""
        ticks = array("d")
        ticks.frombytes(self.lags.read_bytes())
        return [
            late
            for due, late in zip(ticks[::2], ticks[1::2], strict=True)
            if any(begin <= due <= end for begin, end in windows)
        ]

    async def stop(self) -> None:
        """End it as a service manager does."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 15)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        self.exit_code = self.process.returncode


@dataclass(slots=True)
class Stage:
    """A crowd before a bot, and what was measured."""

    crowd: Crowd
    bot: Bot
    documents: Path
    happened: list[Happened] = field(default_factory=list)
    late: list[float] = field(default_factory=list)

    @property
    def index(self) -> Path:
        return self.documents.parent.parent / ".policybot" / "index"

    async def play(
        self, acts: Sequence[tuple[float, Act]], is_over: Callable[[], bool] = lambda: False
    ) -> list[Happened]:
        happened, late = await play(acts, is_over)
        self.happened += happened
        self.late += late
        return happened


@contextlib.asynccontextmanager
async def before_a_bot(
    folder: Path, passages: int, *, look_every_seconds: float | None = None
) -> AsyncIterator[Stage]:
    """Make documents, an index and a crowd, and run the bot for them for the length of a block."""
    documents = folder / "data" / "documents"
    questions = write_corpus(documents, passages)
    async with LoopbackDiscord(validates=False, records=False) as server:
        crowd = Crowd(server)
        crowd.questions = questions or ["edition"]
        moderator = crowd.moderator.id
        (folder / "policybot.yaml").write_text(
            f"discord:\n  questions_a_minute: 600\n  moderators: [{moderator}]\n"
        )
        variables = {
            "HOME": str(folder),
            "DISCORD_TOKEN": server.token,
            "LOOP_LAGS": str(folder / "lags"),
            **server.environment,
        }
        if look_every_seconds is not None:
            variables["LOOK_EVERY_SECONDS"] = str(look_every_seconds)
        await _index_built(folder)
        log = folder / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, str(TESTS / "run_with_ticker.py"), "discord"),
                cwd=folder,
                env=benchmark.ENV | variables,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        stage = Stage(crowd, Bot(process, log, folder / "lags"), documents)
        hearing = asyncio.create_task(crowd.hear_replies())
        try:
            await until(lambda: server.gateway.ready_count > 0 or _ended(process), 60)
            if _ended(process):
                raise SystemExit(f"the bot ended early:\n{stage.bot.said}")
            for person in crowd.people[:WARM_UP]:
                await crowd.ask(person, private=False)
            yield stage
        finally:
            hearing.cancel()
            await stage.bot.stop()


def _ended(process: asyncio.subprocess.Process) -> bool:
    return process.returncode is not None


async def _index_built(folder: Path) -> None:
    """Build the index in a process that gives its memory back."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "bot", "index", "build", "--json"),
        cwd=folder,
        env=benchmark.ENV,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        code = await asyncio.wait_for(process.wait(), BUILD_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    if code != 0:
        raise SystemExit(f"the index could not be built: {code}")


# -- the figures


def common_figures(stage: Stage, *, most_refused: int | None = 0) -> list[Figure]:
    """Return what holds of every load; once the bot has ended."""
    interactions = [one for one in stage.happened if one.kind != "mention"]
    questions = [one for one in stage.happened if one.kind in ("ask", "mention")]
    outcomes = Counter(one.outcome for one in questions)
    failed = sum(one.outcome == "failed" for one in stage.happened)
    codes = Counter(re.findall(r"code (\d+)", stage.bot.said))
    server = stage.crowd.server
    refused = sum(number for status, number in server.statuses.items() if status >= 400)
    return [
        Figure("interactions", len(interactions), ""),
        Figure("questions, with those of mentions", len(questions), ""),
        Figure("questions answered", outcomes["answered"], ""),
        Figure("questions refused politely", outcomes["refused"], "", most_refused),
        Figure("questions, completions and presses that failed", failed, "", 0),
        Figure("not acknowledged", sum(one.acknowledged is None for one in interactions), "", 0),
        Figure("10062 (acknowledged too late)", codes["10062"], "", 0),
        Figure("40060 (acknowledged twice)", codes["40060"], "", 0),
        Figure("requests that Discord refused", refused, "", 0),
        Figure("requests that break a rule", len(server.violations), "", 0),
        Figure("warnings and errors in the log", len(stage.bot.troubles), "", 0),
        Figure("exit code", abs(stage.bot.exit_code or 0), "", 0),
    ]


def time_figures(stage: Stage) -> list[Figure]:
    """Return how long people waited."""
    by_kind = {
        kind: [o.acknowledged for o in stage.happened if o.kind in kinds and o.acknowledged]
        for kind, kinds in {
            "acknowledged": ("ask", "complete", "press"),
            "a completion": ("complete",),
            "an answer to a mention": ("mention",),
        }.items()
    }
    answered = [o.answered for o in stage.happened if o.kind in ("ask", "press") and o.answered]
    return [
        *milliseconds("acknowledged", by_kind["acknowledged"], 300, 2000),
        *milliseconds("answer to /ask or a press", answered),
        *milliseconds("completions", by_kind["a completion"], 100),
        *milliseconds("reply to a mention", by_kind["an answer to a mention"]),
        Figure("the script itself was late, p99", quantile(stage.late, 0.99) * 1e3, "ms"),
    ]


async def floor(folder: Path, *, rate: float, seconds: float) -> list[Figure]:
    """Measure a bot that does nothing but acknowledge: what is the double's and discord.py's."""
    async with LoopbackDiscord(validates=False, records=False) as server:
        crowd = Crowd(server)
        crowd.questions = ["How many new energy vehicles were exported?"]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, __file__, "--child", "echo"),
            cwd=folder,
            env=benchmark.ENV | server.environment | {"DISCORD_TOKEN": server.token},
        )
        try:
            await server.until_ready(timeout_seconds=30)
            plan = [(at, act) for at, act in crowd.acts(rate, seconds) if act == crowd.complete]
            plan += [(at, crowd.ask) for at, _ in crowd.acts(rate * 0.7, seconds)]
            happened, late = await play(sorted(plan, key=lambda planned: planned[0]))
        finally:
            process.kill()
            await process.wait()
    acknowledged = [one.acknowledged for one in happened if one.acknowledged is not None]
    return [
        Figure("interactions", len(happened), ""),
        *milliseconds("acknowledged by a bot that does nothing", acknowledged),
        Figure("the script itself was late, p99", quantile(late, 0.99) * 1e3, "ms"),
    ]


async def load(
    folder: Path, *, rate: float, seconds: float, passages: int = PASSAGES
) -> list[Figure]:
    """Measure so many interactions a second."""
    async with before_a_bot(folder, passages) as stage:
        memory, cpu = stage.bot.resident_mib, stage.bot.cpu_seconds
        begun = time.monotonic()
        happened = await stage.play(stage.crowd.acts(rate, seconds))
        ended = time.monotonic()
        cpu = (stage.bot.cpu_seconds - cpu) / len(happened)
        memory_after = stage.bot.resident_mib
    return [
        *common_figures(stage),
        *time_figures(stage),
        *milliseconds("lag of the bot's loop", stage.bot.lags_within([(begun, ended)])),
        Figure("CPU of the bot for one event", cpu * 1e3, "ms"),
        Figure("memory of the bot before", memory, "MiB"),
        Figure("memory of the bot after", memory_after, "MiB"),
    ]


async def rebuild(folder: Path, *, rate: float, seconds: float, passages: int) -> list[Figure]:
    """Measure the same while /reindex reads all passages anew, again and again."""
    windows: list[tuple[float, float]] = []
    stale = unfinished = 0
    async with before_a_bot(folder, passages) as stage:
        crowd = stage.crowd
        loading = asyncio.create_task(stage.play(crowd.acts(rate, seconds)))
        for edition in itertools.count(2):
            if loading.done():
                break
            await asyncio.to_thread(publish_edition, stage.documents, edition)
            before = index.live_generation(stage.index) or 0
            begun = time.monotonic()
            asked = await crowd.server.slash(crowd.moderator, crowd.channels[0], "reindex")
            try:
                await asked.wait_response(BUILD_SECONDS)
            except TimeoutError:
                unfinished += 1
                break
            windows.append((begun, time.monotonic()))
            unfinished += index.live_generation(stage.index) != before + 1
            stale += (await crowd.ask()).generation != before + 1
        await loading
    covered = sum(end - begin for begin, end in windows)
    return [
        *common_figures(stage),
        Figure("rebuilds", len(windows), ""),
        Figure("one rebuild, from /reindex to its report", covered / max(1, len(windows)), "s"),
        Figure("rebuilds without a new index", unfinished, "", 0),
        Figure("answers from the old index after a rebuild", stale, "", 0),
        *time_figures(stage),
        *milliseconds("lag of the bot's loop", stage.bot.lags_within(windows), 25),
    ]


async def burst(
    folder: Path, *, questions: int = BURST, bursts: int = BURSTS, passages: int = PASSAGES
) -> list[Figure]:
    """Measure so many questions within one second, each of another person; the worst of some."""
    waited: list[float] = []
    async with before_a_bot(folder, passages) as stage:
        crowd = stage.crowd
        for number in range(bursts):
            await asyncio.sleep(1 if number else 0)
            moments = sorted(random.Random(2).uniform(0, 1) for _ in range(questions))

            def ask_as(person: User) -> Act:
                return lambda: crowd.ask(person, private=False)

            people = itertools.cycle(crowd.people)
            happened = await stage.play([(at, ask_as(next(people))) for at in moments])
            waited.append(max(one.answered or math.inf for one in happened))
    answered = [one.answered for one in stage.happened if one.answered is not None]
    acknowledged = [one.acknowledged for one in stage.happened if one.acknowledged is not None]
    return [
        *common_figures(stage, most_refused=None),
        *milliseconds("acknowledged", acknowledged),
        *milliseconds("answered or politely refused", answered, None, 3000),
        *(Figure(f"longest of burst {n}", w * 1e3, "ms", 3000) for n, w in enumerate(waited, 1)),
        Figure("the script itself was late, p99", quantile(stage.late, 0.99) * 1e3, "ms"),
    ]


async def swaps(folder: Path, *, swaps: int, rate: float = 5.0) -> list[Figure]:
    """Measure memory and open files over many new indexes, while some ask."""
    warm_up = swaps // 10
    marks = {0, warm_up, swaps // 4, swaps // 2, swaps}
    kept: dict[int, tuple[float, int]] = {}
    slowest = 0.0
    async with before_a_bot(folder, 50, look_every_seconds=0.02) as stage:
        done = asyncio.Event()
        acts = [(n / rate, stage.crowd.ask) for n in range(int(swaps * rate * 2) + 1)]
        loading = asyncio.create_task(stage.play(acts, done.is_set))
        await asyncio.sleep(1)
        for swap in range(swaps + 1):
            if swap:
                slowest = max(slowest, await _swapped(stage, swap))
            if swap in marks:
                await asyncio.sleep(0.5)
                kept[swap] = (stage.bot.resident_mib, stage.bot.open_files)
        done.set()
        await loading
    warm = kept[warm_up]
    growth = (kept[swaps][0] / warm[0] - 1) * 100
    return [
        *common_figures(stage),
        *(
            Figure(f"memory after {swap} swaps", memory, "MiB")
            for swap, (memory, _) in kept.items()
        ),
        Figure(f"growth since {warm_up} swaps", growth, "%", 5),
        *(Figure(f"open files after {swap} swaps", files, "") for swap, (_, files) in kept.items()),
        Figure("open files more or less than then", abs(kept[swaps][1] - warm[1]), "", 0),
        Figure("from a finished build to answers from it, max", slowest * 1e3, "ms"),
        *milliseconds("acknowledged", [o.acknowledged for o in stage.happened if o.acknowledged]),
    ]


async def _swapped(stage: Stage, swap: int) -> float:
    """Publish another index; return after how many seconds the bot answers from it."""

    def build() -> int:
        changed = stage.documents / "changing.txt"
        changed.write_text(f"The quota of steel was {swap % 2 + 1} tonnes.\n")
        model, documents = index.Bm25(), stage.documents
        return index.rebuild([documents], stage.index, model, home=documents).generation

    generation = await asyncio.to_thread(build)
    built = time.monotonic()
    await until(lambda: stage.bot.generation >= generation, 10)
    return time.monotonic() - built


# -- the command


class Echo(discord.Client):
    """Acknowledges everything at once."""

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        else:
            await interaction.response.send_message("Acknowledged.")


def echo() -> None:
    """Run a bot that does nothing but acknowledge, until it is killed."""
    discord.http.Route.BASE = os.environ["LOOPBACK_REST"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["LOOPBACK_GATEWAY"])
    client = Echo(
        intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none()
    )
    client.run(os.environ["DISCORD_TOKEN"], log_handler=None)


def _at_most(limit: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not 1 <= value <= limit:
            raise argparse.ArgumentTypeError(f"from 1 to {limit}")
        return value

    return number


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=_at_most(600), default=120)
    parser.add_argument("--rate", type=_at_most(200), default=50)
    parser.add_argument("--passages", type=_at_most(200_000), default=100_000)
    parser.add_argument("--swaps", type=_at_most(5000), default=1000)
    parser.add_argument("--only", choices=["floor", "load", "rebuild", "burst", "swaps"])
    parser.add_argument("--child", choices=["echo"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "echo":
        echo()
        return 0
    rate, seconds, passages = options.rate, options.seconds, options.passages
    parts: dict[str, tuple[str, Callable[[Path], Coroutine[Any, Any, list[Figure]]]]] = {
        "floor": (
            f"{rate} interactions a second for 10 s, to a bot that only acknowledges them",
            lambda folder: floor(folder, rate=rate, seconds=10),
        ),
        "load": (
            f"{rate} interactions a second for {seconds} s, {PASSAGES} passages",
            lambda folder: load(folder, rate=rate, seconds=seconds),
        ),
        "rebuild": (
            f"the same during rebuilds of {passages} passages",
            lambda folder: rebuild(folder, rate=rate, seconds=seconds, passages=passages),
        ),
        "burst": (
            f"{BURST} questions in one second, {BURSTS} times, {PASSAGES} passages",
            lambda folder: burst(folder),
        ),
        "swaps": (
            f"{options.swaps} new indexes while 5 a second ask",
            lambda folder: swaps(folder, swaps=options.swaps),
        ),
    }
    print(f"python {' '.join([Path(sys.argv[0]).name, *sys.argv[1:]])}")
    print(f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC")
    missed = 0
    for name, (what, measure) in parts.items():
        if options.only in (None, name):
            print(f"\n{name}: {what} (load of the machine before: {os.getloadavg()[0]:.1f})")
            before, begun = _cpu_of_others(), time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                figures = asyncio.run(measure(Path(folder)))
            others = (_cpu_of_others() - before) / (time.monotonic() - begun)
            figures.append(Figure("time of other processes, of one core", others * 100, "%"))
            for figure in figures:
                print(figure, flush=True)
                missed += not figure.is_kept
    print(f"\n{'all figures kept' if not missed else f'{missed} figures missed'}")
    return 1 if missed else 0


def _cpu_of_others() -> float:
    """Return the CPU seconds of all but this script and the children that it has waited for."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
    busy = (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
    own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return busy - sum(usage.ru_utime + usage.ru_stime for usage in own)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    sys.exit(main())
