"""Discord's gateway, version 10, for clients on this machine: sessions, their events, their ends.

An event is written once for each session and kept, so that RESUME can send again what was missed.
"""

import asyncio
import importlib
import importlib.util
import json
import secrets
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import WSMsgType, web

Json = dict[str, Any]
Event = tuple[str, Json]

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT = 0, 1, 2, 6, 7
INVALID_SESSION, HELLO, HEARTBEAT_ACK = 9, 10, 11
SILENT = {3, 4, 8, 31, 43}  # presence, voice, requests for members and sounds: taken, not answered

GUILD_MEMBERS, GUILD_PRESENCES, MESSAGE_CONTENT = 1 << 1, 1 << 8, 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
EVERY_INTENT = (1 << 26) - 1

PAYLOAD_BYTES = 4096
SENDS_PER_MINUTE = 120
KEPT_EVENTS = 2000
KEPT_SESSIONS = 50
SEND_SECONDS = 10.0
SESSION_ENDS = {1000, 1001}  # close codes of the client after which it cannot resume
UNRESUMABLE = {4003, 4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014}


class Connection:
    """One web socket, with the compression that its client asked for."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.session: Session | None = None
        self.closed_here = False
        self._transport = request.transport
        self._compress = _compressor(request.query.get("compress"))
        self._sending = asyncio.Lock()
        self._received: deque[float] = deque()

    async def send(self, payload: Json) -> None:
        await self.send_text(json.dumps(payload))

    async def send_text(self, text: str) -> None:
        """Send one payload, in the order of the calls; a client that stopped reading is left."""
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                if self.socket.closed:
                    return
                if self._compress is None:
                    await self.socket.send_str(text)
                else:
                    await self.socket.send_bytes(self._compress(text.encode()))
        except (ConnectionError, TimeoutError):
            self.drop()

    def counts_one_more(self) -> bool:
        """Note a payload of the client; say whether it is within 120 a minute."""
        now = time.monotonic()
        self._received.append(now)
        while self._received[0] < now - 60:
            self._received.popleft()
        return len(self._received) <= SENDS_PER_MINUTE

    async def close(self, code: int) -> None:
        self.closed_here = True
        await self.socket.close(code=code, message=b"")

    def drop(self) -> None:
        """Cut the connection without a word, as a failing network does."""
        self.closed_here = True
        if self._transport is not None:
            self._transport.abort()


class Session:
    """What READY began: it outlives its connection until it is invalidated or forgotten."""

    def __init__(self, intents: int, connection: Connection) -> None:
        self.id = secrets.token_hex(16)
        self.intents = intents
        self.connection: Connection | None = connection
        self.sequence = 0
        self._kept: deque[tuple[int, str]] = deque(maxlen=KEPT_EVENTS)

    async def deliver(self, event: str, data: Json) -> None:
        self.sequence += 1
        text = json.dumps({"op": DISPATCH, "t": event, "s": self.sequence, "d": data})
        self._kept.append((self.sequence, text))
        if self.connection is not None:
            await self.connection.send_text(text)

    def missed_since(self, sequence: int) -> list[str] | None:
        """Return the events after a number, or None when they are not all kept any more."""
        first = self._kept[0][0] if self._kept else self.sequence + 1
        if not first - 1 <= sequence <= self.sequence:
            return None
        return [text for number, text in self._kept if number > sequence]


class Gateway:
    """All connections and sessions of one bot."""

    def __init__(
        self,
        token: str,
        ready: Callable[[Session], Json],
        first_events: Callable[[Session], Sequence[Event]],
    ) -> None:
        self._token = token
        self._ready = ready
        self._first_events = first_events
        self._connections: set[Connection] = set()
        self._sessions: dict[str, Session] = {}
        self._repeats = 0
        self.heartbeat_interval_seconds = 41.25
        self.hello_delay_seconds = 0.0  # how long a new connection waits for its first word
        self.acknowledges_heartbeats = True
        self.allowed_privileged_intents = 0
        self.refuses_resume = False
        self.identified_at: list[float] = []
        self.identified_with: list[Json] = []
        self.ready_count = 0
        self.resumed_count = 0
        self.heartbeat_count = 0
        self.close_codes: list[int] = []  # those that the server sent

    @property
    def connected_count(self) -> int:
        """Return how many sessions have a connection now."""
        return sum(session.connection is not None for session in self._sessions.values())

    async def dispatch(self, event: str, data_for: Callable[[Session], Json | None]) -> None:
        """Send an event to every session that shall have it, also to those cut off just now."""
        times = 1 if self._repeats == 0 else 2
        self._repeats = max(0, self._repeats - 1)
        for session in list(self._sessions.values()):
            data = data_for(session)
            for _ in range(times if data is not None else 0):
                assert data is not None
                await session.deliver(event, data)

    def duplicate_next(self, times: int = 1) -> None:
        """Send each of the next events twice."""
        self._repeats = times

    async def invalidate(self, *, resumable: bool) -> None:
        """Send op 9 to every connection; unless it is resumable, the session is gone."""
        for connection in list(self._connections):
            if not resumable:
                self._forget(connection)
            await connection.send({"op": INVALID_SESSION, "d": resumable, "s": None, "t": None})

    async def ask_to_reconnect(self) -> None:
        """Send op 7 to every connection."""
        for connection in list(self._connections):
            await connection.send({"op": RECONNECT, "d": None, "s": None, "t": None})

    async def close_all(self, code: int) -> None:
        """Close every connection with a code."""
        for connection in list(self._connections):
            await self._close(connection, code)

    def drop_all(self) -> None:
        """Cut every connection without a close frame."""
        for connection in list(self._connections):
            connection.drop()

    async def stop(self) -> None:
        self._sessions.clear()
        await asyncio.gather(*(connection.close(1001) for connection in self._connections))

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(timeout=1.0, compress=False, max_msg_size=1 << 20)
        connection = Connection(socket, request)
        await socket.prepare(request)
        self._connections.add(connection)
        try:
            await asyncio.sleep(self.hello_delay_seconds)
            interval = int(self.heartbeat_interval_seconds * 1000)
            await connection.send(
                {"op": HELLO, "d": {"heartbeat_interval": interval}, "s": None, "t": None}
            )
            async for message in socket:
                if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    break
                code = await self._take(connection, message.data)
                if code is not None:
                    await self._close(connection, code)
                    break
        except ConnectionError:
            pass  # the client was gone before it was greeted
        finally:
            self._connections.discard(connection)
            if not connection.closed_here and socket.close_code in SESSION_ENDS:
                self._forget(connection)
            if connection.session is not None and connection.session.connection is connection:
                connection.session.connection = None
        return socket

    async def _close(self, connection: Connection, code: int) -> None:
        self.close_codes.append(code)
        if code in UNRESUMABLE:
            self._forget(connection)
        await connection.close(code)

    def _forget(self, connection: Connection) -> None:
        if connection.session is not None:
            self._sessions.pop(connection.session.id, None)

    async def _take(self, connection: Connection, raw: str | bytes) -> int | None:
        """Act on one payload of the client; return the code to close with, if it was wrong."""
        if len(raw if isinstance(raw, bytes) else raw.encode()) > PAYLOAD_BYTES:
            return 4002
        if not connection.counts_one_more():
            return 4008
        try:
            payload = json.loads(raw)
            operation = payload["op"]
        except (ValueError, KeyError, TypeError):
            return 4002
        if operation == HEARTBEAT:
            self.heartbeat_count += 1
            if self.acknowledges_heartbeats:
                await connection.send({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
            return None
        if operation == IDENTIFY:
            return await self._identify(connection, payload["d"])
        if operation == RESUME:
            return await self._resume(connection, payload["d"])
        if operation not in SILENT:
            return 4001
        return None if connection.session is not None else 4003

    async def _identify(self, connection: Connection, data: Json) -> int | None:
        self.identified_at.append(time.monotonic())
        self.identified_with.append({name: data[name] for name in data if name != "token"})
        intents = data.get("intents")
        if connection.session is not None:
            return 4005
        if data.get("token") != self._token:
            return 4004
        if type(intents) is not int or not 0 <= intents <= EVERY_INTENT:
            return 4013
        if intents & PRIVILEGED & ~self.allowed_privileged_intents:
            return 4014
        session = connection.session = Session(intents, connection)
        self._sessions[session.id] = session
        while len(self._sessions) > KEPT_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        shard = {"shard": data["shard"]} if "shard" in data else {}
        await session.deliver("READY", self._ready(session) | shard)
        for event, event_data in self._first_events(session):
            await session.deliver(event, event_data)
        self.ready_count += 1
        return None

    async def _resume(self, connection: Connection, data: Json) -> int | None:
        if data.get("token") != self._token:
            return 4004
        session = self._sessions.get(str(data.get("session_id")))
        known = data.get("seq") or 0
        missed = session.missed_since(known) if session is not None else None
        if session is None or missed is None or self.refuses_resume:
            if session is not None:
                self._sessions.pop(session.id)
            await connection.send({"op": INVALID_SESSION, "d": False, "s": None, "t": None})
            return None
        earlier, session.connection = session.connection, None
        connection.session = session
        if earlier is not None and earlier is not connection:
            earlier.drop()
        while missed:  # what happens while they are sent is kept, and comes in the next round
            for text in missed:
                await connection.send_text(text)
            known += len(missed)
            missed = session.missed_since(known)
        session.connection = connection
        await session.deliver("RESUMED", {"_trace": []})
        self.resumed_count += 1
        return None


def _compressor(name: str | None) -> Callable[[bytes], bytes] | None:
    """Return what compresses one payload after another of a connection, each to be read at once."""
    if name is None:
        return None
    if name == "zlib-stream":
        stream = zlib.compressobj()
        return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
    if name != "zstd-stream":
        raise web.HTTPBadRequest(text=f"no compression is called {name}")
    if importlib.util.find_spec("zstandard") is not None:
        library: Any = importlib.import_module("zstandard")
        frames = library.ZstdCompressor().compressobj()
        return lambda data: frames.compress(data) + frames.flush(library.COMPRESSOBJ_FLUSH_BLOCK)
    library = importlib.import_module("compression.zstd")  # Python 3.14
    blocks = library.ZstdCompressor()
    return lambda data: blocks.compress(data, mode=blocks.FLUSH_BLOCK)
