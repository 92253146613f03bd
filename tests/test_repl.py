"""The REPL: a whole transcript through its loop, piped input, and a real terminal."""

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pexpect
import pytest
from conftest import GIVEN_ID, Run, environment
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document as Typed

from bot import settings
from bot.assistant import Assistant
from bot.lines import Line, plain
from bot.prompt import PolicyCompleter, QuestionHistory
from bot.terminal import LineAbandoned, run

NO_CPR = {"PROMPT_TOOLKIT_NO_CPR": "1"}  # nobody answers the terminal's question for the cursor
EXPORTS = "How many new energy vehicles were exported?"


@pytest.fixture
def assistant(project: Path) -> Assistant:
    return Assistant(settings.load(project), lambda _: None)


def transcript(assistant: Assistant, *typed: str | BaseException) -> list[str]:
    """Type lines into the loop and return what it shows, each input marked with "> "."""
    script = iter(typed)
    shown: list[str] = []

    def read() -> str:
        entry = next(script, EOFError())
        if isinstance(entry, BaseException):
            raise entry
        shown.append(f"> {entry}")
        return entry

    def show(lines: Iterable[Line]) -> None:
        shown.extend(plain(line) for line in lines)

    assert run(read, show, assistant, goes_on_after_ctrl_c=True) == 0
    return shown


def test_a_whole_session(assistant: Assistant) -> None:
    shown = transcript(
        assistant,
        "",
        EXPORTS,
        ":context",
        ":explain",
        ":more",
        "What is the weather in Beijing today?",
        LineAbandoned(),
        ":sources",
        f":show {GIVEN_ID}#3",
        ":reload",
        ":quit",
        "this is never read",
    )
    heads = [line[:60].rstrip() for line in shown if line]
    assert heads == [
        ">",
        "> How many new energy vehicles were exported?",
        "  Exploring the international market is a significant focus",
        "  Ten Key Industries Collaborate to Stabilize Growth and Ope",
        "Next:",
        "  2. 2023-09-06-ten-key-industries#6  ... new energy vehicle",
        "  3. 2023-09-06-ten-key-industries#5  ... expanding demand i",
        "> :context",
        "  6. Initiatives will also target consumer goods and raw mat",
        "  7. Exploring the international market is a significant foc",
        "  Ten Key Industries Collaborate to Stabilize Growth and Ope",
        "  8. On the supply side, the emphasis is on building a high-",
        "> :explain",
        "  Why 2023-09-06-ten-key-industries#7: score 18.979, confide",
        "    export: rarity 1.70, weight 1.00, 14% of the score",
        "    new: rarity 1.30, weight 1.00, 9% of the score",
        "    energi: rarity 1.70, weight 1.00, 8% of the score",
        "    vehicl: rarity 1.70, weight 1.00, 8% of the score",
        "    parts of the score: words 7.419, present 1.796, pairs 1.",
        "  Confidence 0.97 by these signals (what each adds):",
        "    constant (-4.41)",
        "    coverage 1.000 (+1.56)",
        "    words 1.157 (+1.21)",
        "    title 0.000 (-0.00)",
        "    title in all 0.000 (+0.00)",
        "    kind is there 1.000 (-0.34)",
        "    kind is not there 0.000 (-0.00)",
        "    length 1.609 (+1.38)",
        "    coverage by length 1.609 (+2.78)",
        "    all of it by size 0.417 (+2.18)",
        "    all of bare words 0.000 (+0.00)",
        "    size 2.398 (-0.72)",
        "> :more",
        "2.",
        "  Initiatives will also target consumer goods and raw materi",
        "  Ten Key Industries Collaborate to Stabilize Growth and Ope",
        "3.",
        "  To stimulate demand, the plans focus on restoring and expa",
        "  Ten Key Industries Collaborate to Stabilize Growth and Ope",
        "> What is the weather in Beijing today?",
        "The documents do not answer this.",
        "No document contains: weather, today",
        "Closest passages:",
        "  1. 2023-09-06-ten-key-industries#1  Beijing, September 5th",
        "> :sources",
        "2023-09-06-ten-key-industries  Ten Key Industries Collaborat",
        "> :show 2023-09-06-ten-key-industries#3",
        "  3. Tao Qing, director of the Operation Monitoring and Coor",
        "  Ten Key Industries Collaborate to Stabilize Growth and Ope",
        "> :reload",
        "Still answering from generation 1.",
        "> :quit",
    ]


def test_more_goes_on_where_it_stopped_and_then_says_so(assistant: Assistant) -> None:
    shown = transcript(assistant, "industries", ":more", ":more", ":more")
    ranks = [int(line[:-1]) for line in shown if re.fullmatch(r"\d+\.", line)]
    assert ranks == list(range(2, 11))
    assert shown[-1] == "No further passage shares a word with the question."


