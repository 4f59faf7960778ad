"""Who may ask, from where, and with how large a body: small ASGI middlewares."""

from __future__ import annotations

import asyncio
import hmac
import socket
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from time import monotonic
from urllib.parse import parse_qsl

import psutil
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from automask.web.limits import Limits

SAFE = ("GET", "HEAD", "OPTIONS")
COOKIE = "automask"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
EVERYWHERE = ("0.0.0.0", "::")
POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "connect")),
        "img-src 'self' blob: data:",
        *("form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'"),
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@dataclass(frozen=True)
class Headed:
    """Every answer has the headers of safety."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, headed)


@dataclass(frozen=True)
class Guarded:
    """Only requests to our own name, from our own pages, and with the token.

    Args:
        app: What is guarded.
        hosts: Names with port that we listen on.
        token: That must be shown; empty: none.
    """

    app: ASGIApp
    hosts: frozenset[str]
    token: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        answer = self._refused(scope, Headers(scope=scope))
        await (answer or self.app)(scope, receive, send)

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        """What is answered instead, if anything."""
        if _only(headers, "host").lower() not in self.hosts:
            return _problem(403, "This page does not answer to that Host.")
        if scope["method"] not in SAFE and not self._is_ours(headers):
            return _problem(403, "Another page may not change anything here.")
        if not self.token or self._is_known(headers):
            return None
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        given = asked.get("token", "")
        if scope["path"] == "/" and scope["method"] == "GET" and self._is(given):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(
                COOKIE, self.token, httponly=True, samesite="strict", path="/"
            )
            return answer
        return _problem(401, "Open the address with its token, as the program says it.")

    def _is_ours(self, headers: Headers) -> bool:
        """Whether no other page has sent the request."""
        origin = headers.getlist("origin")
        site = headers.getlist("sec-fetch-site")
        ours = {f"http://{host}" for host in self.hosts}
        return (not origin or (len(origin) == 1 and origin[0].lower() in ours)) and (
            not site or site in (["same-origin"], ["none"])
        )

    def _is_known(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is(given.strip()):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        return COOKIE in cookie and self._is(cookie[COOKIE].value)

    def _is(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())


@dataclass(frozen=True)
class Bounded:
    """Bodies have a limit of bytes and of time.

    Args:
        app: What reads them.
        limits: Which.
        large: Ends of paths whose bodies are pictures.
    """

    app: ASGIApp
    limits: Limits
    large: tuple[str, ...] = field(default=("/pictures", "/drawn"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; reading a body that is too large or too slow raises."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        picture = scope["path"].endswith(self.large)
        most = self.limits.bytes if picture else self.limits.json_bytes
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said[:20]) > most:
            await _problem(413, _too_large(most))(scope, receive, send)
            return
        taken, begun, ended = 0, monotonic(), False

        async def bounded() -> Message:
            nonlocal taken, ended
            if ended:  # now it is the end of the connection that is waited for
                return await receive()
            left = begun + self.limits.body_seconds - monotonic()
            try:
                async with asyncio.timeout(min(left, self.limits.idle_seconds)):
                    message = await receive()
            except TimeoutError:
                said = "The body came too slowly."
                raise HTTPException(408, said, {"Connection": "close"}) from None
            taken += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if taken > most:
                headers = {"Connection": "close"}
                raise HTTPException(413, _too_large(most), headers)
            return message

        await self.app(scope, bounded, send)


def names_of(host: str, port: int) -> frozenset[str]:
    """What a Host header may say: names of ours with the port.

    Args:
        host: That we listen on.
        port: Likewise.
    """
    names = {host}
    if host in LOOPBACK:
        names |= LOOPBACK
    if host in EVERYWHERE:
        names |= LOOPBACK | {socket.gethostname(), socket.getfqdn()}
        found = (each for card in psutil.net_if_addrs().values() for each in card)
        names |= {each.address.partition("%")[0] for each in found}
    bracketed = {f"[{name}]" if ":" in name else name for name in names}
    with_port = {f"{name}:{port}".lower() for name in bracketed}
    return frozenset(
        with_port | ({n.lower() for n in bracketed} if port == 80 else set())
    )


def _only(headers: Headers, name: str) -> str:
    """A header that must be there once."""
    values = headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _problem(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status, {"Connection": "close"})


def _too_large(most: int) -> str:
    said = f"{most / 2**20:g} MiB" if most >= 2**20 else f"{most / 2**10:g} KiB"
    return f"The body is too large; at most {said} are taken."
