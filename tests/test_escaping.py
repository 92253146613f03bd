"""What Discord shows of an escaped text is the text, whoever wrote it and with what in mind."""

import time
import unicodedata
from collections.abc import Callable

import pytest
from discord_markup import Node, nodes, plain_text, server_mentions
from hostile_texts import HOSTILE
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.discord_app.addresses import bare_url
from bot.discord_app.displaying import shown, units
from bot.discord_app.escaping import WORD_JOINER, escaped, unescaped
from bot.discord_app.fitting import ELLIPSIS, shortened, window

MANY = 100_000
PIECES = [
    *"\\*_~`|[]()<>@#:/!&.-+1 \n\t\r'\"",
    *("@everyone", "@here", "<@1>", "<@!1>", "<@&1>", "<#1>", "</a:1>", "<:a:1>", "<a:b:1>"),
    *("<t:1:R>", "<id:browse>", "<https://a.b>", "<a@b.c>", "https://a.b", "steam://a", "](", "]("),
    *(
        "[a",
        "[a\nb](https://c)",
        "\\[",
        "\\]",
        "\\(",
        "```",
        "```py\n",
        "``",
        "**",
        "__",
        "~~",
        "||",
    ),
    *("# a", "## a", "-# a", "> a", ">>> a", "- a", "+ a", "* a", "1. a", "1) a", "|-|", ":a:"),
    *("discord.gg/a", "@@everyoneeveryone", "＠everyone", "＜", "\u202e", "\u2066", "\u200b"),
    *("\ufeff", "t:", "id:"),
    *(
        "\u200c",
        "\u200d",
        "\u2060",
        "discord",
        ".",
        ".gg/a",
        "\u00ad",
        "\ufe0f",
        "\U000e0100",
        "\u180b",
        "\u1820",
        "\u0301",
    ),
    *("\u0489" * 6, "\U000e0041", "\u3164", "\u2028", "\x85", "\x01", "\x02", "\x1b[2J", "\ud800"),
    *("\U0001ffff", "😀", "👍🏽", "👨‍👩‍👧‍👦", "🇩🇪", "क्‍ष"),
    *("می‌خواهم", "工业", "，", "가", "각", "a", "steel", "   "),
]
EVIL = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
TEXTS = st.one_of(EVIL, st.text(st.characters(exclude_categories=[]), max_size=60))

named_texts = pytest.mark.parametrize("text", [t for _, t in HOSTILE], ids=[n for n, _ in HOSTILE])


def read(message: str) -> list[Node]:
    """Read a message, without the word joiners that nobody sees."""

    def seen(node: Node) -> Node:
        inside = tuple(map(seen, node.children))
        return Node(node.kind, node.text.replace(WORD_JOINER, ""), inside)

    return [seen(node) for node in nodes(message)]


def text_node(text: str) -> list[Node]:
    return [Node("text", text)] if text else []


def check(text: str) -> None:
    """Hold an escaped text to all that is promised of it."""
    clean, message = shown(text), escaped(text)
    assert read(message) == text_node(clean)
    quoted = read("\n".join(f"> {line}" for line in message.split("\n")))
    assert quoted == [Node("quote", clean, tuple(text_node(clean)))]
    if clean:
        assert read(f"**{message}**") == [Node("bold", clean, (Node("text", clean),))]
    assert server_mentions(message) == []
    assert len(message) <= 2 * len(text)
    assert units(message) <= 2 * units(text)
    assert shown(clean) == clean
    assert unescaped(message) == clean


def cpu_milliseconds(work: Callable[[], object]) -> float:
    """Return the least of five runs: what the work takes, not what the machine is busy with."""
    taken = []
    for _ in range(5):
        begin = time.thread_time()
        work()
        taken.append(time.thread_time() - begin)
    return 1000 * min(taken)


@named_texts
def test_a_hostile_text_is_shown_as_plain_text(text: str) -> None:
    check(text)


