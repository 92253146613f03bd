"""Addresses of documents as links in a message: plain, spelled in full, or not at all."""

import re

from bot.discord_app.displaying import shown

LONGEST_URL = 500  # UTF-16 units

_ADDRESS = re.compile(r"(https?)://([^/?#]*)([^\n]*)", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,126}")
_UNSAFE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^0-9A-Za-z\-./?#=&+,;:!$%]")
_LEFT_OUT_AT_THE_END = ".,:;"  # the client takes these for the sentence's
# IDNA of 2003, which the standard library has, spells these differently from today's browsers.
_AMBIGUOUS = frozenset("ßẞς\u200c\u200d")


def bare_url(url: str) -> str | None:
    """Return an address as it may stand in a message, clickable and for all to read; else None.

    Only http and https, without user names, the host in ASCII and lower case; what markup could
    take for its own is percent-encoded; at most 500 UTF-16 units.
    """
    if len(url) > LONGEST_URL or shown(url) != url or any(map(str.isspace, url)):
        return None
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return None
    scheme, authority, rest = found.groups()
    host, colon, port = authority.partition(":")
    ascii_host = _ascii_host(host)
    if ascii_host is None or (port and not _is_port(port)):
        return None
    rest = _UNSAFE.sub(_percent_encoded, rest)
    if rest.endswith(tuple(_LEFT_OUT_AT_THE_END)):
        rest = f"{rest[:-1]}%{ord(rest[-1]):02X}"
    safe = f"{scheme.lower()}://{ascii_host}{colon if port else ''}{port}{rest}"
    return safe if len(safe) <= LONGEST_URL else None


def _ascii_host(host: str) -> str | None:
    """Spell a host in ASCII; None if it is not a plain name or number."""
    if not _AMBIGUOUS.isdisjoint(host):
        return None
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        return None
    if len(name) > 253 or not _HOST.fullmatch(name):
        return None
    if any(label[0] == "-" or label[-1] == "-" for label in name.split(".")):
        return None
    return name


def _is_port(port: str) -> bool:
    return port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536


def _percent_encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
