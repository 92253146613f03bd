"""The parts of the bot that know nothing of Discord's library: presses, buckets, texts, choices."""

import ast
import json
import re
import string
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY, build_and_open
from hypothesis import given
from hypothesis import strategies as st

import index
from bot.discord_app.displaying import units
from bot.discord_app.limits import Buckets
from bot.discord_app.presses import LONGEST, Action, Press, document_key, read_press
from bot.discord_app.suggesting import CHOICE_UNITS, CHOICES, Suggestions, suggestions_of
from bot.discord_app.texts import LANGUAGES, texts, texts_for, texts_for_question

APP = REPOSITORY / "bot" / "discord_app"
ACTIONS = list(Action.__args__)  # type: ignore[attr-defined]  # the literals of the type
IDS = st.builds(
    "{}#{}".format,
    st.text("abcdefg-/0123汉字", min_size=1, max_size=30),
    st.integers(1, 99_999),
)


@given(
    press=st.builds(
        Press,
        action=st.sampled_from(ACTIONS),
        subject=IDS,
        digest=st.text("0123456789abcdef", min_size=6, max_size=6),
        generation=st.integers(0, 10**6),
        rank=st.integers(0, 100),
        asker=st.integers(0, 2**63),
        is_long=st.booleans(),
        follows=st.booleans(),
        is_listed=st.booleans(),
        within=st.booleans(),
    )
)
def test_a_button_says_all_it_was_given(press: Press) -> None:
    assert read_press(press.custom_id) == press
    assert units(press.custom_id) <= LONGEST


def test_an_id_too_long_for_a_button_stands_there_as_a_key() -> None:
    id_ = "laws/" + "very-long-name-" * 20 + "end"
    press = Press("context", f"{id_}#12.3", "abcdef", 7, 1, 2**62)
    assert len(press.custom_id) <= LONGEST
    read = read_press(press.custom_id)
    assert read is not None
    assert read.subject == f"{document_key(id_)}#12.3"


@pytest.mark.parametrize(
    "custom_id",
    ["", "x", "0g.1.1.1.abcdef.a#1", "1q.1.1.1.abcdef.a#1", "2g.1.1.1.abcdef.a#1", "1g.1", "1\n"],
)
def test_a_button_of_another_version_is_not_read(custom_id: str) -> None:
    assert read_press(custom_id) is None


@given(st.text(max_size=120))
def test_no_custom_id_does_harm(custom_id: str) -> None:
    press = read_press(custom_id)
    assert press is None or press.action in ACTIONS


def test_a_bucket_lets_so_many_through_and_fills_evenly() -> None:
    now = 0.0
    buckets = Buckets(10, lambda: now)
    assert [buckets.take(1) for _ in range(10)] == [0.0] * 10
    assert buckets.take(1) == pytest.approx(6.0)
    assert buckets.take(2) == 0.0  # another person
    now = 5.0
    assert buckets.take(1) == pytest.approx(1.0)  # asking in vain costs nothing
    now = 6.0
    assert buckets.take(1) == 0.0
    assert buckets.take(1) > 0


def test_buckets_hold_a_bounded_number_of_people() -> None:
    buckets = Buckets(1, lambda: 0.0)
    assert buckets.take(-1) == 0.0
    for person in range(50_000):
        assert buckets.take(person) == 0.0
    assert buckets.take(-1) == 0.0  # forgotten, and so full again
    assert buckets.take(49_999) > 0


