"""The rules of the house: what imports what, what stands where, and what the door offers."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import GIVEN, REPOSITORY

import index

# Lower rows may import upper ones, never the other way round.
INDEX_LAYERS = [
    {
        "dates",
        "errors",
        "records",
        "abbreviations",
        "analysis",
        "arrays",
        "bm25",
        "kinds",
        "numerals",
        "patterns",
        "situation",
        "common_sequence",
        "common_words",
        "locking",
        "sentences",
        "superseding",
        "word_diff",
        "wording",
        "yaml_text",
    },
    {"passages", "postings", "query", "folder", "fingerprint", "chunks", "versions", "glossary"},
    {
        "differing",
        "readers",
        "vocabulary",
        "packed",
        "pruning",
        "remembering",
        "scratch",
        "candidates",
        "inverting",
        "light_ranking",
        "counting",
        "quote_places",
        "confidence",
    },
    {"ranking", "covering", "quoting", "sequences", "misspelling", "wordbook"},
    {"merging", "rescoring", "light_rescoring"},
    {"array_finding", "light_finding"},
    {"searcher", "storage", "guarded"},
    {"as_of", "history", "evaluation", "plain"},
    {"opening", "build"},
]
BOT_LAYERS = [
    {"errors", "exit_codes", "lines", "redaction"},
    {"settings", "answering", "compared", "invitation", "ledger", "log", "token"},
    {
        "assistant",
        "differences",
        "doctor",
        "evaluating",
        "rendering",
        "quote_rendering",
        "reports",
        "json_values",
    },
    {"terminal", "screen", "arguments", "discord_app", "watching"},
    {"prompt"},
    {"commands"},
    {"cli", "__main__"},
]
ONE_HOME = {  # dependency -> the only modules that may import it
    "rank_bm25": "index/ranking.py",
    "Stemmer": "index/analysis/words.py",
    "yaml": "index/yaml_text.py",
    "markdown_it": "index/readers/markdown.py",
    "lxml": "index/readers/html.py",
    "pypdfium2": "index/readers/pdf.py",
    "xml": "index/readers/xml_trees.py index/readers/docx.py",
    "zipfile": "index/readers/archive.py",
    "sqlite3": "index/storage/rows.py index/storage/generation.py bot/ledger.py",
    "aiohttp": "bot/discord_app/replying.py",  # its errors, which discord.py lets through
    "fcntl": "index/locking.py",
    "ctypes": "index/guarded/limits.py index/readers/pdf.py",
    "resource": "index/guarded/limits.py",
    "selectors": "index/guarded/spreading.py",
    "rich": "bot/screen.py",
    "prompt_toolkit": "bot/prompt.py",
    "watchfiles": "bot/watching.py",
}
FORBIDDEN = {"pickle", "marshal", "shelve", "dill", "joblib", "socket", "urllib", "http", "ssl"}


def modules(package: str) -> list[Path]:
    return sorted((REPOSITORY / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything a module imports, `from a import b` as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(path: Path) -> str:
    """Return which part of its package a module belongs to."""
    return path.relative_to(REPOSITORY).with_suffix("").parts[1]


def test_index_knows_nothing_of_bot() -> None:
    for path in modules("index"):
        assert not [name for name in imports(path) if name.split(".")[0] == "bot"], path


@pytest.mark.parametrize(("package", "layers"), [("index", INDEX_LAYERS), ("bot", BOT_LAYERS)])
def test_imports_run_one_way(package: str, layers: list[set[str]]) -> None:
    level = {name: number for number, names in enumerate(layers) for name in names}
    for path in modules(package):
        here = part(path)
        if here == "__init__":
            continue
        for name in imports(path):
            words = name.split(".")
            if words[0] != package or words[1] == here:
                continue
            assert words[1] in level, f"{path}: {name} has no place in the layers"
            assert level[words[1]] <= level[here], f"{path} imports {name}, which is above it"


@pytest.mark.parametrize("package", ["index", "bot"])
def test_no_imports_go_round_in_a_circle(package: str) -> None:
    graph: dict[str, set[str]] = {}
    for path in modules(package):
        name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
        if not name.endswith("__init__"):
            known = {
                ".".join(m.relative_to(REPOSITORY).with_suffix("").parts) for m in modules(package)
            }
            targets = set(imports(path)) | {n.rpartition(".")[0] for n in imports(path)}
            graph[name] = targets & known - {name}
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join([*above, name])
        if name not in done:
            for target in graph.get(name, ()):
                visit(target, (*above, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize(("dependency", "home"), ONE_HOME.items())
def test_each_dependency_has_one_home(dependency: str, home: str) -> None:
    users = {
        path.relative_to(REPOSITORY).as_posix()
        for package in ("index", "bot")
        for path in modules(package)
        if any(name.split(".")[0] == dependency for name in imports(path))
    }
    assert users == set(home.split())


def test_only_the_app_for_discord_imports_discord() -> None:
    users = {
        part(path)
        for package in ("index", "bot")
        for path in modules(package)
        if any(name.split(".")[0] == "discord" for name in imports(path))
    }
    assert users == {"discord_app"}


@pytest.mark.parametrize(
    "name",
    [
        "addresses",
        "answer_cards",
        "cards",
        "characters",
        "displaying",
        "escaping",
        "fitting",
        "limits",
        "presses",
        "sights",
        "quoting",
        "suggesting",
        "texts",
    ],
)
def test_what_a_message_says_is_decided_without_discord(name: str) -> None:
    path = REPOSITORY / "bot" / "discord_app" / f"{name}.py"
    roots = {name.split(".")[0] for name in imports(path)}
    assert not roots & {"discord", "asyncio"}


def test_nothing_is_unpickled_and_nothing_talks_to_a_network() -> None:
    for package in ("index", "bot"):
        for path in modules(package):
            roots = {name.split(".")[0] for name in imports(path)}
            assert not roots & FORBIDDEN, path
            assert "allow_pickle=True" not in path.read_text(encoding="utf-8")


def test_bot_comes_in_through_the_door_of_index() -> None:
    for path in modules("bot"):
        for name in imports(path):
            words = name.split(".")
            if words[0] == "index" and len(words) > 1:
                assert len(words) == 2, f"{path} reaches past the door: {name}"
                assert words[1] in index.__all__, f"{path}: the door does not offer {name}"


def test_the_door_offers_what_it_names_and_names_what_it_declares() -> None:
    tree = ast.parse((REPOSITORY / "index" / "__init__.py").read_text(encoding="utf-8"))
    declared = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("index.")
        for alias in node.names
    }
    assert declared == set(index.__all__)
    assert all(getattr(index, name) is not None for name in index.__all__)
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        index.nothing_of_the_kind  # noqa: B018 (looking it up is the test)


def imported_by(*arguments: str) -> set[str]:
    script = (
        "import sys\nfrom bot.cli import main\n"
        f"try:\n    main({list(arguments)!r})\nexcept SystemExit:\n    pass\n"
        "print('\\n'.join(sys.modules))"
    )
    command = [sys.executable, "-c", script]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=REPOSITORY)
    return {name.split(".")[0] for name in result.stdout.splitlines()}


def test_only_the_process_that_reads_calls_a_parser() -> None:
    for path in modules("index") + modules("bot"):
        if part(path) == "readers" or path.name == "child.py":
            continue
        assert not [name for name in imports(path) if name.startswith("index.readers.read")], path
        uses = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        named = [use for use in uses if isinstance(use, ast.Attribute) and use.attr == "read"]
        assert not [use for use in named if ast.unparse(use) == "readers.read"], path


def test_help_waits_for_no_heavy_import() -> None:
    heavy = {"numpy", "rank_bm25", "yaml", "rich", "prompt_toolkit", "markdown_it", "sqlite3"}
    assert not imported_by("--help") & (heavy | {"discord"})


def test_a_question_loads_no_parser_and_no_terminal(tmp_path: Path) -> None:
    arguments = ["--documents", str(GIVEN.parent), "--index", str(tmp_path / "index")]
    imported_by("ask", "steel", *arguments)
    heavy = {
        "rank_bm25",
        "markdown_it",
        "lxml",
        "pypdfium2",
        "xml",
        "zipfile",
        "rich",
        "prompt_toolkit",
        "discord",
        "multiprocessing",
    }
    assert not imported_by("ask", "steel", *arguments) & heavy


def test_the_top_level_is_as_the_user_fixed_it() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 (any git)
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:  # a copy without its history: nothing but the project stands in it
        top = {path.name for path in REPOSITORY.iterdir() if path.suffix != ".egg-info"}
    else:
        top = {name.split("/")[0] for name in listed.stdout.splitlines()}
    fixed = {"pyproject.toml", "README.md", "LICENSE", "bot", "index", "data", "tests"}
    assert {name for name in top if not name.startswith(".")} == fixed


def test_the_given_document_is_as_it_was_given() -> None:
    import hashlib

    digest = hashlib.sha256(GIVEN.read_bytes()).hexdigest()
    assert digest == "f4cee89d813f6d5589ec70ccbff1f7490a351a0d2681a63ce8f4075f9bdf7acf"


def test_no_ignore_rule_hides_a_package() -> None:
    rules = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not {"index", "index/", "bot", "bot/", "data", "data/"} & set(rules)


def test_every_lint_exception_says_why() -> None:
    text = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    tomllib.loads(text)
    lint = text.partition("[tool.ruff.lint]")[2].partition("[tool.mypy]")[0]
    ignores = lint.partition("ignore = [")[2]
    rules = [
        line
        for line in ignores.splitlines()
        if line.strip().startswith('"') and "tests/" not in line
    ]
    assert rules
    assert all("  # " in line for line in rules)
    for package in ("index", "bot"):
        for path in modules(package):
            for line in path.read_text(encoding="utf-8").splitlines():
                if "noqa" in line:
                    assert "(" in line.partition("noqa")[2], f"{path}: {line.strip()}"
                if "type: ignore" in line:
                    assert "#" in line.partition("type: ignore")[2], f"{path}: {line.strip()}"
