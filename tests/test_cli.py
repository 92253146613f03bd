"""The program as a process: what it prints, and with which code it ends."""

import gc
import json
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from conftest import GIVEN_ID, Run, environment

from bot.cli import main
from bot.doctor import Finding, examine, examine_discord
from bot.ledger import Ledger
from bot.settings import DiscordSettings, load
from index import locked, rebuild

EXPORTS = "How many new energy vehicles were exported?"


def test_an_answered_question_ends_with_0_and_quotes_word_for_word(
    policybot: Run, project: Path
) -> None:
    result = policybot("ask", EXPORTS)
    assert result.returncode == 0
    quoted = result.stdout.splitlines()[0].strip()
    assert quoted in (project / "data" / "documents" / f"{GIVEN_ID}.txt").read_text()
    assert "636,000 new energy vehicles exported" in quoted


def test_the_first_question_builds_the_index_and_says_so_once(
    policybot: Run, project: Path
) -> None:
    first, second = policybot("ask", EXPORTS), policybot("ask", EXPORTS)
    assert first.stderr.startswith("No index at ")
    assert "Building it from" in first.stderr
    assert second.stderr == ""
    assert first.stdout == second.stdout
    assert (project / ".policybot" / "index" / "CURRENT").is_file()


def test_nothing_found_ends_with_1_and_names_the_missing_words(policybot: Run) -> None:
    result = policybot("ask", "What is the weather in Beijing today?")
    assert result.returncode == 1
    assert "The documents do not answer this." in result.stdout
    assert "No document contains: weather, today" in result.stdout


def test_words_of_the_question_need_no_quotation_marks(policybot: Run) -> None:
    assert policybot("ask", *EXPORTS.split()).stdout == policybot("ask", EXPORTS).stdout


def test_a_question_can_come_from_standard_input(policybot: Run) -> None:
    asked = policybot("ask", "-", "--json", stdin=f"\n{EXPORTS}\n")
    assert json.loads(asked.stdout)["question"] == EXPORTS


