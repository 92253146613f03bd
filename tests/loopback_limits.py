"""What Discord's documentation limits -> what a request breaks, as readable sentences (pure).

The documentation does not say whether a character is a code point or a UTF-16 unit, so a text has
as many characters as the larger of the two counts says.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]

CONTENT = 2000
EMBEDS = 10
EMBED_TOTAL = 6000
EMBED_PARTS = {"title": 256, "description": 4096}
FIELDS = 25
ROWS = 5
BUTTONS_IN_A_ROW = 5
COMPONENTS_V2 = 40
TEXT_V2 = 4000  # stated by discord.py only (ui/view.py)
CHOICES = 25
OPTIONS = 25
COMMAND_TOTAL = 8000
COMMANDS_OF_A_TYPE = {1: 100, 2: 15, 3: 15}

EPHEMERAL = 1 << 6
IS_COMPONENTS_V2 = 1 << 15

ACTION_ROW, BUTTON, STRING_SELECT = 1, 2, 3
SELECTS = {3, 5, 6, 7, 8}
LINK_STYLE, PREMIUM_STYLE = 5, 6
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2

LOCALES = frozenset(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru "
    "uk hi th zh-CN ja zh-TW ko".split()
)


def characters(text: str) -> int:
    """Return how long a text is, by the count that makes it longer."""
    return max(len(text), len(text.encode("utf-16-le", "surrogatepass")) // 2)


def mention_problems(data: Mapping[str, Any]) -> list[str]:
    """Return why a message could mention somebody; only `{"parse": []}` cannot."""
    allowed = data.get("allowed_mentions")
    if allowed is None:
        return ["allowed_mentions: missing, so Discord would parse mentions"]
    kept = {name: value for name, value in allowed.items() if name != "replied_user"}
    if kept != {"parse": []} or allowed.get("replied_user"):
        return [f"allowed_mentions: {allowed} instead of {{'parse': []}}"]
    return []


def message_problems(data: Mapping[str, Any]) -> list[str]:
    """Return what a message to be created or edited breaks, each with its place."""
    embeds = data.get("embeds") or []
    components = data.get("components") or []
    version_2 = bool((data.get("flags") or 0) & IS_COMPONENTS_V2)
    problems = [
        *_too_long("content", data.get("content"), CONTENT),
        *_too_many("embeds", embeds, EMBEDS),
        *_embeds(embeds),
        *(_components_v2(components) if version_2 else _components(components)),
        *_custom_ids(components),
    ]
    if version_2:
        problems += [
            f"{name}: not usable together with components of version 2"
            for name in ("content", "embeds", "poll", "sticker_ids")
            if data.get(name)
        ]
    return problems


def is_empty(data: Mapping[str, Any], files: int = 0) -> bool:
    """Say whether nothing would be seen of a message."""
    content = (data.get("content") or "").strip()
    parts = ("embeds", "components", "sticker_ids", "poll", "attachments")
    return not (content or files or any(data.get(name) for name in parts))


def choice_problems(choices: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what the choices of an autocompletion break."""
    problems = _too_many("choices", choices, CHOICES)
    for number, choice in enumerate(choices):
        problems += _sized(f"choices.{number}.name", choice.get("name"), 1, 100)
        if isinstance(choice.get("value"), str):
            problems += _too_long(f"choices.{number}.value", choice["value"], 100)
    return problems


def modal_problems(data: Mapping[str, Any]) -> list[str]:
    """Return what a modal breaks."""
    count = len(data.get("components") or [])
    problems = [] if 1 <= count <= 5 else [f"components: {count}, must be 1 to 5"]
    problems += _sized("title", data.get("title"), 1, 45)
    return problems + _sized("custom_id", data.get("custom_id"), 1, 100)


