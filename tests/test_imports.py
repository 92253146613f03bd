"""What commands load: nobody waits for what only another one needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY, environment

from index.analysis import terms

SCRIPT = """
import atexit, json, os, sys
at_start = set(sys.modules)
def tell():
    loaded = sorted(set(sys.modules) - at_start)
    os.write(2, b"LOADED " + json.dumps(loaded).encode())
atexit.register(tell)
sys.argv = ["policybot", *sys.argv[1:]]
if "discord" in sys.argv:  # everything but the connection
    import bot.discord_app.running
    bot.discord_app.running.run_bot = lambda *_: None
from bot.cli import main
sys.exit(main())
"""
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"
QUESTION = "How many new energy vehicles were exported?"

# The modules of ours that a command loads.
OWN_OF_ASK = """
bot: answering arguments assistant cli commands errors exit_codes lines rendering screen settings
index: abbreviations common_sequence analysis analysis.american analysis.simplified
analysis.stop_words analysis.words arrays bm25 candidates confidence errors fingerprint glossary
kinds kinds.asking kinds.holding kinds.kind light_finding light_ranking light_rescoring numerals
numerals.chinese numerals.finding numerals.reading opening patterns query records searcher sentences
situation storage storage.generation storage.manifest storage.rows superseding versions vocabulary
word_diff wordbook
"""
OWN_OF_NUMBERS = "index: numerals.amounts numerals.days"  # only where a question has some
OWN_OF_HELP = "bot: arguments cli exit_codes"
OWN_OF_DISCORD = """
bot: answering arguments assistant cli commands errors exit_codes ledger lines log redaction reports
screen settings token discord_app discord_app.access discord_app.addresses discord_app.answer_cards
discord_app.asking discord_app.cards discord_app.characters discord_app.client discord_app.commands
discord_app.desk discord_app.displaying discord_app.escaping discord_app.fitting discord_app.limits
discord_app.mentioned discord_app.messages discord_app.moderating discord_app.presses
discord_app.pressing discord_app.quoting discord_app.rebuilding discord_app.replying
discord_app.running discord_app.shelf discord_app.sights discord_app.suggesting discord_app.texts
discord_app.translating
index: abbreviations analysis analysis.american analysis.simplified analysis.stop_words
analysis.words arrays bm25 candidates common_sequence confidence dates errors fingerprint folder
glossary kinds kinds.asking kinds.holding kinds.kind light_ranking locking numerals numerals.chinese
numerals.finding numerals.reading opening patterns query readers readers.body readers.decoding
readers.metadata readers.reading records searcher sentences situation storage storage.generation
storage.manifest storage.rows superseding versions vocabulary word_diff wordbook
"""
# The packages of others. A question with none of its words misspelled does without numpy.
THIRD_PARTY_OF_ASK = {"Stemmer"}
THIRD_PARTY_OF_HELP: set[str] = set()
THIRD_PARTY_OF_DISCORD = {"Stemmer", "aiohttp", "discord"}
OF_AIOHTTP = """
aiohappyeyeballs aiosignal attr frozenlist idna multidict propcache typing_extensions yarl
""".split()
# What may not be loaded, of others or of Python.
NEVER_FOR_ASK = """
aiohttp asyncio concurrent.futures dataclasses decimal difflib discord http inspect logging lxml
markdown_it multiprocessing numpy pickle prompt_toolkit pypdfium2 rank_bm25 rich shutil socket ssl
subprocess tempfile traceback unittest urllib.request watchfiles yaml zipfile
""".split()
NEVER_FOR_HELP = [
    *NEVER_FOR_ASK,
    *"datetime hashlib index mmap shlex sqlite3 threading unicodedata Stemmer".split(),
]
NEVER_FOR_DISCORD = """
lxml markdown_it numpy prompt_toolkit pypdfium2 rank_bm25 rich watchfiles index.readers.html
index.readers.pdf index.readers.docx index.readers.markdown
""".split()


def own(table: str) -> set[str]:
    """The modules of a table of packages."""
    found, package = set(), ""
    for word in table.split():
        if word.endswith(":"):
            package = word[:-1]
            found.add(package)
        else:
            found.add(f"{package}.{word}")
    return found


def loaded(tmp_path: Path, *arguments: str) -> tuple[set[str], int]:
    """What a command loads, and how it ends."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=tmp_path,
        env=environment(tmp_path) | {"PYTHONPATH": str(REPOSITORY), "DISCORD_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    _, _, told = done.stderr.rpartition("LOADED ")
    assert told, done.stderr
    return set(json.loads(told)), done.returncode


def of_project(modules: set[str]) -> set[str]:
    return {name for name in modules if name.split(".")[0] in {"bot", "index"}}


def third_party(modules: set[str]) -> set[str]:
    """The packages that are neither ours nor Python's."""
    roots = {name.split(".")[0] for name in modules} - {"bot", "index", "cython_runtime"}
    return {root for root in roots - sys.stdlib_module_names if not root.startswith("_")}


@pytest.fixture
def indexed(tmp_path: Path) -> Path:
    documents = tmp_path / "data" / "documents"
    documents.mkdir(parents=True)
    given = next((REPOSITORY / "data" / "documents").glob("*.md"), None) or next(
        (REPOSITORY / "data" / "documents").iterdir()
    )
    (documents / given.name).write_bytes(given.read_bytes())
    _, code = loaded(tmp_path, "index", "build")
    assert code == 0
    return tmp_path


def test_a_question_loads_what_it_needs(indexed: Path) -> None:
    modules, code = loaded(indexed, "ask", QUESTION)
    assert code == 0
    assert of_project(modules) == own(OWN_OF_ASK)
    assert third_party(modules) == THIRD_PARTY_OF_ASK
    assert sorted(modules.intersection(NEVER_FOR_ASK)) == []


def test_only_a_question_with_numbers_loads_how_else_they_are_written(indexed: Path) -> None:
    modules, _ = loaded(indexed, "ask", "Were 636,000 new energy vehicles exported?")
    assert of_project(modules) == own(OWN_OF_ASK) | own(OWN_OF_NUMBERS)
    assert third_party(modules) == THIRD_PARTY_OF_ASK


def test_a_word_that_no_document_has_is_looked_for_with_numpy(indexed: Path) -> None:
    assert terms("vehicels")
    modules, _ = loaded(indexed, "ask", "new energy vehicels")
    assert third_party(modules) == THIRD_PARTY_OF_ASK | {"numpy"}


def test_help_loads_the_flags_alone(tmp_path: Path) -> None:
    modules, code = loaded(tmp_path, "--help")
    assert code == 0
    assert of_project(modules) == own(OWN_OF_HELP)
    assert third_party(modules) == THIRD_PARTY_OF_HELP
    assert sorted(modules.intersection(NEVER_FOR_HELP)) == []


def test_the_bot_loads_no_parsers_and_no_prompt(indexed: Path) -> None:
    modules, code = loaded(indexed, "discord")
    assert code == 0
    assert of_project(modules) == own(OWN_OF_DISCORD)
    assert third_party(modules).difference(OF_AIOHTTP) == THIRD_PARTY_OF_DISCORD
    assert sorted(modules.intersection(NEVER_FOR_DISCORD)) == []