def test_json_is_one_object_on_one_line(policybot: Run) -> None:
    result = policybot("ask", "--json", "--limit", "2", "三个 new energy vehicles")
    assert result.stdout.count("\n") == 1
    value = json.loads(result.stdout)
    assert [passage["rank"] for passage in value["passages"]] == [1, 2]
    assert value["missing_terms"] == ["三"]
    assert value["index"]["generation"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", ""], "The question is empty"),
        (["ask", "  \x01\x1b "], "The question is empty"),
        (["ask", "x" * 100_000], "The question has 100,000 characters"),
        (["ask", "--limit", "0", "tax"], "'0' is not a number from 1 to 100"),
        (["ask", "--since", "yesterday", "tax"], "is not a day such as 2023-09-06"),
        (["ask", "--since", "2024-01-01", "--until", "2023-01-01", "x"], "is after --until"),
        (["ask", "--source", "2023-09-06-ten-key", "tax"], f"The nearest: {GIVEN_ID}."),
        (["ask"], "the following arguments are required: QUESTION"),
        (["asc", "tax"], "invalid choice: 'asc'"),
        (["--documents", "nowhere", "ask", "tax"], "No documents at nowhere"),
        (["--config", "nowhere.yaml", "ask", "tax"], "nowhere.yaml cannot be read"),
        (["index", "build", "nowhere"], "No documents at nowhere"),
        (["index"], "the following arguments are required: ACTION"),
        (["index", "verify"], "No index at"),
        (["index", "status"], "No index at"),
        (["index", "rollback"], "No index at"),
    ],
)
def test_an_error_ends_with_2_and_one_clear_message(
    policybot: Run, arguments: list[str], message: str
) -> None:
    result = policybot(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("question", ["of the and", "🚗🚗", "\udcff\udcfe!", "?"])
def test_a_question_without_topic_ends_with_1(policybot: Run, question: str) -> None:
    result = policybot("ask", question)
    assert result.returncode == 1
    assert "only common words" in result.stdout


def test_a_question_with_stray_bytes_is_asked_without_them(policybot: Run) -> None:
    result = policybot("ask", "new\x1b[31m energy\udcff vehicles exported")
    assert result.returncode == 0
    assert "\x1b" not in result.stdout


def test_only_named_sources_answer(policybot: Run, project: Path) -> None:
    (project / "data" / "documents" / "Other File.txt").write_text("Vehicles were exported.\n")
    value = json.loads(policybot("ask", "--json", "--source", "other-file", EXPORTS).stdout)
    assert {passage["citation"]["document"] for passage in value["passages"]} == {"other-file"}


def test_only_documents_of_the_dates_answer(policybot: Run) -> None:
    assert policybot("ask", "--since", "2023-09-06", EXPORTS).returncode == 0
    assert policybot("ask", "--until", "2023-09-05", EXPORTS).returncode == 1


def test_explain_names_terms_and_shares(policybot: Run) -> None:
    assert "of the score" in policybot("ask", "--explain", EXPORTS).stdout


def test_flags_may_stand_before_and_after_the_command(policybot: Run, tmp_path: Path) -> None:
    place = str(tmp_path / "elsewhere")
    assert policybot("--index", place, "ask", EXPORTS).stderr != ""
    assert policybot("ask", EXPORTS, "--index", place).stderr == ""


def test_build_reports_added_then_nothing(policybot: Run) -> None:
    first, second = policybot("index", "build"), policybot("index", "build")
    assert first.stdout.startswith(f"added    {GIVEN_ID}\n1 added, 0 changed, 0 unchanged")
    assert "Generation 1 is live." in first.stdout
    assert "1 unchanged" in second.stdout
    assert "Nothing changed; generation 1 stays live." in second.stdout
    assert first.stderr == ""  # no progress bar into a pipe


def test_build_json_is_the_object_of_the_contract(policybot: Run, project: Path) -> None:
    (project / "data" / "documents" / "bad.txt").write_bytes(b"\xff\xfe\x00")
    value = json.loads(policybot("index", "build", "--json").stdout)
    assert list(value) == [
        *("generation", "added", "changed", "unchanged", "removed", "refused", "documents"),
        *("passages", "seconds", "notes"),
    ]
    assert value["added"] == [GIVEN_ID]
    assert [refused["path"] for refused in value["refused"]] == ["bad.txt"]
    assert (value["documents"], value["passages"]) == (1, 10)


def test_a_dry_run_changes_nothing(policybot: Run, project: Path) -> None:
    result = policybot("index", "build", "--dry-run")
    assert f"added    {GIVEN_ID}" in result.stdout
    assert "Dry run: nothing was changed." in result.stdout
    assert not (project / ".policybot").exists()


def test_build_takes_paths_instead_of_the_documents_folder(policybot: Run, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.txt").write_text("About zinc.\n")
    assert "added    a\n" in policybot("index", "build", str(tmp_path / "more")).stdout
    assert policybot("ask", "zinc").returncode == 0


def test_losing_half_of_the_passages_needs_force(policybot: Run, project: Path) -> None:
    policybot("index", "build")
    (project / "data" / "documents" / f"{GIVEN_ID}.txt").write_text("Only this.\n")
    refused = policybot("index", "build")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "accept the loss with --force" in refused.stderr
    assert policybot("ask", EXPORTS).returncode == 0
    assert policybot("index", "build", "--force").returncode == 0
    assert policybot("ask", "only this one").returncode == 1


def test_status_tells_what_is_live_and_what_changed(policybot: Run, project: Path) -> None:
    policybot("index", "build")
    assert "documents: indexed" in policybot("index", "status").stdout
    (project / "data" / "documents" / "new.txt").write_text("New.\n")
    status = policybot("index", "status")
    assert status.stdout.startswith("Generation 1 of ")
    assert "1 changed since; run: policybot index build" in status.stdout


def test_verify_finds_a_flipped_bit_and_the_question_is_answered_all_the_same(
    policybot: Run, project: Path
) -> None:
    policybot("index", "build")
    assert "generation 1 (live): sound" in policybot("index", "verify").stdout
    file = project / ".policybot" / "index" / "gen-000001" / "passages.db"
    content = bytearray(file.read_bytes())
    content[5000] ^= 1
    file.write_bytes(content)
    verified = policybot("index", "verify")
    assert verified.returncode == 2
    assert "passages.db is not what was published" in verified.stdout
    answered = policybot("ask", EXPORTS)
    assert answered.returncode == 0
    assert "passages.db is not what was published" in answered.stderr
    assert policybot("index", "verify").returncode == 0


def test_rollback_goes_back_one_generation(policybot: Run, project: Path) -> None:
    policybot("index", "build")
    (project / "data" / "documents" / "zinc.txt").write_text("About zinc.\n")
    policybot("index", "build")
    assert policybot("ask", "zinc").returncode == 0
    assert "Generation 1 is live" in policybot("index", "rollback").stdout
    assert policybot("ask", "zinc").returncode == 1
    assert policybot("index", "rollback").returncode == 2
    policybot("index", "build")
    assert policybot("ask", "zinc").returncode == 0


def test_an_index_of_a_newer_format_is_refused_and_left_alone(
    policybot: Run, project: Path
) -> None:
    policybot("index", "build")
    current = project / ".policybot" / "index" / "CURRENT"
    line = current.read_text().replace("v1 ", "v2 ").rsplit(" ", 1)[0]
    current.write_text(f"{line} {zlib.crc32(line.encode()):08x}\n")
    before = current.read_text()
    for arguments in (["ask", EXPORTS], ["index", "build"], ["index", "build", "--full"]):
        result = policybot(*arguments)
        assert result.returncode == 2
        assert "written by a newer policybot" in result.stderr
    assert current.read_text() == before


def test_sources_lists_the_documents(policybot: Run) -> None:
    assert policybot("sources").stdout.startswith(f"{GIVEN_ID}  Ten Key Industries")
    assert json.loads(policybot("sources", "--json").stdout) == [
        {
            "id": GIVEN_ID,
            "title": "Ten Key Industries Collaborate to Stabilize Growth and Operations, Ministry "
            "of Industry and Information Technology Announces",
            "date": "2023-09-06",
            "paragraphs": 10,
            "path": f"{GIVEN_ID}.txt",
            "url": None,
            "superseded_by": [],
        }
    ]


def test_show_prints_a_passage_its_context_or_a_document(policybot: Run) -> None:
    passage = policybot("show", f"{GIVEN_ID}#1").stdout
    assert passage.strip().startswith("1. Beijing, September 5th")
    assert "line 3" in passage
    around = policybot("show", f"{GIVEN_ID}#2", "--context", "1").stdout
    assert [line[:4] for line in around.splitlines() if line[2:3].isdigit()] == [
        "  1.",
        "  2.",
        "  3.",
    ]
    assert policybot("show", GIVEN_ID).stdout.count("\n") > 10


def test_show_of_an_unknown_id_ends_with_1_and_names_the_nearest(policybot: Run) -> None:
    result = policybot("show", "2023-09-06-ten-key-industry#1")
    assert result.returncode == 1
    assert f"The nearest: {GIVEN_ID}." in result.stderr


def test_doctor_finds_nothing_wrong_and_names_fixes(policybot: Run, project: Path) -> None:
    first = policybot("doctor")
    assert first.returncode == 0
    assert "policybot index build" in first.stdout
    (project / "policybot.yaml").write_text("documents: nowhere\n")
    second = policybot("doctor")
    assert second.returncode == 2
    assert "fail documents: No documents at" in second.stdout


ENVIRONMENT = {"DISCORD_TOKEN": f"MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.{'x' * 38}"}  # made up


def found(project: Path, environment: Mapping[str, str] = ENVIRONMENT) -> list[Finding]:
    return list(examine_discord(load(project), environment))


def about(what: str, findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.verdict, one.what) for one in findings if one.what.startswith(what)]


def test_the_check_of_the_bot_tells_of_an_audience_that_admits_nobody(project: Path) -> None:
    documents = project / "data" / "documents"
    (documents / "memo.md").write_text("---\naudience: ['123456789012345678']\n---\nHush.\n")
    (documents / "note.md").write_text("---\naudience: staff\n---\nHush.\n")
    rebuild([documents], load(project).index, load(project).model)
    assert about("audience", found(project)) == [
        ("ok", "audience: 2 documents shown only where all readers may see them"),
        ("warn", "audience: note names 'staff', which is no id of a server or role"),
    ]


def test_the_check_of_the_bot_tells_whether_it_runs(project: Path) -> None:
    assert about("bot", found(project)) == [("ok", "bot: not running from this project folder")]
    assert not (project / ".policybot").exists()
    (project / ".policybot").mkdir()
    with locked(load(project).lock_of(123456789012345678)):
        ((verdict, said),) = about("bot", found(project))
    assert verdict == "ok"
    assert said.startswith("bot: runs already (process ")
    assert about("bot", found(project)) == [("ok", "bot: not running from this project folder")]


def test_the_check_of_the_bot_tells_of_the_ledger(project: Path) -> None:
    file = load(project).ledger
    assert about("ledger", found(project)) == [("ok", "ledger: none yet")]
    with closing(Ledger(file, 90)) as ledger:
        ledger.keep("paused", "yes")
    assert about("ledger", found(project)) == [("ok", f"ledger: sound, {file}")]
    assert about("paused", found(project)) == [("warn", "paused: nothing is answered")]
    file.write_bytes(b"no database at all, but long enough to be read" * 50)
    ((verdict, said),) = about("ledger", found(project))
    assert verdict == "warn"
    assert "is damaged (" in said
    file.unlink()
    file.mkdir()
    ((verdict, said),) = about("ledger", found(project))
    assert verdict == "fail"
    assert "cannot be opened" in said


def test_the_check_of_the_bot_tells_where_the_token_came_from(project: Path) -> None:
    (project / "policybot.yaml").write_text("discord:\n  token_file: token\n")
    file = project / "token"
    file.touch(mode=0o600)
    file.write_text(ENVIRONMENT["DISCORD_TOKEN"])
    application = "of application 123456789012345678"
    assert about("token", found(project, {})) == [("ok", f"token: in {file}, {application}")]
    both = about("token", found(project))
    assert both[0] == ("ok", f"token: in DISCORD_TOKEN, {application}")
    assert both[1][0] == "warn"
    assert "both set; DISCORD_TOKEN is taken" in both[1][1]
    file.chmod(0o644)
    ((verdict, said),) = about("token", found(project, {}))
    assert (verdict, said.split(".")[-1]) == ("fail", f" Run: chmod 600 {file}")


def test_a_folder_as_token_file_is_not_to_be_made_readable_by_its_owner(project: Path) -> None:
    (project / "policybot.yaml").write_text("discord:\n  token_file: data\n")
    ((verdict, said),) = about("token", found(project, {}))
    assert verdict == "fail"
    assert "Is a directory" in said
    assert "chmod" not in said


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("channels: []", ("warn", "channels: none; every answer is private")),
        (
            "channels: [234567890123456789]",
            ("ok", "channels: answers are public in channels or categories of 1 id"),
        ),
        ("channels:", ("ok", "channels: answers are public in every channel")),
        ("moderators: 234567890123456789", ("ok", "moderators: 1 id")),
        ("moderators: [234567890123456789, 234567890123456780]", ("ok", "moderators: 2 ids")),
    ],
)
def test_the_check_of_the_bot_tells_who_may_do_what(
    project: Path, setting: str, expected: tuple[str, str]
) -> None:
    (project / "policybot.yaml").write_text(f"discord:\n  {setting}\n")
    assert about(setting.partition(":")[0], found(project)) == [expected]


