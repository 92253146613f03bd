"""`index build --watch`: builds when files have settled, and goes on whatever happens."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Run, environment
from hypothesis import given
from hypothesis import strategies as st

from bot.watching import AT_MOST_SECONDS, QUIET_SECONDS, Attempts, build_when_settled, changes
from bot.watching import counts as change_counts
from index import BuildRefused, BuildReport, IndexBusy, NoDocuments, PolicyIndexError, Refused
from index import locked as lock_held

NOTHING = BuildReport(3, False, (), (), 2, (), (), 2, 9, 0.1)
NEWS = BuildReport(4, True, ("zinc",), (), 2, (), (), 3, 10, 0.1)
UNREADABLE = Refused("zinc.txt", "it is not text")


def built_at(
    seen: list[tuple[float, bool]], outcomes: list[float | None] | None = None
) -> list[float]:
    """Return when builds begin if changes are seen so; each build takes no time."""
    clock = [0.0]
    built: list[float] = []
    waits = iter(outcomes or [])

    def stream() -> Iterator[bool]:
        for moment, is_change in seen:
            clock[0] = moment
            yield is_change

    def build() -> float | None:
        built.append(clock[0])
        return next(waits, None)

    build_when_settled(stream(), build, lambda: clock[0])
    return built


def ticks(until: float, *changed: float) -> list[tuple[float, bool]]:
    return [(n / 4, n / 4 in changed) for n in range(1, int(until * 4) + 1)]


def test_it_builds_at_once_and_then_only_after_a_change() -> None:
    assert built_at(ticks(100)) == [0.25]
    assert built_at(ticks(100, 50.0)) == [0.25, 51.0]


def test_changes_close_together_are_one_build() -> None:
    assert built_at(ticks(100, 50.0, 50.5, 51.25)) == [0.25, 52.25]
    assert built_at(ticks(100, 50.0, 51.5)) == [0.25, 51.0, 52.5]


def test_changes_without_end_are_built_every_half_minute() -> None:
    always = [(n / 4, True) for n in range(1, 400)]
    built = built_at(always)
    assert built == [0.25, 30.5, 60.75, 91.0]


def test_what_could_not_be_done_is_tried_again_without_a_change() -> None:
    assert built_at(ticks(20), [3.0, 3.0, None]) == [0.25, 3.25, 6.25]
    assert built_at(ticks(20, 1.0), [9.0, None]) == [0.25, 2.0]


@given(st.lists(st.tuples(st.floats(0.01, 5), st.booleans()), max_size=80))
def test_every_change_is_built_once_it_has_settled(steps: list[tuple[float, bool]]) -> None:
    seen, moment = [], 0.0
    for step, is_change in steps:
        moment += step
        seen.append((moment, is_change))
    seen += [(moment + n / 4, False) for n in range(1, 9)]
    built = built_at(seen)
    changed = [at for at, is_change in seen if is_change]
    for at in changed:
        assert any(at <= build <= at + AT_MOST_SECONDS + 5 for build in built)
    assert len(built) <= len(changed) + 1
    assert all(
        not any(build - QUIET_SECONDS < at <= build for at in changed)
        or any(build - at >= AT_MOST_SECONDS for at in changed)
        for build in built[1:]
    )


def told_of(
    *outcomes: BuildReport | Exception,
) -> tuple[list[BuildReport | str], list[float | None]]:
    """Return what is shown and told of builds that end so, and when each is tried again."""
    said: list[BuildReport | str] = []
    script = iter(outcomes)

    def build(_is_first: bool) -> BuildReport:
        outcome = next(script)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    attempts = Attempts(build, said.append, said.append)
    return said, [attempts.next() for _ in outcomes]


def test_a_build_that_did_nothing_is_silent_after_the_first() -> None:
    assert told_of(NOTHING, NOTHING, NEWS, NOTHING)[0] == [NOTHING, NEWS]


def test_a_file_that_is_refused_anew_is_news() -> None:
    refused = NOTHING._replace(refused=(UNREADABLE,))
    assert told_of(NOTHING, refused, refused, NOTHING)[0] == [NOTHING, refused, NOTHING]


@pytest.mark.parametrize(
    ("problem", "is_tried_again"),
    [
        (IndexBusy("Another rebuild runs."), True),
        (PolicyIndexError("The disk is full."), True),
        (OSError(5, "Input/output error"), True),
        (NoDocuments("No document can be read."), False),
        (BuildRefused("Only 1 of 9 passages would be left."), False),
    ],
)
def test_a_build_that_fails_is_told_once_and_watching_goes_on(
    problem: Exception, is_tried_again: bool
) -> None:
    said, waits = told_of(NEWS, problem, problem, NOTHING)
    assert said == [NEWS, f"{problem} Watching goes on.", NOTHING]
    assert [wait is not None for wait in waits] == [False, is_tried_again, is_tried_again, False]


def test_the_first_build_alone_reads_everything_again() -> None:
    firsts: list[bool] = []

    def build(is_first: bool) -> BuildReport:
        firsts.append(is_first)
        return NEWS

    attempts = Attempts(build, lambda _: None, lambda _: None)
    attempts.next()
    attempts.next()
    assert firsts == [True, False]


def test_neither_the_index_nor_hidden_files_count(tmp_path: Path) -> None:
    folder = tmp_path / ".hidden" / "documents"
    index = folder / "index"
    for path, expected in (
        (folder, True),
        (folder / "a.txt", True),
        (folder / "laws" / "a.yaml", True),
        (folder / ".a.txt.swp", False),
        (folder / ".git" / "index", False),
        (index / "g1" / "passages.db", False),
        (index, False),
        (folder / "index-of-laws.txt", True),
    ):
        assert change_counts(path, [folder], index) == expected, path


# --- with real files ----------------------------------------------------------------------------


@contextmanager
def watched(*places: Path) -> Iterator[Callable[[], None]]:
    """Watch places; what is given waits until a change is told."""
    ended = threading.Event()
    stream = changes(places, places[0].parent / "index", ended)
    assert next(stream) is False

    def wait() -> None:
        until = time.monotonic() + 20
        while not next(stream):
            assert time.monotonic() < until, "no change was told"
        while next(stream):  # until all of it was told
            pass

    yield wait
    ended.set()
    assert not any(stream)


def test_a_folder_that_is_replaced_or_made_again_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    with watched(folder) as wait_for_change:
        (folder / "a.txt").write_text("Zinc.")
        wait_for_change()
        (tmp_path / "new").mkdir()
        folder.rename(tmp_path / "old")
        (tmp_path / "new").rename(folder)
        wait_for_change()
        (folder / "b.txt").write_text("Iron.")
        wait_for_change()
        (folder / "b.txt").unlink()
        folder.rmdir()
        wait_for_change()
        folder.mkdir()
        wait_for_change()
        (folder / "laws").mkdir()
        wait_for_change()
        (folder / "laws" / "c.txt").write_text("Tin.")
        wait_for_change()


def test_a_link_that_leads_elsewhere_now_is_followed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    link = tmp_path / "documents"
    link.symlink_to("one")
    with watched(link) as wait_for_change:
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").rename(link)
        wait_for_change()
        (tmp_path / "two" / "a.txt").write_text("Zinc.")
        wait_for_change()


def test_a_file_that_is_named_is_watched_with_its_metadata(tmp_path: Path) -> None:
    file = tmp_path / "act.txt"
    with watched(file) as wait_for_change:  # before it is there
        file.write_text("Zinc.")
        wait_for_change()
        (tmp_path / "new").write_text("Iron.")
        (tmp_path / "new").rename(file)
        wait_for_change()
        file.with_suffix(".yaml").write_text("title: Act")
        wait_for_change()


# --- as a process -------------------------------------------------------------------------------


@contextmanager
def watching(
    project: Path, home: Path, *flags: str
) -> Iterator[tuple["subprocess.Popen[str]", Callable[[], str]]]:
    command = [sys.executable, "-m", "bot", "index", "build", "--watch", *flags]
    with subprocess.Popen(
        command,
        cwd=project,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline
        finally:
            process.kill()


def test_a_watching_process_builds_what_is_added_and_ends_at_ctrl_c(
    project: Path, tmp_path: Path
) -> None:
    with watching(project, tmp_path, "--json") as (process, next_line):
        assert json.loads(next_line())["generation"] == 1
        (project / "data" / "documents" / "zinc.txt").write_text("About zinc.\n")
        report = json.loads(next_line())
        assert (report["generation"], report["added"]) == (2, ["zinc"])
        (project / "data" / "documents" / "zinc.yaml").write_text("title: Zinc\n")
        assert json.loads(next_line())["changed"] == ["zinc"]
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert said.startswith("Watching ")
    assert said.count("\n") == 1


def test_what_is_refused_is_told_and_sigterm_ends_it_without_an_error(
    project: Path, tmp_path: Path
) -> None:
    documents = project / "data" / "documents"
    with watching(project, tmp_path) as (process, next_line):
        assert next_line().startswith("added")
        assert next_line().endswith("Generation 1 is live.\n")
        (given,) = documents.iterdir()
        given.unlink()
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Watching ")
        said = process.stderr.readline()
        assert said.startswith("No document at ")
        assert said.endswith("Watching goes on.\n")
        (documents / "zinc.txt").write_text("About zinc.\n" * 99)
        said = process.stderr.readline()
        assert said.startswith("Only 0 of 10 passages would be left")
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=20) == ("", "")
    assert process.returncode == 0


def test_while_another_process_builds_it_waits_for_its_turn(project: Path, tmp_path: Path) -> None:
    index = project / ".policybot" / "index"
    index.mkdir(parents=True)
    with lock_held(index / ".writer.lock"), watching(project, tmp_path) as (process, next_line):
        assert process.stderr is not None
        process.stderr.readline()
        assert process.stderr.readline().endswith("Watching goes on.\n")
        os.utime(project / "data" / "documents" / "2023-09-06-ten-key-industries.txt")
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.append(next_line()))
        reader.start()
        reader.join(1.5)
        assert lines == []
        process.kill()
        reader.join()


def test_watching_and_a_dry_run_do_not_go_together(policybot: Run) -> None:
    result = policybot("index", "build", "--watch", "--dry-run")
    assert result.returncode == 2
    assert "--watch builds and --dry-run does not" in result.stderr
