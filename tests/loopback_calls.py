"""What a test says of a command that somebody calls -> how Discord writes it down (pure)."""

from collections.abc import Sequence
from typing import Any

from loopback_world import (
    Attachment,
    Channel,
    Role,
    User,
    World,
    attachment_json,
    channel_json,
    role_json,
    user_json,
)

Json = dict[str, Any]


def option_json(name: str, value: object, resolved: Json, world: World) -> Json:
    """Return an option as Discord sends it; what it points to goes into `resolved`."""
    if isinstance(value, bool):
        return {"name": name, "type": 5, "value": value}
    if isinstance(value, int):
        return {"name": name, "type": 4, "value": value}
    if isinstance(value, float):
        return {"name": name, "type": 10, "value": value}
    if isinstance(value, str):
        return {"name": name, "type": 3, "value": value}
    if isinstance(value, Attachment):
        kind, place, written = 11, "attachments", attachment_json(value) | {"ephemeral": True}
    elif isinstance(value, User):
        kind, place, written = 6, "users", user_json(value)
    elif isinstance(value, Channel):
        kind, place, written = 7, "channels", channel_json(world, value) | {"permissions": "0"}
    elif isinstance(value, Role):
        kind, place, written = 8, "roles", role_json(value, 1)
    else:
        raise TypeError(f"an option cannot be {value!r}")
    resolved.setdefault(place, {})[str(value.id)] = written
    return {"name": name, "type": kind, "value": str(value.id)}


def check_options(
    command: str, declared: Json | None, subcommands: Sequence[str], given: Sequence[Json]
) -> None:
    """Refuse options that Discord's client would not let anybody send."""
    if declared is None:
        return
    options = declared.get("options", [])
    for word in subcommands:
        found = [option for option in options if option["name"] == word]
        if not found:
            raise LookupError(f"{command!r}: there is no subcommand {word!r}")
        options = found[0].get("options", [])
    known = {option["name"]: option for option in options}
    for item in given:
        if item["name"] not in known:
            raise LookupError(f"{command!r} has no option {item['name']!r}")
        option = known[item["name"]]
        if option["type"] != item["type"] and {option["type"], item["type"]} != {4, 10}:
            raise TypeError(f"{command!r}: {item['name']!r} is of type {option['type']}")
        if item["type"] == 3 and len(item["value"]) > option.get("max_length", 6000):
            raise ValueError(f"{command!r}: {item['name']!r} is longer than Discord lets through")
    focused = any(item.get("focused") for item in given)
    missing = {name for name, option in known.items() if option.get("required")}
    missing -= {item["name"] for item in given}
    if missing and not focused:
        raise LookupError(f"{command!r} needs {sorted(missing)}")


def id_of(declared: Json | None, world: World) -> str:
    return str(world.new_id()) if declared is None else str(declared["id"])


def owners_of(user: User, channel: Channel, user_installed_only: bool) -> dict[str, str]:
    """Return who installed the app that is called: a guild (0), a user (1)."""
    if user_installed_only or not channel.holds_the_bot:
        return {"1": str(user.id)}
    return {"0": str(channel.guild.id) if channel.guild is not None else "0"}
