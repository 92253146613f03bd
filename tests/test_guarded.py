"""Documents are read in processes of their own: what a hostile one costs, and that no more."""

import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import GIVEN, REPOSITORY, environment
from hypothesis import given
from hypothesis import strategies as st

import index
from index.chunks import ChunkTable
from index.errors import DocumentRefused, ReadingFailed
from index.folder import SourceBytes, SourceFile
from index.guarded.columns import Columns, ImproperColumns
from index.guarded.frames import Frames, ImproperFrame, framed
from index.guarded.outcomes import ReadDocument, Task, outcome_of
from index.guarded.reader import Guard, Outcome
from index.guarded.spreading import read_all

LINUX = sys.platform == "linux"
MODEL = index.Bm25()
HOSTILE = Guard(
    most=1,
    memory_bytes=256 << 20,
    cpu_seconds=1,
    wall_seconds=30,
    command=(str(Path(__file__).parent / "hostile_reader.py"),),
)
SHORT = replace(HOSTILE, wall_seconds=2)
GOOD = "Steel output shall grow."


def task(name: str, text: str) -> Task:
    content = SourceBytes(text.encode(), None)
    return Task(SourceFile(Path(), f"{name}.txt", name, None), content, content.sha256)


def outcomes(*texts: str, guard: Guard = HOSTILE) -> list[Outcome]:
    """Return what becomes of documents with these texts, in order."""
    tasks = [(number, task(f"document-{number:03}", text)) for number, text in enumerate(texts)]
    with closing(read_all(tasks, guard)) as all_outcomes:
        found = list(all_outcomes)
    assert [number for number, _ in found] == list(range(len(texts)))
    assert all(outcome is not None for _, outcome in found)
    return [outcome for _, outcome in found if outcome is not None]


def between_good_ones(deed: str, guard: Guard = HOSTILE) -> str:
    """Return why a document is refused that stands between others, which are read."""
    before, hostile, after = outcomes(
        f"{GOOD}\n\nTwice.", f"{deed} now", f"{GOOD} Zinc.", guard=guard
    )
    assert isinstance(before, ReadDocument)
    assert [passage.text for passage in before.passages] == [GOOD, "Twice."]
    assert isinstance(after, ReadDocument)
    assert [passage.text for passage in after.passages] == [f"{GOOD} Zinc."]
    assert isinstance(hostile, DocumentRefused), hostile
    assert "\n" not in str(hostile)
    return str(hostile)


def children(process: int | None = None) -> set[int]:
    """Return the processes that a process has started and that have not ended."""
    place = Path(f"/proc/{process or os.getpid()}/task")
    found: set[int] = set()
    for thread in place.iterdir() if place.exists() else ():
        found.update(map(int, (thread / "children").read_text().split()))
    return found


@pytest.fixture(autouse=True)
def _leaves_no_process() -> Iterator[None]:
    before = children()
    yield
    assert children() <= before


