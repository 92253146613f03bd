"""Hold request and response bodies to Discord's published OpenAPI description.

The description is large and not part of the project; where it is absent, nothing is checked, and
`missing_reason` says so. jsonschema is looked up by name for the same reason: it is optional.
"""

import functools
import importlib
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from conftest import REPOSITORY

DESCRIPTION = REPOSITORY.parent / "shared" / "discord-api-spec" / "openapi.json"
IDENTIFIERS = {"message_id", "channel_id", "guild_id", "recipient_id"}


def missing_reason() -> str | None:
    """Return why bodies cannot be checked here, or None when they can."""
    if not DESCRIPTION.is_file():
        return f"Discord's OpenAPI description is not at {DESCRIPTION}"
    if importlib.util.find_spec("jsonschema") is None:
        return "jsonschema is not installed. Run: pip install jsonschema"
    return None


@functools.cache
def published_description() -> "ApiDescription | None":
    """Return the description, read once a process, or None where it is absent."""
    return None if missing_reason() else ApiDescription(DESCRIPTION)


class ApiDescription:
    """Discord's routes and the schemas of what they take and give."""

    def __init__(self, path: Path) -> None:
        self._document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        referencing = importlib.import_module("referencing")
        specification = importlib.import_module("referencing.jsonschema").DRAFT202012
        resource = referencing.Resource(contents=self._document, specification=specification)
        self._registry: Any = referencing.Registry().with_resource("discord", resource)
        self._validators: dict[str, Any] = {}
        self._templates: dict[tuple[str, str], str | None] = {}
        # A literal segment is a better match than a parameter: @original before {message_id}.
        self._patterns = [
            (template, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template)))
            for template in sorted(self._document["paths"], key=lambda path: path.count("{"))
        ]

    def request_problem(self, method: str, path: str, body: object) -> str | None:
        """Return what is wrong with a request's JSON body, or None."""
        operation = self._operation(method, path)
        if operation is None:
            return f"the description has no {method} {path}"
        if body is None or "requestBody" not in operation[1]:
            return None
        return self._problem(
            f"{operation[0]}/requestBody/content/application~1json/schema", _with_text_ids(body)
        )

    def response_problem(self, method: str, path: str, status: int, body: object) -> str | None:
        """Return what is wrong with a response's JSON body, or None."""
        operation = self._operation(method, path)
        if operation is None or body is None:
            return None
        responses = operation[1]["responses"]
        name = next((n for n in (str(status), f"{status // 100}XX") if n in responses), None)
        if name is None:
            return f"the description has no response {status} to {method} {path}"
        place, response = f"{operation[0]}/responses/{name}", responses[name]
        if "$ref" in response:
            place = response["$ref"]
            response = self._document["components"]["responses"][place.rpartition("/")[2]]
        if "application/json" not in response.get("content", {}):
            return f"a response {status} to {method} {path} has no body"
        return self._problem(f"{place}/content/application~1json/schema", body)

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        key = (method, re.sub(r"\d{15,}|(?<=\d/)[^/@]{30,}", "0", path))
        if key not in self._templates:
            found = (template for template, pattern in self._patterns if pattern.fullmatch(path))
            self._templates[key] = next(found, None)
        template = self._templates[key]
        operation = self._document["paths"].get(template, {}).get(method.lower())
        if template is None or operation is None:
            return None
        return f"#/paths/{template.replace('/', '~1')}/{method.lower()}", operation

    def _problem(self, pointer: str, body: object) -> str | None:
        validator = self._validators.get(pointer)
        if validator is None:
            # A pointer is a URI fragment here, in which braces have to be escaped.
            fragment = pointer.replace("{", "%7B").replace("}", "%7D")
            schema = {"$ref": f"discord{fragment}"}
            draft = importlib.import_module("jsonschema").Draft202012Validator
            validator = self._validators[pointer] = draft(schema, registry=self._registry)
        if validator.is_valid(body):
            return None
        error = _innermost(next(validator.iter_errors(body)))
        place = ".".join(str(step) for step in error.absolute_path) or "body"
        return f"{place}: {error.message[:200]}"


def _innermost(error: Any) -> Any:
    """Return what is wrong in the one variant of a schema that is of the body's own type."""
    while error.context:
        others = {one.schema_path[0] for one in error.context if [*one.path] == ["type"]}
        fitting = [one for one in error.context if one.schema_path[0] not in others]
        if not fitting:
            break
        error = fitting[0]
    return error


def _with_text_ids(body: object, key: str = "") -> object:
    """Return a body with ids as text: discord.py sends some as numbers, and Discord takes both."""
    if isinstance(body, dict):
        return {
            name: str(value)
            if type(value) is int and (name in IDENTIFIERS or (name == "id" and key == "files"))
            else _with_text_ids(value, "files" if name == "attachments" else name)
            for name, value in body.items()
        }
    if isinstance(body, list):
        if key in {"users", "roles", "sticker_ids"}:
            return [str(value) for value in body]
        return [_with_text_ids(value, key) for value in body]
    return body
