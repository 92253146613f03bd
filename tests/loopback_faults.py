"""What can go wrong with one REST request, on demand: an error, a slow or a broken answer."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

CLOUDFLARE_PAGE = "<!doctype html><title>Access denied</title><h1>Error 1015</h1>"
MESSAGES = {
    0: "Internal Server Error",
    10003: "Unknown Channel",
    10008: "Unknown Message",
    10015: "Unknown Webhook",
    10062: "Unknown interaction",
    20016: "This action cannot be performed due to slowmode rate limit",
    30034: "Maximum number of daily application command creates has been reached (200)",
    40005: "Request entity too large",
    40060: "Interaction has already been acknowledged.",
    40094: "This interaction has reached the maximum number of follow-up messages",
    40333: "internal network error",
    50001: "Missing Access",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50007: "Cannot send messages to this user",
    50013: "Missing Permissions",
    50027: "Invalid Webhook Token",
    50035: "Invalid Form Body",
    50033: "Invalid Recipient(s)",
    50083: "Thread is archived",
    50109: "The request body contains invalid JSON.",
    160002: "Cannot reply without permission to read message history",
}


class ApiError(Exception):
    """An answer that is an error: its HTTP status, Discord's code, and what is wrong where."""

    def __init__(self, status: int, code: int, problems: tuple[str, ...] = ()) -> None:
        super().__init__(f"{status} {code} {'; '.join(problems)}")
        self.status = status
        self.code = code
        self.problems = problems

    def body(self) -> Json:
        body: Json = {"code": self.code, "message": MESSAGES.get(self.code, "Error")}
        if self.problems:  # the first will do: the library prints them, nobody counts them
            place, _, message = self.problems[0].partition(": ")
            here = body.setdefault("errors", {})
            for step in place.split("."):
                here = here.setdefault(step, {})
            here["_errors"] = [{"code": self.code, "message": message}]
        return body


@dataclass(slots=True)
class Fault:
    """What happens to the next matching requests."""

    method: str
    pattern: re.Pattern[str]
    status: int | None  # None: the request is answered as always, only slow or cut off
    body: str
    headers: dict[str, str]
    remaining: int
    delay_seconds: float
    reset_connection: bool
    after_processing: bool  # the request has its effect, only its answer is lost or late
    counts_as_invalid: bool

    def meets(self, method: str, path: str) -> bool:
        if self.remaining <= 0 or self.method not in {method, "*"}:
            return False
        return self.pattern.search(path) is not None


def make_fault(
    method: str,
    path_regex: str,
    *,
    status: int | None,
    code: int,
    times: int,
    body: str | Json | None,
    headers: Mapping[str, str] | None,
    delay_seconds: float,
    reset_connection: bool,
    after_processing: bool,
    retry_after: float,
    scope: str,
    cloudflare: bool,
) -> Fault:
    """Return a fault; a 429 gets the body and the headers that its scope has at Discord."""
    sent = {"Content-Type": "application/json", "Via": "1.1 google"}
    if cloudflare:
        status, body, sent = 429, CLOUDFLARE_PAGE, {"Content-Type": "text/html"}
    elif status == 429:
        sent |= {"Retry-After": str(retry_after), "X-RateLimit-Scope": scope}
        if scope == "global":
            sent["X-RateLimit-Global"] = "true"
        if body is None:
            message = "You are being rate limited."
            limited = {"message": message, "retry_after": retry_after, "code": code}
            body = {**limited, "global": scope == "global"}
    if body is None:
        body = {"code": code, "message": MESSAGES.get(code, "Error")}
    return Fault(
        method=method,
        pattern=re.compile(path_regex),
        status=status,
        body=body if isinstance(body, str) else json.dumps(body),
        headers=sent | dict(headers or {}),
        remaining=times,
        delay_seconds=delay_seconds,
        reset_connection=reset_connection,
        after_processing=after_processing,
        counts_as_invalid=status in {401, 403} or (status == 429 and scope != "shared"),
    )


class Limited(Exception):
    """A request beyond a rate limit."""

    def __init__(self, wait: float, headers: dict[str, str]) -> None:
        super().__init__(wait)
        message = "You are being rate limited."
        self.body = {"message": message, "retry_after": wait, "global": False, "code": 0}
        self.headers = {**headers, "X-RateLimit-Scope": "user", "Retry-After": str(wait)}


@dataclass(slots=True)
class RateLimit:
    """A real limit on matching requests: so many in so many seconds, by channel or webhook."""

    method: str
    pattern: re.Pattern[str]
    limit: int
    per_seconds: float
    windows: dict[str, tuple[float, int]] = field(default_factory=dict)

    def meets(self, method: str, path: str) -> bool:
        return self.method in {method, "*"} and self.pattern.search(path) is not None

    def charge(self, path: str) -> tuple[bool, dict[str, str], float]:
        """Count a request; return whether it is within the limit, the headers, and the wait."""
        major = "/".join(
            path.split("/")[:4] if path.startswith("/webhooks") else path.split("/")[:3]
        )
        now = time.monotonic()
        start, used = self.windows.get(major, (now, 0))
        if now >= start + self.per_seconds:
            start, used = now, 0
        within = used < self.limit
        self.windows[major] = (start, used + within)
        wait = max(0.0, start + self.per_seconds - now)
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - used - 1)),
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": f"{abs(hash(self.pattern.pattern)):016x}",
        }
        return within, headers, wait