# What a document costs whose reader misbehaves


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (
            "crash",
            "its reader crashed (signal 11, SIGSEGV); "
            "the file may be damaged, or need more than 256 MiB of memory",
        ),
        ("leave", "its reader ended without an answer (exit code 3)"),
        ("take_memory", "its reader was stopped: it needed more than 256 MiB of memory"),
        ("fail", "its reader failed (KeyError: 'no such thing')"),
        ("recurse", "its reader failed (RecursionError: maximum recursion depth exceeded"),
        ("connect", "its reader tried what no reader may do (socket."),
        ("start_program", "its reader tried what no reader may do (subprocess.Popen)"),
        ("fork", "its reader tried what no reader may do (os.fork)"),
        ("write_file", "its reader tried what no reader may do (open a file for writing)"),
        ("answer_garbage", "its reader gave an answer that cannot be right"),
        ("answer_without_end", "its reader gave an answer that cannot be right (it has more than"),
        ("close_answers", "its reader crashed (signal 9, SIGKILL)"),
        ("tell_secrets", "its reader failed (RuntimeError: no token)"),
    ],
)
def test_it_costs_itself_and_one_line(
    deed: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    if deed == "take_memory" and not LINUX:
        pytest.skip("the kernel does not limit memory here")
    assert between_good_ones(deed).startswith(reason)


def test_one_that_loops_is_stopped_by_the_processor_time_it_took() -> None:
    reason = between_good_ones("loop", replace(HOSTILE, wall_seconds=200))
    assert reason == "its reader was stopped: it took more than 1 s of processor time"


@pytest.mark.parametrize("deed", ["sleep", "sleep_through_signals"])
def test_one_that_sleeps_is_stopped_by_the_clock_whatever_it_ignores(deed: str) -> None:
    assert between_good_ones(deed, SHORT) == "its reader was stopped: it took more than 2 s"


def test_one_that_prints_is_read_all_the_same() -> None:
    first, second = outcomes("print_garbage now", GOOD)
    assert isinstance(first, ReadDocument)
    assert isinstance(second, ReadDocument)


@pytest.mark.skipif(not LINUX or os.getuid() != 0, reason="needs the rights to take it away")
def test_readers_have_no_network_but_their_own_loop() -> None:
    devices = between_good_ones("connect_past_the_interpreter").partition("devices: ")[2]
    assert devices.rstrip(")").split() == ["lo"]


def test_nothing_is_written_even_past_the_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPLACE", str(tmp_path / "written"))
    assert between_good_ones("write_file_past_the_interpreter").endswith("wrote -1)")
    assert (tmp_path / "written").stat().st_size == 0


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="only the clock tells here")
def test_a_process_left_behind_ends_with_the_reader() -> None:
    started = time.monotonic()
    reason = between_good_ones("fork_past_the_interpreter")
    assert "its reader" in reason
    assert time.monotonic() - started < 2 * HOSTILE.wall_seconds


def test_many_hostile_ones_among_many_cost_only_themselves() -> None:
    deeds = {5: "crash", 6: "leave", 40: "answer_garbage", 69: "crash"}
    texts = [f"{deeds.get(number, 'Plan')} {number}" for number in range(70)]
    found = outcomes(*texts, guard=replace(HOSTILE, most=2))
    refused = [place for place, one in enumerate(found) if isinstance(one, DocumentRefused)]
    assert refused == sorted(deeds)
    for number, one in enumerate(found):
        if isinstance(one, ReadDocument):
            assert one.passages[0].text == texts[number]


def test_a_reader_that_cannot_start_is_an_error_with_what_it_said() -> None:
    broken = replace(HOSTILE, command=("-c", "raise ImportError('no numpy here')"))
    with pytest.raises(ReadingFailed, match=r"no numpy here.*policybot doctor"):
        outcomes(GOOD, guard=broken)