@pytest.mark.parametrize("command", [":more", ":context", ":explain"])
def test_commands_about_an_answer_need_one(assistant: Assistant, command: str) -> None:
    assert transcript(assistant, command)[-1] == "There is no answer yet. Ask a question first."


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (":nothing", "There is no command :nothing. :help lists them."),
        (":show", ":show needs the id of something. :sources lists the documents."),
        (":show a#1", "Nothing is called a#1. :sources lists the documents."),
        ("x" * 10_001, "The question has 10,001 characters; at most 10,000 can be asked."),
        ("\x00", "The question is empty."),
    ],
)
def test_a_mistake_is_told_and_the_session_goes_on(
    assistant: Assistant, typed: str, shown: str
) -> None:
    lines = transcript(assistant, typed, EXPORTS)
    assert lines[1].startswith(shown)
    assert "Exploring the international market" in lines[3]


def test_context_takes_a_bounded_number(assistant: Assistant) -> None:
    shown = transcript(assistant, EXPORTS, ":context 0", ":context 2")
    assert ":context takes a number of paragraphs from 1 to 50." in shown
    assert [line[2] for line in shown if re.match(r"  [5-9]\. ", line)] == list("56789")


def test_help_lists_every_command(assistant: Assistant) -> None:
    shown = transcript(assistant, ":help")
    for command in (
        ":help",
        ":sources",
        ":show",
        ":context",
        ":more",
        ":explain",
        ":reload",
        ":quit",
    ):
        assert any(line.startswith(command) for line in shown)


def test_reload_takes_up_what_another_process_built(assistant: Assistant, project: Path) -> None:
    assert transcript(assistant, "zinc")[1] == "The documents do not answer this."
    (project / "data" / "documents" / "zinc.txt").write_text("About zinc.\n")
    Assistant(settings.load(project), lambda _: None).rebuild()
    shown = transcript(assistant, ":reload", "zinc")
    assert shown[1] == "Now answering from generation 2."
    assert shown[3] == "  About zinc."


def test_a_question_takes_up_what_another_process_built(
    assistant: Assistant, project: Path
) -> None:
    zinc = project / "data" / "documents" / "zinc.txt"
    assert transcript(assistant, "zinc")[1] == "The documents do not answer this."
    zinc.write_text("About zinc.\n")
    Assistant(settings.load(project), lambda _: None).rebuild()
    shown = transcript(assistant, "zinc", "zinc", ":sources")
    assert shown[1:3] == ["Now answering from generation 2.", "  About zinc."]
    assert sum(line.startswith("Now answering") for line in shown) == 1
    zinc.unlink()
    Assistant(settings.load(project), lambda _: None).rebuild()
    assert transcript(assistant, ":sources")[1] == "Now answering from generation 3."


def test_a_newer_index_that_cannot_be_used_is_told_once_and_the_older_answers(
    assistant: Assistant, project: Path
) -> None:
    assert "636,000" in "".join(transcript(assistant, EXPORTS))
    (project / "policybot.yaml").write_text("ranking:\n  k1: 2.0\n")
    Assistant(settings.load(project), lambda _: None).rebuild()  # with other settings than ours
    shown = transcript(assistant, EXPORTS, EXPORTS)
    assert "was made with other ranking settings" in shown[1]
    assert shown[1].endswith("Until then generation 1 answers.")
    assert sum("other ranking settings" in line for line in shown) == 1
    assert sum("636,000" in line for line in shown) == 2


