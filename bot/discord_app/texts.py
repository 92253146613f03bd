"""The texts around the quotes, one catalogue file a language; quotes stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import index

if TYPE_CHECKING:
    from index import YamlValue

LANGUAGES = ("en", "zh-CN", "zh-TW")
_FOLDER = Path(__file__).parent / "catalogues"
_HAN_SHARE = 0.3  # of a question's letters; from so many on it counts as Chinese
# Frequent characters that stand in one script only.
_TRADITIONAL = frozenset(
    "這國說們對時會來學長發業車門問間東書見話語電動進過還種應開關產經濟現為義務頭錢銀鐵證聽讓認識請誰質"
    "費價資險處辦邊難風飛報數條規額機樣麼嗎實從當點無萬億總統計設備環護權標輛園優補貼嚴單"
)
_SIMPLIFIED = frozenset(
    "这国说们对时会来学长发业车门问间东书见话语电动进过还应开关产经济现为义务头钱银铁证让认识请谁质"
    "费资险处办边难风飞报数条规额样吗实从当点无亿总统计设备环护权标辆园补贴严单"
)


class Texts:
    """The catalogue of one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        """Take the texts by their dotted keys."""
        self.language = language
        self._texts = texts

    def say(self, key: str, **values: object) -> str:
        """Return a text with its values put in. A key that is not there is a mistake of ours."""
        return self._texts[key].format(**values) if values else self._texts[key]

    def keys(self) -> set[str]:
        """Return the keys of all texts."""
        return set(self._texts)


@cache
def texts(language: str) -> Texts:
    """Return the texts of one of LANGUAGES."""
    file = _FOLDER / f"{language}.yaml"
    mapping = index.parse_yaml(file.read_text(encoding="utf-8"))
    assert mapping is not None, f"{file} holds no mapping"
    return Texts(language, dict(_flat("", mapping.values)))


def texts_for(locale: str) -> Texts:
    """Return the texts for a Discord locale; English where there is no catalogue."""
    return texts(locale if locale in LANGUAGES else "en")


def texts_for_question(question: str, guild_locale: str | None) -> Texts:
    """Return the texts for a message, which unlike a command does not tell its author's locale."""
    letters = [character for character in question if character.isalpha()]
    han = sum("\u3400" <= character <= "\u9fff" for character in letters)
    if not han or han < _HAN_SHARE * len(letters):
        return texts("en")
    traditional = sum(character in _TRADITIONAL for character in letters)
    simplified = sum(character in _SIMPLIFIED for character in letters)
    if traditional == simplified:
        return texts("zh-TW" if guild_locale == "zh-TW" else "zh-CN")
    return texts("zh-TW" if traditional > simplified else "zh-CN")


def _flat(prefix: str, values: Mapping[str, YamlValue]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", str(value)