def command_problems(commands: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what a list of application commands breaks."""
    problems: list[str] = []
    seen: set[tuple[int, str]] = set()
    for number, command in enumerate(commands):
        kind, name = command.get("type") or 1, command.get("name") or ""
        if (kind, name) in seen:
            problems.append(f"{number}.name: two commands are called {name!r}")
        seen.add((kind, name))
        problems += _command(str(number), kind, command)
    for kind, limit in COMMANDS_OF_A_TYPE.items():
        count = sum((command.get("type") or 1) == kind for command in commands)
        if count > limit:
            problems.append(f"commands of type {kind}: {count}, at most {limit}")
    return problems


def _command(place: str, kind: int, command: Mapping[str, Any]) -> list[str]:
    if kind != 1:
        problems = _sized(f"{place}.name", command.get("name"), 1, 32)
        if command.get("description"):
            problems.append(f"{place}.description: only slash commands have one")
        return problems
    problems = [*_named(place, command), *_options(place, command.get("options") or [])]
    total = _command_total(command)
    if total > COMMAND_TOTAL:
        problems.append(f"{place}: {total} characters in all, at most {COMMAND_TOTAL}")
    return problems


def _named(place: str, item: Mapping[str, Any]) -> list[str]:
    """Return what names and descriptions of a slash command or of an option break."""
    problems = _name(f"{place}.name", item.get("name"))
    problems += _sized(f"{place}.description", item.get("description"), 1, 100)
    for locale, name in (item.get("name_localizations") or {}).items():
        problems += _locale(f"{place}.name_localizations", locale)
        problems += _name(f"{place}.name_localizations.{locale}", name)
    for locale, description in (item.get("description_localizations") or {}).items():
        problems += _locale(f"{place}.description_localizations", locale)
        problems += _sized(f"{place}.description_localizations.{locale}", description, 1, 100)
    return problems


def _options(place: str, options: Sequence[Mapping[str, Any]]) -> list[str]:
    problems = _too_many(f"{place}.options", options, OPTIONS)
    names = [option.get("name") for option in options]
    if len(set(names)) < len(names):
        problems.append(f"{place}.options: two have the same name")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        problems.append(f"{place}.options: required ones must come first")
    for number, option in enumerate(options):
        here = f"{place}.options.{number}"
        problems += _named(here, option)
        if option.get("type") in {SUBCOMMAND, SUBCOMMAND_GROUP}:
            problems += _options(here, option.get("options") or [])
        choices = option.get("choices") or []
        problems += [f"{here}.{problem}" for problem in choice_problems(choices)]
        if choices and option.get("autocomplete"):
            problems.append(f"{here}: choices and autocomplete exclude each other")
        for bound in ("min_length", "max_length"):
            if not 0 <= (option.get(bound) or 0) <= 6000:
                problems.append(f"{here}.{bound}: {option[bound]}, must be 0 to 6000")
    return problems


def _command_total(item: Mapping[str, Any]) -> int:
    """Count names, descriptions and values of a command, each in its longest translation."""
    total = 0
    for key in ("name", "description"):
        texts = [item.get(key) or "", *(item.get(f"{key}_localizations") or {}).values()]
        total += max(characters(text) for text in texts)
    total += sum(_command_total(option) for option in item.get("options") or [])
    for choice in item.get("choices") or []:
        names = [choice["name"], *(choice.get("name_localizations") or {}).values()]
        total += max(characters(name) for name in names) + characters(str(choice["value"]))
    return total


def _name(place: str, name: object) -> list[str]:
    problems = _sized(place, name, 1, 32)
    text = name if isinstance(name, str) else ""
    if any(not _may_stand_in_a_name(character) for character in text):
        problems.append(f"{place}: {text!r} holds a character that names must not have")
    if text != text.lower():
        problems.append(f"{place}: {text!r} must be in lower case")
    return problems


def _may_stand_in_a_name(character: str) -> bool:
    if character in "-_'" or unicodedata.category(character)[0] in "LN":
        return True
    return unicodedata.name(character, "").startswith(("DEVANAGARI ", "THAI "))


def _locale(place: str, locale: str) -> list[str]:
    return [] if locale in LOCALES else [f"{place}: Discord has no locale {locale!r}"]


def _embeds(embeds: Sequence[Mapping[str, Any]]) -> list[str]:
    problems: list[str] = []
    total = 0
    for number, embed in enumerate(embeds):
        place = f"embeds.{number}"
        fields = embed.get("fields") or []
        problems += _too_many(f"{place}.fields", fields, FIELDS)
        parts = [(name, embed.get(name), limit) for name, limit in EMBED_PARTS.items()]
        parts.append(("footer.text", (embed.get("footer") or {}).get("text"), 2048))
        parts.append(("author.name", (embed.get("author") or {}).get("name"), 256))
        for position, field in enumerate(fields):
            for key, limit in (("name", 256), ("value", 1024)):
                where, text = f"fields.{position}.{key}", (field.get(key) or "").strip()
                parts.append((where, text, limit))
                if not text:
                    problems.append(f"{place}.{where}: must not be empty")
        for name, text, limit in parts:
            if text:
                problems += _too_long(f"{place}.{name}", text.strip(), limit)
                total += characters(text.strip())
    if total > EMBED_TOTAL:
        problems.append(f"embeds: {total} characters in all, at most {EMBED_TOTAL}")
    return problems


def _components(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    problems = _too_many("components", rows, ROWS)
    for number, row in enumerate(rows):
        place = f"components.{number}"
        if row.get("type") != ACTION_ROW:
            problems.append(f"{place}: type {row.get('type')} needs components of version 2")
            continue
        problems += _row(place, row)
    return problems


def _row(place: str, row: Mapping[str, Any]) -> list[str]:
    items = row.get("components") or []
    selects = sum(item.get("type") in SELECTS for item in items)
    problems = _too_many(f"{place}.components", items, BUTTONS_IN_A_ROW)
    if not items:
        problems.append(f"{place}: an action row must not be empty")
    if selects and len(items) > 1:
        problems.append(f"{place}: a select must stand alone in its row")
    for position, item in enumerate(items):
        here = f"{place}.components.{position}"
        problems += _button(here, item) if item.get("type") == BUTTON else _select(here, item)
    return problems


def _button(place: str, button: Mapping[str, Any]) -> list[str]:
    problems = _too_long(f"{place}.label", button.get("label"), 80)
    problems += _too_long(f"{place}.url", button.get("url"), 512)
    if button.get("style") == LINK_STYLE:
        if button.get("custom_id") or not button.get("url"):
            problems.append(f"{place}: a link button has a url and no custom_id")
    elif button.get("style") != PREMIUM_STYLE:
        problems += _sized(f"{place}.custom_id", button.get("custom_id"), 1, 100)
        if button.get("url"):
            problems.append(f"{place}: only a link button has a url")
    if not (button.get("label") or button.get("emoji") or button.get("sku_id")):
        problems.append(f"{place}: a button needs a label or an emoji")
    return problems


def _select(place: str, select: Mapping[str, Any]) -> list[str]:
    problems = _sized(f"{place}.custom_id", select.get("custom_id"), 1, 100)
    problems += _too_long(f"{place}.placeholder", select.get("placeholder"), 150)
    for bound in ("min_values", "max_values"):
        if not 0 <= (select.get(bound) or 0) <= 25:
            problems.append(f"{place}.{bound}: {select[bound]}, must be 0 to 25")
    if select.get("type") == STRING_SELECT:
        options = select.get("options") or []
        if not 1 <= len(options) <= 25:
            problems.append(f"{place}.options: {len(options)}, must be 1 to 25")
        for position, option in enumerate(options):
            here = f"{place}.options.{position}"
            problems += _sized(f"{here}.label", option.get("label"), 1, 100)
            problems += _sized(f"{here}.value", option.get("value"), 1, 100)
            problems += _too_long(f"{here}.description", option.get("description"), 100)
    return problems


def _components_v2(components: Sequence[Mapping[str, Any]]) -> list[str]:
    every = list(all_components(components))
    problems = _too_many("components", every, COMPONENTS_V2)
    texts = [str(item.get("content") or "") for item in every if item.get("type") == 10]
    total = sum(characters(text) for text in texts)
    if total > TEXT_V2:
        problems.append(f"components: {total} characters of text, at most {TEXT_V2}")
    for number, item in enumerate(every):
        if item.get("type") == ACTION_ROW:
            problems += _row(f"components.{number}", item)
    return problems


def all_components(components: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield components and what they hold, in the order they are shown."""
    for item in components:
        yield item
        yield from all_components(item.get("components") or [])
        if item.get("accessory"):
            yield from all_components([item["accessory"]])


def _custom_ids(components: Sequence[Mapping[str, Any]]) -> list[str]:
    names = [item["custom_id"] for item in all_components(components) if item.get("custom_id")]
    twice = sorted({name for name in names if names.count(name) > 1})
    return [f"components: the custom_id {name!r} is not unique" for name in twice]


def _too_long(place: str, text: object, limit: int) -> list[str]:
    count = characters(text) if isinstance(text, str) else 0
    return [f"{place}: {count} characters, at most {limit}"] if count > limit else []


def _sized(place: str, text: object, least: int, most: int) -> list[str]:
    count = characters(text) if isinstance(text, str) else 0
    return [] if least <= count <= most else [f"{place}: {count} characters, not {least} to {most}"]


def _too_many(place: str, items: Sequence[object], limit: int) -> list[str]:
    return [f"{place}: {len(items)}, at most {limit}"] if len(items) > limit else []