def test_the_doctor_gives_each_advice_once(policybot: Run, project: Path) -> None:
    policybot("index", "build")
    for file in (project / ".policybot" / "index").rglob("*.db"):
        file.write_bytes(b"x")
    broken = [one for one in examine(lambda: load(project)) if one.what.startswith("index:")]
    assert [(one.verdict, one.fix) for one in broken] == [
        ("fail", "policybot index build --full"),
    ]
    assert "Run:" not in broken[0].what
    assert policybot("index", "build", "--full").returncode == 0
    assert policybot("doctor").returncode == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "documnets: x\n",
            "policybot.yaml, line 1: no setting is called documnets. The nearest is documents",
        ),
        (
            "ranking:\n  k3: 1\n",
            "line 2: no setting is called ranking.k3. The nearest is ranking.k1",
        ),
        ("ranking:\n  k1: high\n", "line 2: ranking.k1 is 'high', not a number from 0 to 10"),
        ("limit: 5\n\nlimit: 6\n", "line 3: the key 'limit' stands here twice"),
        ("limit: [\n", "policybot.yaml, line 2"),
        ("- a\n", "line 1: not a list"),
        ("limit: true\n", "limit is 'true', not a whole number"),
        ("ranking: 3\n", "line 1: ranking takes variant, k1, b below it"),
        ("discord:\n  channels: general\n", "line 2: discord.channels is 'general', not a list of"),
        ("discord:\n  moderators: [ada]\n", "line 2: discord.moderators is ['ada'], not a list of"),
        (
            "discord:\n  token: abc\n",
            "line 2: no setting is called discord.token. The nearest is discord.token_file",
        ),
        (
            "discord:\n  questions_a_minute: 0\n",
            "line 2: discord.questions_a_minute is '0', not a whole number from 1 to 600",
        ),
        (
            "versions:\n  retention_days: -1\n",
            "versions.retention_days is '-1', not a whole number from 0 to 36500",
        ),
        (
            "discord:\n  retention_days: forever\n",
            "discord.retention_days is 'forever', not a whole number from 1 to 3650",
        ),
    ],
)
def test_wrong_settings_are_refused_with_file_and_line(
    policybot: Run, project: Path, text: str, message: str
) -> None:
    (project / "policybot.yaml").write_text(text)
    result = policybot("ask", EXPORTS)
    assert result.returncode == 2
    assert message in result.stderr


