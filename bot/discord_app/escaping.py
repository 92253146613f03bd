r"""Turn text of documents and of people into messages that Discord shows as exactly that text.

Discord's client shows a backslash before anything that is neither alphanumeric nor white space as
that character. A server need not heed backslashes, so an invisible word joiner also parts "@" from
whom it would call. Every step is linear.
"""

import re

from bot.discord_app.displaying import shown

WORD_JOINER = "\u2060"
# U+0001, which is never shown, stands for a backslash that is to come: what is escaped wherever it
# stands follows in one go at the end, and must not find it there already.
COMING = "\x01"
_LINE_BEGINS = re.compile(
    r"""
      ^[^\S\n]*+(?=[#+>-])                 # heading, list, quote, small print
    | ^[^\S\n]*+[0-9]++(?=[.)](?:\s|\Z))  # numbered list
    # After an escape the client takes blanks for a new line's, so "[1] - steel" would be a list.
    | (?<=[][\\*_~`|<>@\#/:+.)-])[^\S\n]++(?=[#+>-])
    """,
    re.MULTILINE | re.VERBOSE,
)
_NAMED_EMOJI = re.compile(rf"(?<!{COMING}):(?=[^\s:]*:)")
_INVITATIONS = re.compile(r"(discord(?:app)?)(?=\.)", re.IGNORECASE)  # need no "https://"
_BEHIND_AN_ANGLE = ("<@", "<#", "<:", "</", "<a:", "<t:", "<id:")
# A backslash parts "<" from "@" already; the word joiner stands only before what a mention goes on
# with, else "<@<@" would more than double. Other "@" stay as they are: an address that somebody
# copies must work.
_CALLING = re.compile(rf"{COMING}@(?=[0-9A-Za-z!&])|@(?=everyone|here)", re.IGNORECASE)
ALWAYS = "\\*_~`|[]<"  # the backslash first, before there are more of them


def escaped(text: str) -> str:
    """Return a message that Discord shows as `shown(text)`: no markup, mention, link or emoji.

    That holds as well behind "> " on every line and between "**". At most twice as long as the
    text, in code points and in UTF-16 units.
    """
    return escape_shown(shown(text))


_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")


def unescaped(message: str) -> str:
    """Return the text that `escaped` made this message of, as far as it is shown."""
    return _ESCAPE.sub(r"\1", message.replace(WORD_JOINER, ""))


def escape_shown(text: str) -> str:
    """Escape a text of which everything is shown."""
    text = prepared(text)
    for character in ALWAYS:
        text = text.replace(character, f"\\{character}")
    return text.replace(COMING, "\\")


def prepared(text: str) -> str:
    """Insert what depends on the surroundings: word joiners, and stand-ins for backslashes."""
    text = _LINE_BEGINS.sub(lambda match: match[0] + COMING, text)
    if ":" in text:
        text = _NAMED_EMOJI.sub(f"{COMING}:", text.replace(":/", f"{COMING}:/"))
    if "<" in text:
        for form in _BEHIND_AN_ANGLE:
            text = text.replace(form, f"{form[:-1]}{COMING}{form[-1]}")
    text = _INVITATIONS.sub(rf"\1{COMING}", text)
    # U+FF20 and U+FE6B call nobody, but are "@" wherever a message is normalised later on.
    for at in "＠﹫":
        text = text.replace(at, f"{at}{WORD_JOINER}")
    return _CALLING.sub(rf"\g<0>{WORD_JOINER}", text)
