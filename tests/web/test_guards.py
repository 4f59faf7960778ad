"""Who may ask: the token, the Host, and how fast a body must come."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from automask.web.guards import Bounded, Guarded, names_of
from automask.web.limits import Limits

HOST = "192.0.2.7:8000"
TOKEN = "a-token-that-is-not-to-be-guessed"


async def echo(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} bytes")


APP = Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "POST"])])


def client(token: str = TOKEN) -> TestClient:
    app = Guarded(APP, frozenset({HOST}), token)
    return TestClient(app, f"http://{HOST}", follow_redirects=False)


def test_without_the_token_nothing_is_answered():
    asks = client()
    for answer in (
        asks.get("/"),
        asks.get("/api/v1/jobs"),
        asks.get("/?token=wrong"),
        asks.get("/?token="),
        asks.get(f"/api/v1/jobs?token={TOKEN}"),  # it is taken at the door alone
        asks.get("/", headers={"Authorization": "Bearer wrong"}),
        asks.get("/", headers={"Authorization": TOKEN}),
        asks.get("/", headers={"Cookie": "automask=wrong"}),
        asks.get("/", headers={"Cookie": "automask="}),
    ):
        assert answer.status_code == 401 and "token" in answer.json()["detail"]


def test_the_token_in_the_address_becomes_a_cookie_that_scripts_cannot_read():
    asks = client()
    answer = asks.get(f"/?token={TOKEN}")
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    assert asks.get("/").status_code == 200  # with the cookie


def test_programs_show_the_token_as_a_bearer():
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert client().post("/x", headers=headers, content=b"12").text == "2 bytes"


def test_the_cookie_of_the_page_is_of_no_use_to_another_page():
    asks = client()
    asks.get(f"/?token={TOKEN}")
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": f"https://{HOST}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert asks.post("/x", headers=headers).status_code == 403
    assert asks.post("/x", headers={"Origin": f"http://{HOST}"}).status_code == 200


def test_a_name_that_leads_here_but_is_not_ours_is_refused():
    for name in ("evil.example", "evil.example:8000", "192.0.2.7", f"{HOST}.evil"):
        assert client("").get("/", headers={"Host": name}).status_code == 403


def test_loopback_has_three_names_and_another_address_one():
    ours = {"127.0.0.1:80", "localhost:80", "[::1]:80"}
    assert names_of("127.0.0.1", 8000) == {f"{n[:-3]}:8000" for n in ours}
    assert names_of("192.0.2.7", 8000) == {HOST}
    assert {"127.0.0.1", "localhost:80"} < names_of("localhost", 80)  # the usual port


def bounded(chunks: list[bytes], limits: Limits, wait: float = 0.0) -> Any:
    """What reading a body of these chunks comes to."""
    left = [*chunks]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(wait)
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(await Request(scope, receive).body())

    found: list[bytes] = []

    async def send(body: bytes) -> None:
        found.append(body)

    scope = {"type": "http", "path": "/api/v1/draft", "headers": [], "method": "PUT"}
    asyncio.run(Bounded(app, limits)(scope, receive, send))  # type: ignore[arg-type]
    return found[0]


def test_a_body_within_its_bounds_arrives_whole():
    assert bounded([b"ab", b"cd"], Limits(json_bytes=4)) == b"abcd"


def test_a_byte_too_much_is_refused():
    with pytest.raises(HTTPException) as refusal:
        bounded([b"ab", b"cde"], Limits(json_bytes=4))
    assert refusal.value.status_code == 413


@pytest.mark.parametrize(
    "limits", [Limits(idle_seconds=0.02), Limits(body_seconds=0.05)]
)
def test_a_body_that_pauses_or_takes_too_long_is_refused(limits):
    with pytest.raises(HTTPException) as refusal:
        bounded([b"a"] * 10, limits, wait=0.03)
    assert refusal.value.status_code == 408 and "slowly" in refusal.value.detail