TOKEN = f"MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.{'x' * 38}"  # made up


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"discord:\n  token_file: {TOKEN}\n", "line 2: discord.token_file holds the token itself"),
        (f"discord:\n  token_file: Bot {TOKEN}\n", "discord.token_file holds the token itself"),
        (f"discord:\n  moderators: [{TOKEN}]\n", "discord.moderators holds the token itself"),
        (f"discord:\n  token: {TOKEN}\n", "line 2: discord.token holds the token itself"),
        (f"discord:\n  {TOKEN}: x\n", "no setting is called discord.<token>"),
        (f"{TOKEN}: x\n{TOKEN}: y\n", "stands here twice"),
        (f"discord: {TOKEN}\n", "discord holds the token itself; write it into a file of mode 600"),
    ],
)
@pytest.mark.parametrize("command", [("discord", "--check"), ("doctor",), ("sources", "-v")])
def test_a_token_in_the_settings_is_refused_and_never_shown(
    policybot: Run, project: Path, command: tuple[str, ...], text: str, message: str
) -> None:
    (project / "policybot.yaml").write_text(text)
    result = policybot(*command)
    assert result.returncode == 2
    assert message in result.stderr + result.stdout
    assert TOKEN not in result.stderr + result.stdout


@pytest.mark.parametrize("arguments", [("discord", TOKEN), ("--config", TOKEN, "discord", "-v")])
def test_a_token_among_the_arguments_is_not_shown(
    policybot: Run, arguments: tuple[str, ...]
) -> None:
    result = policybot(*arguments)
    assert result.returncode == 2
    assert "<token>" in result.stderr
    assert TOKEN not in result.stderr


