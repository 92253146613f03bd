"""The README is held to its word: what it shows runs, and what it lists is there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import discord
import pytest
from conftest import REPOSITORY, Run, environment

from bot.arguments import parser
from bot.discord_app.texts import texts
from bot.settings import load

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", README, re.M | re.S)


def commands() -> list[str]:
    lines = [line.strip() for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if "policybot" in line and ".venv" not in line]


def test_the_two_commands_stand_at_the_top_and_ci_runs_them_as_written() -> None:
    first, second = (block.strip() for block in blocks("sh")[:2])
    ci = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    assert first in ci
    assert second in ci


@pytest.mark.parametrize("command", commands())
def test_every_command_shown_runs(
    command: str, policybot: Run, project: Path, tmp_path: Path
) -> None:
    policybot("index", "build")
    program = f"{shlex.quote(sys.executable)} -m bot"
    result = subprocess.run(  # noqa: S602 (the README's own lines)
        re.sub(r"\bpolicybot\b", program, command),
        shell=True,
        cwd=project,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout


def test_the_session_shown_is_what_is_printed(policybot: Run) -> None:
    (session,) = blocks("console")
    shown = re.findall(r'^\$ policybot ask "(.*?)"\n(.*?)(?=^\$|\Z)', session, re.M | re.S)
    assert len(shown) == 2
    for question, output in shown:
        assert output.split() == policybot("ask", question).stdout.split()


def test_the_settings_shown_are_the_defaults(project: Path) -> None:
    defaults = load(project)
    (example,) = [block for block in blocks("yaml") if "ranking:" in block]
    (project / "policybot.yaml").write_text(example)
    chosen = load(project)
    assert chosen.file == project / "policybot.yaml"
    assert (chosen.documents, chosen.index) == (defaults.documents, defaults.index)
    assert (chosen.limit, chosen.model) == (defaults.limit, defaults.model)
    assert chosen.version_retention_days == defaults.version_retention_days
    assert chosen.discord == defaults.discord


def test_the_settings_without_a_default_are_taken_as_shown(project: Path) -> None:
    (example,) = [block for block in blocks("yaml") if "moderators:" in block]
    (project / "policybot.yaml").write_text(example)
    chosen = load(project).discord
    assert chosen.token_file == project / "secrets" / "discord-token"
    assert chosen.moderators == frozenset({123456789012345678})
    assert chosen.channels == frozenset({234567890123456789})


def test_the_permissions_named_are_those_the_invitation_asks_for() -> None:
    from bot.invitation import PERMISSIONS

    asked = discord.Permissions(PERMISSIONS)
    assert str(PERMISSIONS) in README
    assert [name for name, is_set in asked if is_set] == [
        "add_reactions",
        "read_messages",
        "send_messages",
        "embed_links",
        "read_message_history",
        "send_messages_in_threads",
    ]


def test_every_command_of_discord_is_listed() -> None:
    catalogue = texts("en")
    table = README.partition("| in Discord | does |")[2].partition("\n\n")[0]
    for key in catalogue.keys():  # noqa: SIM118 (a method of ours)
        if re.fullmatch(r"command\.\w+\.name", key):
            assert catalogue.say(key) in table, key


def test_the_pictures_are_there() -> None:
    for picture in re.findall(r"!\[[^\]]+\]\((.*?)\)", README):
        assert (REPOSITORY / picture).read_bytes().startswith(b"\x89PNG")


def test_every_command_and_flag_is_listed() -> None:
    usage = parser().format_help()
    for name in re.findall(r"^    (\w+)  ", usage, re.M):
        assert f"policybot {name}" in README
    table = README.partition("## Commands")[2].partition("## Settings")[0]
    for action in ("build", "status", "verify", "rollback"):
        assert f"`policybot index {action}" in table
    for flag in re.findall(r"--[a-z][a-z-]*", table):
        known = [
            parser().parse_args(line)
            for line in (
                ["ask", "x"],
                ["index", "build"],
                ["discord"],
                ["diff", "x"],
                ["eval", "x"],
            )
        ]
        names = {name for options in known for name in vars(options)}
        assert flag[2:].replace("-", "_") in names | {"version", "context"}, flag


def test_every_module_stands_in_the_architecture() -> None:
    plan = README.partition("## Architecture")[2]
    for package in ("bot", "index"):
        for path in (REPOSITORY / package).iterdir():
            is_module = path.suffix == ".py" and not path.name.startswith("__")
            if is_module or (path / "__init__.py").is_file():
                name = path.stem if is_module else f"{path.name}/"
                assert re.search(rf"^  {re.escape(name)} ", plan, re.M), f"{package}/{path.name}"


def test_every_module_of_the_discord_app_stands_in_the_architecture() -> None:
    plan = README.partition("## Architecture")[2]
    modules = (REPOSITORY / "bot" / "discord_app").glob("*.py")
    named = re.findall(r"^    (\w+)  ", plan, re.M)
    assert {path.stem for path in modules} - {"__init__"} <= set(named)


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in project["dependencies"]:
        name = re.split(r"[^\w.-]", requirement)[0]
        assert re.search(rf"^\| {re.escape(name)} \| \S", README, re.M), name