def test_a_running_process_takes_up_what_is_built_meanwhile(
    project: Path, tmp_path: Path, policybot: Run
) -> None:
    command = [sys.executable, "-m", "bot", "repl"]
    with subprocess.Popen(
        command,
        cwd=project,
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None

        def told(question: str) -> list[str]:
            assert running.stdin is not None
            assert running.stdout is not None
            running.stdin.write(f"{question}\n")
            running.stdin.flush()
            return list(iter(running.stdout.readline, "\n"))

        assert told("zinc")[0] == "The documents do not answer this.\n"
        (project / "data" / "documents" / "zinc.txt").write_text("About zinc.\n")
        assert policybot("index", "build").returncode == 0
        assert told("zinc")[:2] == ["Now answering from generation 2.\n", "  About zinc.\n"]
        running.stdin.close()
        assert running.wait(20) == 0


def test_piped_questions_are_answered_one_a_line(policybot: Run) -> None:
    result = policybot("repl", stdin=f"{EXPORTS}\n\nWho is Tao Qing?\n:sources\n")
    assert result.returncode == 0
    assert "636,000 new energy vehicles" in result.stdout
    assert "said Tao Qing" in result.stdout
    assert "\x1b" not in result.stdout
    assert "policybot>" not in result.stdout


def completions(assistant: Assistant, typed: str) -> list[str]:
    found = PolicyCompleter(assistant).get_completions(Typed(typed), CompleteEvent())
    return [completion.text for completion in found]


def test_commands_ids_and_frequent_words_are_completed(assistant: Assistant) -> None:
    assert completions(assistant, ":s") == [":sources", ":show"]
    assert completions(assistant, ":show 2023") == [GIVEN_ID]
    assert completions(assistant, "which indust") == ["industry"]
    assert completions(assistant, "which Indust") == ["industry"]
    assert completions(assistant, "w") == []


def test_history_that_cannot_be_kept_is_told_once(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "file").write_text("")
    history = QuestionHistory(tmp_path / "file" / "history", told.append)
    history.store_string("first")
    history.store_string("second")
    assert len(told) == 1
    assert "cannot be kept" in told[0]


def test_history_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    history = QuestionHistory(tmp_path / "state" / "history", lambda _: None)
    history.store_string("stray \udcff byte")
    assert (tmp_path / "state" / "history").stat().st_mode & 0o777 == 0o600
    assert list(history.load_history_strings()) == ["stray ? byte"]


@pytest.fixture
def terminal(project: Path, tmp_path: Path) -> "Iterable[pexpect.spawn[str]]":
    child = pexpect.spawn(
        sys.executable,
        ["-m", "bot"],
        cwd=str(project),
        env=environment(tmp_path) | NO_CPR,
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=20,
    )
    yield child
    child.close(force=True)


def test_a_terminal_session_with_ctrl_c_and_ctrl_d(terminal: "pexpect.spawn[str]") -> None:
    terminal.expect("Ask the documents")
    terminal.expect("policybot>")
    terminal.send("half a question")
    terminal.sendintr()
    terminal.expect("policybot>")
    terminal.send("vehicles exported\r")
    terminal.expect("636,000")
    terminal.expect("paragraph 7")
    terminal.expect("policybot>")
    terminal.sendeof()
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_a_pasted_text_of_several_lines_is_one_question(terminal: "pexpect.spawn[str]") -> None:
    terminal.expect("policybot>")
    terminal.send("\x1b[200~How many new energy\nvehicles were\nexported?\x1b[201~")
    terminal.send("\r")
    terminal.expect("paragraph 7")
    terminal.expect("policybot>")


def test_history_is_there_in_the_next_session(
    terminal: "pexpect.spawn[str]", project: Path
) -> None:
    terminal.expect("policybot>")
    terminal.send("vehicles exported\r")
    terminal.expect("paragraph 7")
    terminal.expect("policybot>")
    terminal.send(":quit\r")
    terminal.expect(pexpect.EOF)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "bot", "repl"],
        cwd=str(project),
        env=environment(project) | NO_CPR,
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=20,
    )
    child.expect("policybot>")
    child.send("\x12exported")  # Ctrl-R
    child.expect("vehicles ")
    child.send("\r")
    child.send("\r")
    child.expect("paragraph 7")
    child.close(force=True)


def test_a_terminal_gets_colours_unless_told_otherwise(project: Path, tmp_path: Path) -> None:
    def output(*arguments: str, **extra: str) -> str:
        child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-m", "bot", "ask", "vehicles", "exported", *arguments],
            cwd=str(project),
            env=environment(tmp_path) | {"PAGER": "cat"} | extra,
            encoding="utf-8",
            timeout=20,
        )
        child.expect(pexpect.EOF)
        child.close()
        return str(child.before)

    output()  # builds the index
    coloured, plain_flag, plain_variable = output(), output("--no-color"), output(NO_COLOR="1")
    assert "\x1b[" in coloured
    assert "\x1b" not in plain_flag
    assert plain_flag == plain_variable
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).split() == plain_flag.split()


def test_more_after_a_reload_with_fewer_hits_goes_on(assistant: Assistant, project: Path) -> None:
    folder = project / "data" / "documents"
    for number in range(12):
        (folder / f"zinc-{number}.txt").write_text(f"About zinc, number {number}.\n")
    steps = iter(["zinc", ":more", ":reload", ":more", ":context", ":explain"])
    shown: list[str] = []

    def read() -> str:
        step = next(steps, None)
        if step is None:
            raise EOFError
        if step == ":reload":
            for number in range(2, 12):
                (folder / f"zinc-{number}.txt").unlink()
            Assistant(settings.load(project), lambda _: None).rebuild(force=True)
        return step

    def show(lines: Iterable[Line]) -> None:
        shown.extend(map(plain, lines))

    assert run(read, show, assistant, goes_on_after_ctrl_c=True) == 0
    assert "Now answering from generation 2." in shown