@pytest.mark.parametrize("key", ["moderators", "channels", "token_file", "retention_days"])
def test_an_empty_setting_is_as_one_left_out(project: Path, key: str) -> None:
    (project / "policybot.yaml").write_text(f"discord:\n  {key}:\n")
    assert load(project).discord == DiscordSettings()


def test_settings_are_found_upward_and_paths_in_them_are_relative_to_the_file(
    policybot: Run, project: Path
) -> None:
    (project / "policybot.yaml").write_text("documents: data/documents\nlimit: 2\n")
    below = project / "data"
    value = json.loads(policybot("ask", "--json", EXPORTS, cwd=below).stdout)
    assert len(value["passages"]) == 2
    assert (project / ".policybot").is_dir()
    assert not (below / ".policybot").exists()


def test_other_ranking_settings_build_the_index_anew(policybot: Run, project: Path) -> None:
    policybot("index", "build")
    (project / "policybot.yaml").write_text("ranking: {variant: okapi, k1: 0.9, b: 0.4}\n")
    result = policybot("ask", EXPORTS)
    assert result.returncode == 0
    assert "other ranking settings" in result.stderr


def test_without_a_terminal_and_a_command_the_help_is_printed(policybot: Run) -> None:
    result = policybot()
    assert result.returncode == 0
    assert result.stdout.startswith("usage: policybot")


def test_the_version_is_printed(policybot: Run) -> None:
    assert policybot("--version").stdout.startswith("policybot 0.")


def start(project: Path, home: Path, *arguments: str) -> subprocess.Popen[str]:
    # Warnings stay as users have them: an interrupt between opening a file and the next step
    # leaves it to the garbage collector, which as an error would be a traceback.
    env = {name: value for name, value in environment(home).items() if name != "PYTHONWARNINGS"}
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=project,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_closed_pipe_is_quiet(policybot: Run, project: Path, tmp_path: Path) -> None:
    policybot("index", "build")
    process = start(project, tmp_path, "show", GIVEN_ID)
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=20) == 141
    for stream in (process.stdin, process.stderr):
        if stream:
            stream.close()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux's /proc to look at")
