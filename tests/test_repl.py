"""The REPL: a whole transcript through its loop, piped input, and a real terminal."""

import re
import sys
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
from bot.terminal import run

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

    assert run(read, show, assistant) == 0
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
        KeyboardInterrupt(),
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
        "  2. 2023-09-06-ten-key-industries#6  Initiatives will also",
        "  3. 2023-09-06-ten-key-industries#5  To stimulate demand, t",
        "> :context",
        "  6. Initiatives will also target consumer goods and raw mat",
        "  7. Exploring the international market is a significant foc",
        "  Ten Key Industries Collaborate to Stabilize Growth and Ope",
        "  8. On the supply side, the emphasis is on building a high-",
        "> :explain",
        "  Why 2023-09-06-ten-key-industries#7: score 7.385, confiden",
        "    export: rarity 1.70, 35% of the score",
        "    new: rarity 1.30, 23% of the score",
        "    energi: rarity 1.70, 21% of the score",
        "    vehicl: rarity 1.70, 21% of the score",
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
        (":show", "Nothing is called . :sources lists the documents."),
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