@given(TEXTS)
@settings(max_examples=1000, deadline=None)
@example("[1] - a")
@example("<@<@a<@!<@&")
@example("\\")
@example("1.\r\n2.")
@example("a\u200d" * 9 + "\u0301\u200d" * 9)
def test_any_text_is_shown_as_plain_text(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "text",
    [
        "a 1.5-fold increase, up 3.8% (2023), e.g. state-of-the-art #1 + 2 > 1; 10:30, yes: so",
        "2023年9月5日，工业和信息化部（工信部）发布：“稳增长”……",
        "3.8% more\n1.5-fold",
        "Straße 5, l'été à 25 °C – “quoted”…",
        "می‌خواهم क्‍ष র‍্য 👨‍👩‍👧‍👦 🇩🇪 ❤️ 👍🏽 é ệ",
    ],
)
def test_ordinary_prose_is_left_alone(text: str) -> None:
    assert escaped(text) == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<@1>", "\\<\\@\u20601>"),
        ("@here", "@\u2060here"),
        ("＠here", "＠\u2060here"),
        ("<#1></a:1><:a:1><t:1>", "\\<\\#1>\\<\\/a\\:1>\\<\\:a\\:1>\\<t\\:1>"),
        ("https://a.b", "https\\://a.b"),
        ("[a](b)", "\\[a\\](b)"),
        ("# a\n - b\n2. c\n> d", "\\# a\n \\- b\n2\\. c\n\\> d"),
        ("[1] - a", "\\[1\\] \\- a"),
        ("discord.gg/a", "discord\\.gg/a"),
    ],
)
def test_what_discord_would_read_is_escaped_once(text: str, message: str) -> None:
    assert escaped(text) == message


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\r\nb\rc\u2028d\u2029e\x85f\x0bg\x0ch\ti", "a\nb\nc\nd\ne\nf\ng\nh\u2003i"),
        ("\u202eab\u202c\u2066c\u2069\u200e\u200f\u061c", "abc"),
        ("a\u200bb\u2060c\ufeffd\u00ade\u180ef\u3164g\u115fh\uffa0i\u2800j\u034fk", "abcdefghijk"),
        ("a\u200db\u200cc \u200d😀\u200d", "abc 😀"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("\ud83d\ude00\udfff", "\ufffd\ufffd\ufffd"),
        ("a" + "\u0301" * 9 + "b", "a" + "\u0301" * 4 + "b"),
        ("a\ufe0f\ufe0f \ufe0fb\n\ufe0e", "a\ufe0f b\n"),
        ("\ufdd0\uffff\U0010fffe\x00\x1b\x9b\x7f", ""),
        ("＠ﬁ①e\u0301", "＠ﬁ①e\u0301"),
    ],
)
def test_what_must_not_be_displayed_is_not(text: str, clean: str) -> None:
    assert shown(text) == clean


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "[",
            "](",
            "[](",
            " ",
            "a",
            "`",
            "*",
            "_",
            "<",
            "@",
            "<@",
            "|",
            "\u0301",
            "\\",
            "1",
            "\n",
        ),
        *(
            ":",
            ":a",
            "#",
            "- ",
            "-",
            "a\u0301",
            "\u200d",
            "😀\u200d",
            "a\u200d",
            "🇩",
            "工",
            "\ud800",
        ),
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * MANY)[:MANY]
    assert cpu_milliseconds(lambda: escaped(text)) < 50
    assert cpu_milliseconds(lambda: window(text, (MANY // 2, MANY // 2 + 9), 2000)) < 150


def test_a_text_of_all_characters_takes_hardly_longer() -> None:
    # 45 ms on a machine that does nothing else. No message is made of more than a tenth of this:
    # a passage has at most 3,000 characters, a question 6,000.
    text = "".join(map(chr, range(32, 32 + MANY)))
    assert cpu_milliseconds(lambda: escaped(text)) < 100


# --- a part of a text -----------------------------------------------------------------------------


def is_inside_a_character(text: str, place: int) -> bool:
    """Say whether a cut would part what belongs together, as far as one look tells."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    return (
        unicodedata.category(after)[0] == "M"
        or after == "\u200d"
        or before == "\u200d"
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )


@given(
    TEXTS.map(lambda text: text * 3), st.integers(0, 200), st.integers(0, 60), st.integers(20, 99)
)
@settings(max_examples=500, deadline=None)
def test_a_window_fits_and_holds_what_it_can_of_what_is_kept(
    text: str, begin: int, length: int, most: int
) -> None:
    begin = min(begin, len(text))
    keep = begin, min(begin + length, len(text))
    start, end = window(text, keep, most)
    assert 0 <= start <= end <= len(text)
    assert units(escaped(text[start:end])) <= most
    if units(escaped(text)) <= most:
        assert (start, end) == (0, len(text))
    if shown(text[slice(*keep)]).strip():
        assert shown(text[start:end]).strip()
    assert units(shortened(text, most)) <= most


@given(
    st.lists(
        st.sampled_from(["steel", "a", "[b]", "3.8%", "工业", "- c", "#", "1."]),
        min_size=1,
        max_size=40,
    ),
    st.data(),
)
@settings(max_examples=300, deadline=None)
def test_a_window_is_the_largest_there_is(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 3, len(words) - 1)))
    most = data.draw(st.integers(20, 60))
    keep = len(" ".join([*words[:first], ""])), len(" ".join(words[: last + 1]))
    start, end = window(text, keep, most)
    cuts = [
        place
        for place in range(len(text) + 1)
        if place in (0, len(text))
        or " " in text[place - 1 : place + 1]
        or text[place - 1 : place + 1] == "工业"
    ]
    fitting = [
        (b - a, a, b)
        for a in cuts
        for b in cuts
        if a <= keep[0]
        and b >= keep[1]
        and text[a:b] == text[a:b].strip()
        and units(escaped(text[a:b])) <= most
    ]
    if fitting:
        assert start <= keep[0]
        assert end >= keep[1]
        assert end - start == max(fitting)[0]
    else:
        assert start == keep[0]
        assert end < keep[1]


@named_texts
@pytest.mark.parametrize("most", [20, 100, 1000])
def test_no_character_is_cut_in_two(text: str, most: int) -> None:
    if text.startswith("👩\u200d"):
        return  # what has no end must be cut somewhere
    middle = len(text) // 2
    for keep in ((0, 0), (middle, middle + 5), (0, len(text)), (len(text), len(text))):
        start, end = window(text, keep, most)
        assert units(escaped(text[start:end])) <= most
        visible = shown(text)
        for part in (shown(text[:start]), shown(text[:end])):
            if visible.startswith(part):
                assert not is_inside_a_character(visible, len(part))


def test_a_chinese_paragraph_is_cut_between_any_characters() -> None:
    text = "工业和信息化部" * 572
    start, end = window(text, (2000, 2010), 1000)
    assert end - start == 1000
    assert abs((2000 - start) - (end - 2010)) <= 1
    assert shortened(text, 100) == text[:99] + ELLIPSIS


def test_families_flags_and_syllables_stay_whole() -> None:
    for character in ("👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "❤️", "e\u0301\u0323", "\u1100\u1161\u11a8"):
        text = character * 300
        start, end = window(text, (150 * len(character), 151 * len(character)), 101)
        assert start % len(character) == 0
        assert end % len(character) == 0
        assert end - start == 101 // units(character) * len(character)


def test_joined_emoji_without_end_still_fit() -> None:
    start, end = window("👩\u200d" * 5000, (0, 10000), 20)
    assert start == 0
    assert end > 1


def test_a_word_is_cut_only_if_it_alone_does_not_fit() -> None:
    text = "short " + "a" * 50 + " " + "b" * 500 + " end"
    assert window(text, (0, 5), 52) == (0, 5)
    assert window(text, (0, 5), 60) == (0, 60)
    start, end = window(text, (100, 110), 60)
    assert (end - start, set(text[start:end])) == (60, {"b"})
    assert shortened(text, 52) == "short" + ELLIPSIS
    assert shortened(text, 30) == "short " + "a" * 23 + ELLIPSIS
    assert shortened("b" * 500, 30) == "b" * 29 + ELLIPSIS


def test_what_does_not_fit_is_kept_from_its_beginning() -> None:
    text = "one two three four five six seven eight nine ten"
    start, end = window(text, (4, len(text)), 20)
    assert text[start:end] == "two three four five"


def test_marks_beyond_the_fourth_stay_with_their_letter() -> None:
    text = "工" + "\u0301" * 50 + "业" * 60
    start, end = window(text, (0, 1), 20)
    assert start == 0
    assert shown(text[start:end]) == "工" + "\u0301" * 4 + "业" * 15


def test_a_text_that_fits_is_not_shortened() -> None:
    assert shortened("a *b*", 7) == "a \\*b\\*"
    assert shortened("a *b* c", 8) == "a \\*b\\*" + ELLIPSIS
    assert shortened("", 0) == ""


# --- addresses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/road-act", "https://example.org/road-act"),
        ("HTTP://Example.ORG", "http://example.org"),
        ("https://example.org:8443/a?b=c&d=%41#e", "https://example.org:8443/a?b=c&d=%41#e"),
        ("https://例え.jp/路", "https://xn--r8jz45g.jp/%E8%B7%AF"),
        ("https://xn--r8jz45g.jp/", "https://xn--r8jz45g.jp/"),
        ("https://example.org/a.", "https://example.org/a%2E"),
        ("https://example.org/a,", "https://example.org/a%2C"),
        ("https://example.org.", "https://example.org"),
        ("https://example.org:", "https://example.org"),
        ("https://example.org/a_(b)", "https://example.org/a%5F%28b%29"),
        ("https://example.org/[a](b)<c>", "https://example.org/%5Ba%5D%28b%29%3Cc%3E"),
        ("https://example.org/*~|`'\"\\", "https://example.org/%2A%7E%7C%60%27%22%5C"),
        ("https://example.org/@everyone", "https://example.org/%40everyone"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/" + "a" * 480, "https://example.org/" + "a" * 480),
        ("https://example.org/" + "a" * 481, None),
        ("https://example.org/" + "工" * 60, None),
        ("https://" + "a" * 10_000, None),
        ("javascript:alert(1)", None),
        ("data:text/html,a", None),
        ("file:///etc/passwd", None),
        ("ftp://example.org", None),
        ("//example.org", None),
        ("https://", None),
        ("https:///a", None),
        ("https://a@example.org", None),
        ("https://miit.gov.cn:x@example.org", None),
        ("https://miit.gov.cn\\@example.org", None),
        ("https://exa mple.org", None),
        (" https://example.org", None),
        ("https://example.org\n", None),
        ("https://example.org/\u202egpj", None),
        ("https://example.org/\u200b", None),
        ("https://example.org/\x00", None),
        ("https://example.org/\ud800", None),
        ("https://[::1]/", None),
        ("https://example.org:99999/", None),
        ("https://example.org:a/", None),
        ("https://-a.org", None),
        ("https://a..org", None),
        ("https://straße.de", None),
        ("https://ex%61mple.org", None),
        ("https://example.org／evil.org", None),
        ("", None),
    ],
)
def test_an_address_stands_bare_and_spelled_out_or_not_at_all(url: str, safe: str | None) -> None:
    assert bare_url(url) == safe


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_an_address_is_one_link_and_nothing_else(text: str) -> None:
    if safe := bare_url(f"https://example.org/{text}"):
        assert read(safe) == [Node("link", safe)]
        assert safe.isascii()
        assert server_mentions(safe) == []
        assert bare_url(safe) == safe


# --- the reader that proves it -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        ("**a**", ["bold"]),
        ("*a*", ["italic"]),
        ("_a_", ["italic"]),
        ("__a__", ["underline"]),
        ("~~a~~", ["strike"]),
        ("||a||", ["spoiler"]),
        ("`a`", ["code"]),
        ("``a ` b``", ["code"]),
        ("```py\na\n```", ["code block"]),
        ("`\\`", ["code"]),
        ("> a\n> b", ["quote"]),
        (">>> a\nb", ["quote"]),
        ("# a", ["heading"]),
        ("a\n## b", ["text", "heading"]),
        ("### a", ["heading"]),
        ("-# a", ["subtext"]),
        ("- a", ["list item"]),
        ("* a", ["list item"]),
        ("+ a", ["list item"]),
        ("12. a", ["list item"]),
        ("\\[1\\] - a", ["text", "list item"]),
        ("|a|b|\n|-|-|", ["table", "text"]),
        ("[a](https://b)", ["masked link"]),
        ("[a\nb](https://c)", ["masked link"]),
        ("[\\](https://a)", ["masked link"]),
        ("https://a.b", ["link"]),
        ("a:\\//b steam://c", ["text", "link"]),
        ("<https://a.b>", ["link"]),
        ("<https\\://a.b>", ["link"]),
        ("<a@b.c>", ["mail link"]),
        ("<@1>", ["user mention"]),
        ("<@!1>", ["user mention"]),
        ("<@&1>", ["role mention"]),
        ("<#1>", ["channel mention"]),
        ("</a b:1>", ["command mention"]),
        ("<:a:1>", ["emoji"]),
        ("<a:b:1>", ["emoji"]),
        (":smile:", ["emoji"]),
        ("<t:1:R>", ["timestamp"]),
        ("<id:guide>", ["guild navigation"]),
        ("@everyone", ["everyone"]),
        ("a @here", ["text", "everyone"]),
        ("discord.gg/a", ["invitation"]),
        ("\\\\*a*", ["text", "italic"]),
        ("\\*a\\*", ["text"]),
        ("> # a", ["quote"]),
        ("a # b - c 1. d > e", ["text"]),
    ],
)
def test_the_reader_of_markup_finds_markup(message: str, kinds: list[str]) -> None:
    assert [node.kind for node in nodes(message)] == kinds


def test_the_reader_of_markup_reads_inside() -> None:
    (bold,) = nodes("**a <@1> \\* __b__**")
    assert [node.kind for node in bold.children] == ["text", "user mention", "text", "underline"]
    assert plain_text([bold]) == "a <@1> * b"
    (quote,) = nodes("> # a\n> - b")
    assert [node.kind for node in quote.children] == ["heading", "text", "list item"]


@pytest.mark.parametrize(
    "message",
    [
        "\\@everyone",
        "a@here",
        "\\<@1>",
        "<@!1>",
        "<@&1>",
        "<#1>",
        "</a:1>",
        "<:a:1>",
        "<t:1>",
        "<id:a>",
    ],
)
def test_the_servers_reader_finds_mentions_behind_backslashes(message: str) -> None:
    assert server_mentions(message)