def test_the_limits_are_those_that_the_readme_states() -> None:
    told = (REPOSITORY / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    guard = Guard()
    assert f"{guard.cpu_seconds} s of processor time" in told
    assert f"{guard.wall_seconds:g} s by the clock" in told
    assert f"{guard.memory_bytes >> 30} GiB of memory" in told


# Order, and what is held


def test_outcomes_come_in_order_whoever_was_faster() -> None:
    sizes = [50_000 if number % 7 == 0 else 5 for number in range(60)]
    texts = [f"Plan {number}. {'word ' * size}" for number, size in enumerate(sizes)]
    for most in (1, 4):
        found = outcomes(*texts, guard=Guard(most=most))
        for text, one in zip(texts, found, strict=True):
            assert isinstance(one, ReadDocument)
            assert one.passages[0].text[:9] == text[:9]


def test_items_without_a_task_start_no_process_and_keep_their_place() -> None:
    unstartable = Guard(command=("-c", "raise SystemExit(1)"))
    assert list(read_all([("a", None), ("b", None)], unstartable)) == [("a", None), ("b", None)]
    with closing(read_all([(1, None), (2, task("a", GOOD)), (3, None)], Guard())) as found:
        assert [item for item, _ in found] == [1, 2, 3]


def test_files_are_not_read_ahead_of_a_reader_that_hangs() -> None:
    taken = []

    def tasks() -> Iterator[tuple[int, Task]]:
        for number in range(1000):
            taken.append(number)
            yield number, task(f"a{number}", "sleep" if number == 0 else "word " * 10_000)

    with closing(read_all(tasks(), SHORT)) as found:
        item, outcome = next(found)
        assert item == 0
        assert isinstance(outcome, DocumentRefused)
        assert len(taken) < 20


def folder_of(tmp_path: Path) -> Path:
    documents = tmp_path / "documents"
    documents.mkdir()
    words = GIVEN.read_text(encoding="utf-8").split()
    for number in range(40):
        text = " ".join(words[number * 7 : number * 7 + 400 + number])
        (documents / f"plan-{number:02}.{'md' if number % 3 else 'txt'}").write_text(
            f"# Plan {number}\n\n- {text}\n\n新能源汽车 {number}\n", encoding="utf-8"
        )
    return documents


def published(folder: Path) -> dict[str, bytes]:
    live = folder / f"gen-{index.status(folder).state.generation:06d}"
    return {path.name: path.read_bytes() for path in live.iterdir() if path.name != "MANIFEST.json"}


def test_one_reader_and_four_publish_the_same_bytes(tmp_path: Path) -> None:
    documents = folder_of(tmp_path)
    now = datetime.datetime.now(datetime.UTC)  # the index says when it first saw a document
    for most in (1, 4):
        guard = Guard(most=most)
        index.rebuild([documents], tmp_path / str(most), MODEL, guard=guard, now=now)
    assert published(tmp_path / "1") == published(tmp_path / "4")
    assert published(tmp_path / "1").keys() == {"index.arrays", "passages.db"}


def test_a_build_tells_of_a_hostile_document_and_reads_the_others(tmp_path: Path) -> None:
    documents = folder_of(tmp_path)
    index.rebuild([documents], tmp_path / "index", MODEL)
    (documents / "plan-03.txt").write_text("crash now")
    (documents / "bomb.txt").write_text("leave now")
    report = index.rebuild([documents], tmp_path / "index", MODEL, guard=HOSTILE)
    assert [(refused.path, refused.reason) for refused in report.refused] == [
        ("bomb.txt", "its reader ended without an answer (exit code 3)"),
        (
            "plan-03.txt",
            "its reader crashed (signal 11, SIGSEGV); the file may be damaged, or need more than "
            "256 MiB of memory; its earlier version stays in the index",
        ),
    ]
    assert report.documents == 40
    assert report.unchanged == 40


# What a reader answers is not believed


def answer() -> list[bytes]:
    """Return the blocks of a proper answer."""
    from index import passages, readers
    from index.chunks import ChunkNumberer
    from index.guarded.answers import read_blocks

    asked = task("plan", "date 2023-09-06 Plan\n\nSteel shall grow.\n\n" + "Zinc grows. " * 400)
    parsed = readers.read(asked.source, asked.content)
    found = tuple(passages.split(parsed))
    return [bytes(block) for block in read_blocks(parsed, found, ChunkNumberer().number(found))]


ANSWER = answer()


def test_a_proper_answer_is_the_document() -> None:
    asked = task("plan", "what the bytes are does not matter here")
    outcome = outcome_of(ANSWER, asked, ChunkTable())
    assert isinstance(outcome, ReadDocument)
    assert (outcome.document.id, outcome.document.date) == ("plan", "2023-09-06")
    assert outcome.document.sha256 == asked.sha256
    assert [passage.id for passage in outcome.passages][:2] == ["plan#1", "plan#2.1"]


@given(
    st.integers(0, len(ANSWER) - 1),
    st.one_of(
        st.binary(max_size=40),
        st.lists(st.integers(-3, 3) | st.integers(-(1 << 31), (1 << 31) - 1), max_size=9).map(
            lambda numbers: array("i", numbers).tobytes()
        ),
    ),
)
def test_an_answer_with_another_block_is_refused_or_sound(place: int, block: bytes) -> None:
    blocks = [*ANSWER[:place], block, *ANSWER[place + 1 :]]
    table = ChunkTable()
    try:
        outcome = outcome_of(blocks, task("plan", ""), table)
    except ImproperColumns:
        return
    if isinstance(outcome, ReadDocument):
        ids = [passage.id for passage in outcome.passages]
        assert len(set(ids)) == len(ids)
        assert all(passage.text and passage.paragraph > 0 for passage in outcome.passages)
        chunks = outcome.chunks
        assert sum(chunks.lengths) == len(chunks.flat)
        assert all(0 <= number < len(chunks.table.sizes) for number in chunks.flat)
        assert sum(chunks.table.sizes) == len(chunks.table.terms)
        assert all(0 <= number < len(chunks.table.spellings) for number in chunks.table.terms)


@given(st.integers(0, len(ANSWER) - 1), st.booleans())
def test_an_answer_with_a_block_less_or_more_is_refused(place: int, more: bool) -> None:
    blocks = [*ANSWER, b""] if more else ANSWER[:place]
    with pytest.raises(ImproperColumns):
        outcome_of(blocks, task("plan", ""), ChunkTable())


@given(st.lists(st.lists(st.binary(max_size=50), max_size=5), max_size=4), st.integers(1, 20))
def test_frames_arrive_as_they_were_sent(messages: list[list[bytes]], step: int) -> None:
    sent = b"".join(bytes(piece) for blocks in messages for piece in framed(blocks))
    frames, got = Frames(), []
    for start in range(0, len(sent), step):
        frames.feed(sent[start : start + step])
        while (blocks := frames.take()) is not None:
            got.append(blocks)
    assert got == messages


@given(st.binary(min_size=8))
def test_what_is_no_frame_is_refused(content: bytes) -> None:
    frames = Frames()
    frames.feed(b"x" + content)
    with pytest.raises(ImproperFrame):
        frames.take()


def test_texts_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(ImproperColumns, match="UTF-8"):
        Columns([b"\xff", b"\x01\x00\x00\x00"]).texts()


# The end of the process that builds


def building(tmp_path: Path) -> subprocess.Popen[bytes]:
    """Start a build that hangs in a reader, and wait until it does."""
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.txt").write_text("sleep_through_signals now")
    script = (
        "import sys; sys.path.insert(0, sys.argv[3])\n"
        "from pathlib import Path\n"
        "import index\nfrom index.guarded.reader import Guard\n"
        "guard = Guard(wall_seconds=60, command=(sys.argv[3] + '/hostile_reader.py',))\n"
        "index.rebuild([Path(sys.argv[1])], Path(sys.argv[2]), index.Bm25(), guard=guard)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, documents, tmp_path / "index", Path(__file__).parent],
        cwd=REPOSITORY,
        env=environment(tmp_path),
        stderr=subprocess.DEVNULL,
    )
    waited = time.monotonic() + 30
    while not children(process.pid) and time.monotonic() < waited:
        time.sleep(0.02)
    time.sleep(0.5)
    return process


@pytest.mark.skipif(not LINUX, reason="the kernel tells children of the end of their parent")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_reader_outlives_the_build(number: signal.Signals, tmp_path: Path) -> None:
    process = building(tmp_path)
    started = children(process.pid)
    assert started
    process.send_signal(number)
    assert process.wait(10) != 0
    waited = time.monotonic() + 10
    while any(Path(f"/proc/{child}").exists() for child in started):
        assert time.monotonic() < waited, "a reader goes on"
        time.sleep(0.02)


def test_a_build_loads_no_parser_itself(tmp_path: Path) -> None:
    shutil.copy(GIVEN, tmp_path / "given.txt")
    (tmp_path / "plan.md").write_text("# Plan\n\nSteel shall grow.\n")
    script = (
        "import json, sys\nfrom pathlib import Path\nimport index\n"
        "index.rebuild([Path(sys.argv[1])], Path(sys.argv[1], 'index'), index.Bm25())\n"
        "print(json.dumps([name for name in sys.modules if name.startswith('index.readers.')]))"
    )
    output = subprocess.run(
        [sys.executable, "-c", script, tmp_path], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout
    assert not {"index.readers.text", "index.readers.markdown"} & set(json.loads(output))
