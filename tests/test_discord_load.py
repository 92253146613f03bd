"""The load script in short: a few seconds of each load, and that it notices what it is there for.

The bounds are wider than the script's own, because other tests may run beside these.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import discord
import discord_load
import pytest
from discord_load import Crowd, Echo, Figure, Happened, Stage, before_a_bot
from loopback_discord import LoopbackDiscord, connected
from run_with_ticker import Ticker

Figures = dict[str, Figure]
HELD_TO_NONE = [
    "questions, completions and presses that failed",
    "not acknowledged",
    "10062 (acknowledged too late)",
    "40060 (acknowledged twice)",
    "requests that Discord refused",
    "requests that break a rule",
    "warnings and errors in the log",
    "exit code",
]


def measured(
    factory: pytest.TempPathFactory, measure: Callable[[Path], Coroutine[Any, Any, list[Figure]]]
) -> Figures:
    figures = asyncio.run(measure(factory.mktemp("load")))
    return {figure.name: figure for figure in figures}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return measured(
        tmp_path_factory,
        lambda folder: discord_load.load(folder, rate=50, seconds=2, passages=1000),
    )


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return measured(
        tmp_path_factory,
        lambda folder: discord_load.rebuild(folder, rate=30, seconds=2, passages=1000),
    )


@pytest.fixture(scope="module")
def burst(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return measured(
        tmp_path_factory,
        lambda folder: discord_load.burst(folder, questions=200, bursts=1, passages=1000),
    )


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return measured(tmp_path_factory, lambda folder: discord_load.swaps(folder, swaps=40))


@pytest.mark.parametrize("load", ["loaded", "rebuilt", "burst", "swapped"])
def test_no_load_makes_anything_fail(load: str, request: pytest.FixtureRequest) -> None:
    figures: Figures = request.getfixturevalue(load)
    assert {name: figures[name].value for name in HELD_TO_NONE} == dict.fromkeys(HELD_TO_NONE, 0)


def test_fifty_interactions_a_second_are_all_made_and_every_question_answered(
    loaded: Figures,
) -> None:
    assert loaded["interactions"].value == 100
    assert loaded["questions answered"].value == loaded["questions, with those of mentions"].value
    assert loaded["questions answered"].value > 30


def test_under_load_acknowledgements_come_long_before_three_seconds(loaded: Figures) -> None:
    assert loaded["acknowledged, p50"].value < 150
    assert loaded["acknowledged, max"].value < 2000


def test_under_load_completions_come_while_somebody_types(loaded: Figures) -> None:
    assert loaded["completions, p50"].value < 100
    assert loaded["completions, max"].value < 1000


def test_during_rebuilds_every_question_is_answered(rebuilt: Figures) -> None:
    assert rebuilt["questions refused politely"].value == 0
    assert rebuilt["acknowledged, max"].value < 2000


def test_each_rebuild_gives_an_index_that_answers_at_once(rebuilt: Figures) -> None:
    assert rebuilt["rebuilds"].value >= 1
    assert rebuilt["rebuilds without a new index"].value == 0
    assert rebuilt["answers from the old index after a rebuild"].value == 0


def test_a_rebuild_does_not_hold_up_the_loop(rebuilt: Figures) -> None:
    assert rebuilt["lag of the bot's loop, p50"].value < 25
    assert rebuilt["lag of the bot's loop, max"].value < 1000


def test_of_many_questions_at_once_each_is_answered_or_refused_within_three_seconds(
    burst: Figures,
) -> None:
    dealt_with = burst["questions answered"].value + burst["questions refused politely"].value
    assert dealt_with == 200
    assert burst["questions answered"].value > 100
    assert burst["answered or politely refused, max"].value < 3000


def test_new_indexes_leave_no_file_open(swapped: Figures) -> None:
    assert swapped["open files after 40 swaps"].value == swapped["open files after 4 swaps"].value


def test_new_indexes_leave_no_memory_taken(swapped: Figures) -> None:
    # Indexes that are not let go of would take eight MiB.
    grown = swapped["memory after 40 swaps"].value - swapped["memory after 4 swaps"].value
    assert grown < 4


def test_a_loop_that_stands_still_is_noticed_by_the_ticker() -> None:
    async def stand_still() -> list[float]:
        ticker = Ticker(asyncio.get_running_loop())
        await asyncio.sleep(0.05)
        time.sleep(0.3)
        await asyncio.sleep(0.05)
        return list(ticker.ticks[1::2])

    late = asyncio.run(stand_still())
    assert max(late) > 0.25
    # A tick was due every ten milliseconds, and each counts for as long as it waited.
    assert sum(one > 0.1 for one in late) >= 15


def asked_of_an_echo(prepare: Callable[[LoopbackDiscord], object]) -> Happened:
    """Ask a bot once that acknowledges everything and answers nothing."""

    async def ask() -> Happened:
        async with LoopbackDiscord(validates=False) as server:
            crowd = Crowd(server, 1)
            crowd.questions = ["How many new energy vehicles were exported?"]
            prepare(server)
            client = Echo(
                intents=discord.Intents(guilds=True),
                allowed_mentions=discord.AllowedMentions.none(),
                guild_ready_timeout=0.02,
            )
            async with connected(server, client):
                return await crowd.ask()

    return asyncio.run(ask())


def test_an_answer_that_is_none_counts_as_failed() -> None:
    happened = asked_of_an_echo(lambda _: None)
    assert happened.answered is not None
    assert happened.outcome == "failed"


def test_a_late_acknowledgement_is_measured_as_late() -> None:
    happened = asked_of_an_echo(
        lambda server: server.fail_next("POST", "/callback", delay_seconds=0.3)
    )
    assert happened.acknowledged is not None
    assert 0.3 <= happened.acknowledged < 2


def test_a_bot_that_is_killed_is_noticed(tmp_path: Path) -> None:
    async def kill() -> Stage:
        async with before_a_bot(tmp_path, 50) as stage:
            stage.bot.process.kill()
            await stage.bot.process.wait()
        return stage

    stage = asyncio.run(kill())
    figures = {figure.name: figure for figure in discord_load.common_figures(stage)}
    assert figures["exit code"].value == 9
    assert not figures["exit code"].is_kept


def test_a_figure_above_its_bound_is_a_failure() -> None:
    assert str(Figure("acknowledged, p99", 300.1, "ms", 300)).endswith("FAIL")
    assert str(Figure("acknowledged, p99", 300.0, "ms", 300)).endswith("pass")


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [(range(1, 101), 0.99, 99), (range(1, 101), 0.5, 50), ([7], 0.99, 7), ([], 0.5, float("inf"))],
)
def test_a_quantile_is_a_value_that_was_measured(
    values: list[float], share: float, expected: float
) -> None:
    assert discord_load.quantile(values, share) == expected


def test_more_than_the_script_is_bounded_to_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["discord_load.py", "--seconds", "601"])
    with pytest.raises(SystemExit):
        discord_load.main()
    assert "from 1 to 600" in capsys.readouterr().err