def test_ctrl_c_while_waiting_for_a_question_ends_with_130(
    policybot: Run, project: Path, tmp_path: Path
) -> None:
    policybot("index", "build")
    process = start(project, tmp_path, "ask", "-")
    maps = Path(f"/proc/{process.pid}/maps")
    wait_until(lambda: "Stemmer" in maps.read_text())  # imported before the question is read
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (130, "", "")


def test_ctrl_c_during_a_build_leaves_the_old_index_or_the_new(
    policybot: Run, project: Path, tmp_path: Path
) -> None:
    policybot("index", "build")
    documents = project / "data" / "documents"
    for number in range(400):
        (documents / f"more-{number}.txt").write_text("About zinc and copper.\n\n" * 50)
    codes = set()
    lock = project / ".policybot" / "index" / ".writer.lock"
    for wait in (0, 0.1, 0.2, 0.4, 0.8):
        process = start(project, tmp_path, "index", "build", "--full")
        mine = f"{process.pid}\n"
        wait_until(lambda mine=mine: lock.read_text() == mine)  # type: ignore[misc]  # bound now
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        codes.add(process.returncode)
        assert "Traceback" not in errors
        assert policybot("ask", EXPORTS).returncode == 0
        assert policybot("index", "verify").returncode == 0
    # On its way out the interpreter dies of the signal itself, which a shell reports as 130 too.
    assert codes <= {0, 130, -signal.SIGINT}
    assert 130 in codes
    litter = [path.name for path in (project / ".policybot" / "index").glob(".build-*")]
    assert litter == []


def test_every_character_can_be_printed_on_a_terminal_that_knows_only_ascii(
    project: Path, tmp_path: Path
) -> None:
    env = environment(tmp_path) | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    for arguments in (["ask", EXPORTS], ["ask", "--json", EXPORTS]):
        result = subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=project,
            env=env,
            capture_output=True,
            check=False,
        )
        assert result.returncode == 0
        assert result.stdout.isascii()
    assert "“three new products”" in json.loads(result.stdout)["passages"][0]["text"]