def used_keys() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return the keys that the code asks for: whole ones, and patterns for those put together."""
    whole: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    known = texts("en").keys()
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                if node.value in known:
                    whole.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                    for part in node.values
                ]
                pattern = "".join(parts)
                if re.match(r"[a-z_]+\\\.", pattern):
                    patterns.append(re.compile(pattern))
    return whole, patterns


def asked_for() -> set[str]:
    """Return the keys that are given to say, refuse or a closed gate as they are."""
    keys = set()
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if (
                    name in ("say", "refuse", "GateClosed")
                    and isinstance(first, ast.Constant)
                    and isinstance(first.value, str)
                ):
                    keys.add(first.value)
    return keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing(language: str) -> None:
    keys = texts(language).keys()
    assert keys == texts("en").keys()
    assert len(asked_for()) > 60
    assert asked_for() <= keys


def test_no_text_is_left_over() -> None:
    whole, patterns = used_keys()
    left = {
        key
        for key in texts("en").keys() - whole
        if not any(pattern.fullmatch(key) for pattern in patterns)
    }
    # Reasons of a refused file are put together where they are said.
    reasons = set(re.findall(r'FileRefused\(\s*"(\w+)"', (APP / "shelf.py").read_text()))
    assert left - {f"moderation.{reason}" for reason in reasons} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_puts_in_the_same_values(language: str) -> None:
    def fields(text: str) -> set[str | None]:
        return {field for _, field, _, _ in string.Formatter().parse(text) if field}

    for key in texts("en").keys():  # noqa: SIM118 (a method of ours)
        english, other = texts("en").say(key), texts(language).say(key)
        assert fields(other) == fields(english), key
        assert other.strip(), key
        if language != "en":
            assert key.endswith(("entry", ".page")) or other != english, f"{key} is not translated"


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_and_descriptions_keep_to_the_limits_of_commands(language: str) -> None:
    catalogue = texts(language)
    keys = [key for key in catalogue.keys() if key.startswith(("command.", "option."))]  # noqa: SIM118 (a method of ours)
    assert len(keys) > 30
    names = set()
    for key in keys:
        text = catalogue.say(key)
        if key == "command.ask_message.name":
            assert 1 <= units(text) <= 32
        elif key.endswith(".name"):
            assert re.fullmatch(r"[-_'\w]{1,32}", text), key
            assert text == text.lower()
            if key.startswith("command."):
                assert text not in names, f"{text} names two commands"
                names.add(text)
        else:
            assert 1 <= units(text) <= 100, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_buttons_and_titles_fit(language: str) -> None:
    catalogue = texts(language)
    for key in catalogue.keys():  # noqa: SIM118 (a method of ours)
        if key.startswith("button."):
            assert units(catalogue.say(key)) <= 80
        assert "@" not in catalogue.say(key)


def test_a_locale_without_catalogue_reads_english() -> None:
    assert texts_for("zh-CN").language == "zh-CN"
    assert texts_for("de").language == "en"


@pytest.mark.parametrize(
    ("question", "guild_locale", "language"),
    [
        ("How much steel?", None, "en"),
        ("How much steel?", "zh-CN", "en"),
        ("钢铁行业的目标是什么？", None, "zh-CN"),
        ("鋼鐵業的目標是什麼？", "zh-TW", "zh-TW"),
        ("汽车 GDP 2023", None, "zh-CN"),
        ("Who is 陶青 and what did she say about the ten industries?", None, "en"),
        ("", None, "en"),
        ("汽車銷售額是多少？", None, "zh-TW"),
        ("汽車銷售額是多少？", "zh-CN", "zh-TW"),
        ("汽车销售额是多少？", "zh-TW", "zh-CN"),
        ("北京今天的天气如何，汽車呢，说说看？", "zh-TW", "zh-CN"),
        ("年休假几天", "zh-CN", "zh-CN"),
        ("年休假", "zh-TW", "zh-TW"),
        ("年休假", "en-US", "zh-CN"),
    ],
)
def test_a_message_is_answered_in_the_language_of_its_question(
    question: str, guild_locale: str | None, language: str
) -> None:
    assert texts_for_question(question, guild_locale).language == language


@pytest.fixture
def library(tmp_path: Path) -> index.Searcher:
    shelf = tmp_path / "documents"
    shelf.mkdir()
    (shelf / "act.md").write_text(
        "---\ntitle: Road Act\n---\n# Road Act\n\n## Speed limits\n\nCars drive slowly here.\n\n"
        "## Penalties for speeding\n\nDrivers pay a penalty, petrochemical or not.\n"
    )
    (shelf / ("long-" * 40 + "name.txt")).write_text("Petrochemical works need a permit.\n")
    for number in range(40):
        (shelf / f"note-{number:02}.txt").write_text(f"Note {number} on petrochemicals.\n")
    return build_and_open(shelf, tmp_path / "index")


def test_headings_and_frequent_words_are_offered(library: index.Searcher) -> None:
    offered = suggestions_of(library)
    assert offered.for_question("speed") == ["Speed limits", "Penalties for speeding"]
    assert offered.for_question("which petro") == ["which petrochemical"]
    assert offered.for_question("")[:2] == ["Speed limits", "Penalties for speeding"]
    assert offered.for_question("x" * 200) == []


@pytest.fixture(scope="module")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Suggestions:
    """What documents with names and headings beyond every limit offer."""
    folder = tmp_path_factory.mktemp("endless")
    (folder / "documents").mkdir()
    for number in range(30):
        title = json.dumps(f"标题😀 {number} " * number)
        (folder / "documents" / f"{'d' * 5 * number}-{number}.md").write_text(
            f"---\ntitle: {title}\n---\n# T\n\n"
            f"## Heading {'😀' * 2 * number}{number}\n\nword{number}.\n"
        )
    return suggestions_of(build_and_open(folder / "documents", folder / "index"))


@given(
    typed=st.text(max_size=200)
    | st.sampled_from(["head", "标题", "d", "w" * 99, "😀" * 49 + " wo"])
)
def test_choices_keep_to_the_limits(endless: Suggestions, typed: str) -> None:
    sources = endless.for_source(typed)
    for choices in (endless.for_question(typed), *zip(*sources, strict=True)):
        assert len(choices) <= CHOICES
        assert all(1 <= units(text) <= CHOICE_UNITS for text in choices)


def test_documents_are_offered_by_title_and_by_id(library: index.Searcher) -> None:
    offered = suggestions_of(library)
    assert offered.for_source("ROAD") == [("Road Act", "act")]
    assert len(offered.for_source("note")) == CHOICES
    ((_, key),) = offered.for_source("long-long")
    assert key.startswith("~")


def test_a_typing_error_is_offered_as_the_word_it_looks_like(library: index.Searcher) -> None:
    offered = suggestions_of(library)
    assert offered.spelled(["petrochemcals", "xyz", "of"]) == ["petrochemical"]


def test_documents_for_certain_people_are_not_offered(tmp_path: Path) -> None:
    shelf = tmp_path / "documents"
    shelf.mkdir()
    (shelf / "open.md").write_text("# Open\n\n## Public heading\n\nEverybody reads this.\n")
    (shelf / "secret.md").write_text(
        "---\naudience: ['123456789012345678']\n---\n# S\n\n## Hidden heading\n\nHush.\n"
    )
    offered = suggestions_of(build_and_open(shelf, tmp_path / "index").seen_with(()))
    assert offered.for_question("") == ["Public heading"]
    assert [id_ for _, _, id_ in offered.sources] == ["open"]
    assert offered.for_question("hush") == []


def offers_of(folder: Path, **files: str) -> Suggestions:
    (folder / "documents").mkdir()
    for name, text in files.items():
        (folder / "documents" / f"{name}.md").write_text(text, encoding="utf-8")
    return suggestions_of(build_and_open(folder / "documents", folder / "index"))


def test_what_is_offered_is_what_can_be_shown(tmp_path: Path) -> None:
    offered = offers_of(
        tmp_path,
        fees='---\ntitle: "\u202eSchool\u200b fees"\n---\n# F\n\n## Who\u2066 pays\n\nParents.\n',
        blank='---\ntitle: "\u2800"\n---\n# B\n\n## \u3164\n\nNobody.\n',
    )
    assert offered.for_question("") == ["Who pays"]
    assert offered.for_source("") == [("blank", "blank"), ("School fees", "fees")]


def test_headings_that_differ_in_case_alone_are_offered_once(tmp_path: Path) -> None:
    offered = offers_of(tmp_path, act="# A\n\n## Speed limits\n\nOne.\n\n## SPEED LIMITS\n\nTwo.\n")
    assert offered.for_question("") == offered.for_question("SPEED") == ["Speed limits"]


def test_nothing_typed_is_offered_headings_alone(tmp_path: Path) -> None:
    offered = offers_of(tmp_path, act="# A\n\n## Speed limits\n\nCars drive slowly here.\n")
    assert offered.for_question(" ") == ["Speed limits"]


def test_a_word_is_completed_from_its_second_letter_on(library: index.Searcher) -> None:
    offered = suggestions_of(library)
    assert offered.for_question("which p") == []
    offers = {"which permit", "which petrochemical", "which penalty"}
    assert set(offered.for_question("which pe")) == offers


def test_a_word_that_was_typed_already_is_not_offered_again(library: index.Searcher) -> None:
    offered = suggestions_of(library)
    assert offered.for_question("Petrochemical pet") == []


def test_single_characters_and_pairs_of_chinese_are_no_words(tmp_path: Path) -> None:
    offered = offers_of(
        tmp_path, act="职工累计工作已满10年的，年休假10天。Overtime 加班费 is paid.\n"
    )
    assert offered.words
    assert all(word.isascii() for word in offered.words)
    assert offered.for_question("年休") == []


def test_the_key_of_every_document_is_known(tmp_path: Path) -> None:
    offered = offers_of(tmp_path, open="Everybody reads this.\n", other="So do all.\n")
    assert offered.keys == {document_key(id_): id_ for id_ in ("open", "other")}


@pytest.mark.parametrize(
    ("typed", "meant"), [("pasport", "passport"), ("Minimun", "minimum"), ("assport", None)]
)
def test_another_spelling_begins_alike_and_is_nearly_the_same(
    tmp_path: Path, typed: str, meant: str | None
) -> None:
    offered = offers_of(tmp_path, act="A passport is issued above the minimum age.\n")
    assert offered.spelled([typed]) == ([meant] if meant else [])


def test_words_of_any_length_are_looked_for_in_no_time(tmp_path: Path) -> None:
    words = " ".join("petro" + a + b + "chemicals" * 3 for a in "aeiou" for b in "bcdfghlmnprst")
    offered = offers_of(tmp_path, act=f"{words} {'petro' * 400}\n")
    started = time.process_time()
    assert offered.spelled(["petrox" * 300, "petro" * 399, *["petroabchemicalschemicalschemi"] * 3])
    assert time.process_time() - started < 0.1