def test_more_shows_the_first_passage_in_full_when_it_was_only_listed(
    assistant: Assistant,
) -> None:
    shown = transcript(assistant, "What is the weather in Beijing today?", ":more")
    assert any(line.startswith("  Beijing, September 5th") for line in shown)


def test_show_opens_a_passage_by_its_number_or_as_it_is_cited(assistant: Assistant) -> None:
    shown = transcript(assistant, EXPORTS, ":show 2", f":show [{GIVEN_ID}#7 4afbd9]")
    assert any(line.startswith("  6. Initiatives will also target") for line in shown)
    assert any(line.startswith("  7. Exploring the international") for line in shown)


@pytest.mark.parametrize("leave", [":quit now", "quit", "exit", ":q"])
def test_one_may_leave_in_several_words(assistant: Assistant, leave: str) -> None:
    assert transcript(assistant, leave, EXPORTS) == [f"> {leave}"]


def test_ctrl_c_ends_a_piped_session(project: Path, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "repl"],
        cwd=project,
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(b"steel\n")
        child.stdin.flush()
        child.stdout.readline()  # it answers, so it is reading again soon
        time.sleep(0.3)
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=20) == 130


def test_a_history_that_cannot_be_read_is_told_and_the_session_goes_on(tmp_path: Path) -> None:
    told: list[str] = []
    (tmp_path / "history").mkdir()
    history = QuestionHistory(tmp_path / "history", told.append)
    assert list(history.load_history_strings()) == []
    assert "cannot be read" in told[0]


@pytest.mark.parametrize("columns", [1, 2, 20, 40])
def test_an_answer_is_shown_on_a_narrow_terminal(
    project: Path, tmp_path: Path, columns: int
) -> None:
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "bot", "ask", "vehicles", "exported", "--no-color"],
        cwd=str(project),
        env=environment(tmp_path) | {"PAGER": "cat"},
        encoding="utf-8",
        dimensions=(50, columns),
        timeout=20,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert "636,000" in str(child.before)


def test_a_row_that_is_wrapped_hangs_so_that_the_next_one_is_seen(
    project: Path, tmp_path: Path
) -> None:
    fees = "<table><tr><td>An hour on weekdays</td><td>two pounds and ten pence</td></tr>"
    (project / "data" / "documents" / "fees.html").write_text(
        f"{fees}<tr><td>A day</td><td>ten pounds</td></tr></table>", encoding="utf-8"
    )
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "bot", "show", "fees", "--no-color"],
        cwd=str(project),
        env=environment(tmp_path) | {"PAGER": "cat"},
        encoding="utf-8",
        dimensions=(50, 40),
        timeout=20,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert str(child.before).splitlines()[-3:] == [
        "  1. An hour on weekdays   two",
        "       pounds and ten pence",
        "     A day   ten pounds",
    ]


def test_ctrl_c_leaves_the_pager_and_the_terminal_in_order(project: Path, tmp_path: Path) -> None:
    if shutil.which("less") is None:
        pytest.skip("there is no less on this machine to page with")
    child: pexpect.spawn[str] = pexpect.spawn(
        "/bin/sh",
        ["-c", f"trap : INT; {sys.executable} -m bot show {GIVEN_ID}; stty -a; echo done"],
        cwd=str(project),
        env=environment(tmp_path) | {"LESS": "RX"},
        encoding="utf-8",
        dimensions=(8, 80),
        timeout=20,
    )
    child.expect("Ten Key Industries")
    time.sleep(0.5)
    child.sendintr()
    time.sleep(0.3)
    child.send("q")
    child.expect("done")
    assert " icanon" in str(child.before)
    assert " echo " in str(child.before)
    child.close()


@pytest.mark.parametrize("goes_on", [True, False])
def test_ctrl_c_during_an_answer_ends_it_at_a_prompt_and_all_elsewhere(
    assistant: Assistant, goes_on: bool
) -> None:
    steps = iter(["steel", "vehicles exported"])
    shown: list[str] = []
    interrupts = iter([KeyboardInterrupt()])

    def read() -> str:
        step = next(steps, None)
        if step is None:
            raise EOFError
        return step

    def show(lines: Iterable[Line]) -> None:
        for interrupt in interrupts:
            raise interrupt
        shown.extend(map(plain, lines))

    if goes_on:
        assert run(read, show, assistant, goes_on_after_ctrl_c=True) == 0
        assert shown[0] == "Interrupted."
        assert any("636,000" in line for line in shown)
    else:
        with pytest.raises(KeyboardInterrupt):
            run(read, show, assistant, goes_on_after_ctrl_c=False)