def test_an_index_folder_that_cannot_be_made_is_a_clear_error(
    policybot: Run, project: Path
) -> None:
    (project / "file").write_text("in the way")
    result = policybot("ask", EXPORTS, "--index", "file/index")
    assert result.returncode == 2
    assert "Make it writable, make room, or choose another place with --index DIR." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "redirection", "code"),
    [
        ("ask vehicles exported", ">&-", 0),
        ("ask vehicles exported", "2>&-", 0),
        ("ask vehicles exported", "<&-", 0),
        ("ask -", "<&-", 2),
        ("repl", "<&-", 0),
        ("", "<&-", 0),
        ("--help", "> /dev/full", 2),
        ("ask vehicles exported", "> /dev/full", 2),
    ],
)
def test_closed_or_full_streams_are_no_traceback(
    project: Path, tmp_path: Path, arguments: str, redirection: str, code: int
) -> None:
    result = subprocess.run(
        ["/bin/sh", "-c", f"{sys.executable} -m bot {arguments} {redirection}"],
        cwd=project,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in result.stderr
    assert result.returncode == code


@pytest.mark.parametrize(
    "id_",
    ["a#99999999999999999999999", "a#" + "9" * 5000, "a\udcffb", f"{GIVEN_ID}#1.1", "#", "a b"],
)
def test_show_of_any_odd_id_finds_nothing(policybot: Run, id_: str) -> None:
    result = policybot("show", id_)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_show_takes_a_citation_as_it_is_printed(policybot: Run) -> None:
    assert "Beijing, September 5th" in policybot("show", f"[{GIVEN_ID}#1 f14b90]").stdout


@pytest.mark.parametrize("context", ["-1", "51", "9" * 5000, "one"])
def test_context_is_a_bounded_number(policybot: Run, context: str) -> None:
    result = policybot("show", GIVEN_ID, f"--context={context}")
    assert result.returncode == 2
    assert "is not a number from 0 to 50" in result.stderr


def test_what_starts_like_a_flag_gets_a_hint(policybot: Run) -> None:
    assert "goes behind --" in policybot("show", "-2023--road#1").stderr
    assert "goes behind --" in policybot("ask", "x", "--source", "-road").stderr
    assert policybot("ask", "--", "-5% vehicles exported").returncode == 0


@pytest.mark.parametrize("arguments", [("discord", "--check", "start"), ("show",), ("ask", "-v")])
def test_what_does_not_start_like_a_flag_gets_no_hint(
    policybot: Run, arguments: tuple[str, ...]
) -> None:
    result = policybot(*arguments)
    assert result.returncode == 2
    assert "goes behind --" not in result.stderr


def test_a_check_and_an_invitation_exclude_each_other(policybot: Run) -> None:
    result = policybot("discord", "--check", "--invite")
    assert result.returncode == 2
    assert "--invite: not allowed with argument --check" in result.stderr


def test_a_first_question_waits_for_the_process_that_builds(project: Path, tmp_path: Path) -> None:
    documents = project / "data" / "documents"
    for number in range(300):
        (documents / f"more-{number}.txt").write_text("About zinc and copper.\n\n" * 40)
    processes = [start(project, tmp_path, "ask", "vehicles exported") for _ in range(3)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len({output for output, _ in outputs}) == 1


def test_undated_documents_are_told_when_dates_are_asked_for(policybot: Run, project: Path) -> None:
    (project / "data" / "documents" / "undated.txt").write_text("Vehicles were exported.\n")
    told = policybot("ask", "--since", "2023-01-01", EXPORTS).stderr
    assert "Without a date and therefore left out: 1 document." in told


def test_an_index_of_other_documents_than_the_flag_names_is_told(
    policybot: Run, tmp_path: Path
) -> None:
    policybot("index", "build")
    (tmp_path / "other").mkdir()
    result = policybot("ask", EXPORTS, "--documents", str(tmp_path / "other"))
    assert result.returncode == 0
    assert "The index was built from" in result.stderr


def test_an_outdated_index_is_built_again_from_what_it_was_built_from(
    policybot: Run, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("About zinc.\n")
    policybot("index", "build", str(tmp_path / "other"))
    (project / "policybot.yaml").write_text("ranking: {k1: 0.9}\n")
    assert policybot("ask", "zinc").returncode == 0


def test_documents_cannot_stand_in_the_index_folder(policybot: Run) -> None:
    result = policybot("index", "build", "--index", "data")
    assert result.returncode == 2
    assert "cannot stand in the index folder" in result.stderr


def test_an_empty_index_says_so(policybot: Run, project: Path) -> None:
    policybot("index", "build")
    (project / "data" / "documents" / f"{GIVEN_ID}.txt").unlink()
    assert policybot("index", "build", "--force").returncode == 0
    assert "There are no documents in the index." in policybot("ask", EXPORTS).stdout


def test_replacing_all_documents_needs_force_even_by_larger_ones(
    policybot: Run, tmp_path: Path
) -> None:
    policybot("index", "build")
    (tmp_path / "big.txt").write_text("About zinc.\n\n" * 50)
    refused = policybot("index", "build", str(tmp_path / "big.txt"))
    assert refused.returncode == 2
    assert "Only 0 of 10 passages would be left" in refused.stderr


def test_advice_repeats_the_flags_that_choose_the_index(policybot: Run, project: Path) -> None:
    message = policybot("index", "verify", "--index", "other place").stderr
    assert message.endswith("Run: policybot index build --index 'other place'\n")
    policybot("index", "build", "--index", "other")
    (project / "data" / "documents" / "new.txt").write_text("New.\n")
    status = policybot("index", "status", "--index", "other").stdout
    assert "run: policybot index build --index other" in status
    assert "policybot index build --index other" in policybot("doctor", "--index", "other").stdout
    (project / "other" / "gen-000001" / "index.arrays").write_bytes(b"")
    verified = policybot("index", "verify", "--index", "other").stdout
    assert "run: policybot index build --index other --full" in verified


def test_only_a_process_of_one_short_command_looks_for_no_garbage() -> None:
    usual = gc.get_threshold(), gc.get_freeze_count()
    assert main(["sources", "--help"]) == 0
    assert (gc.get_threshold(), gc.get_freeze_count()) == usual
    script = """
import gc, sys
from bot.cli import main
before = gc.get_threshold()
main()
print(gc.get_threshold() == before, gc.get_freeze_count() > 0, file=sys.stderr)
"""
    for command, told in (("sources", "False True"), ("index", "True False")):
        flags = ["--index", "none", "--documents", "none"]
        action = ["status"] if command == "index" else []
        ended = subprocess.run(
            [sys.executable, "-c", script, command, *action, *flags],
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stderr.splitlines()[-1] == told
