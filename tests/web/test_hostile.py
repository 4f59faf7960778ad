"""Hostile requests: one clear answer each, a server that lives, and no stray file."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from planted_pictures import bomb, claiming, disc, jpeg, png, waves
from served import API, SMALL, Served

pytestmark = pytest.mark.slow
ID = "A" * 22


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with a secret beside it, and the server's own in it."""
    around = tmp_path_factory.mktemp("around")
    (around / "secret.txt").write_text("a secret")
    return around, around / "page"


@pytest.fixture(scope="module")
def server(places: tuple[Path, Path]) -> Iterator[Served]:
    served = Served(places[1])
    served.photo = served.upload(png(waves()))
    served.painting = served.upload(png(waves(phase=1.0)), kind="art")
    yield served
    served.close()


@pytest.fixture(autouse=True)
def unharmed(server: Served, places: tuple[Path, Path]) -> Iterator[None]:
    """After each request the server answers, and nothing was written elsewhere."""
    before = listing(places[0], places[1])
    yield
    assert server.json("/health")["ok"]
    assert listing(places[0], places[1]) == before
    assert not [*(places[1] / "incoming").iterdir()]


def listing(around: Path, own: Path) -> dict[str, int]:
    return {
        str(file): file.stat().st_mtime_ns
        for file in around.rglob("*")
        if own not in (file, *file.parents)
    } | {str(each): 0 for each in own.iterdir()}


def raw(server: Served, request: bytes, seconds: float = 20) -> tuple[int, bytes]:
    """Status and body of what is answered to these bytes."""
    where = urlsplit(server.address)
    with socket.create_connection((where.hostname, where.port), seconds) as peer:
        peer.sendall(request)
        found = b""
        try:
            while more := peer.recv(65536):
                found += more
        except ConnectionResetError:
            pass
    head, _, body = found.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def host(server: Served) -> bytes:
    return urlsplit(server.address).netloc.encode()


def job(server: Served, **more: object) -> bytes:
    wish = {"content": server.photo, "style": server.painting, "keys": SMALL}
    return json.dumps(wish | more).encode()


def refused(answer, status: int) -> str:
    """The one sentence of a refusal that names no file of ours and no traceback."""
    assert answer.status == status, (answer.status, answer.body)
    told = json.loads(answer.body)
    assert [*told] == ["detail"]
    sentence = told["detail"]
    assert isinstance(sentence, str) and "\n" not in sentence and len(sentence) < 400
    assert sentence[-1] in ".?!" and "Traceback" not in sentence
    assert "/incoming/" not in sentence
    return sentence


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/..%2f..%2f..%2fsecret.txt/image",
        "/pictures/%2e%2e/image",
        "/jobs/..%2f..%2fsecret.txt/picture.png",
        "/jobs/%00/picture.png",
        f"/pictures/{ID}/image",
        "/drawn/..%5c..%5csecret.png",
        "/samples/..%2f..%2fastronaut.jpg",
        "/styles/monet%00.jpg",
        "/pictures/" + "x" * 5000 + "/image",
    ],
)
def test_an_id_that_was_never_given_finds_nothing(server, path):
    refused(server.ask(API + path), 404)


@pytest.mark.parametrize(
    "path", ["/..%2fstore.py", "/%2e%2e/%2e%2e/secret.txt", "//etc/passwd", "/%00"]
)
def test_the_pages_files_are_all_that_is_served_beside_the_api(server, path):
    answer = server.ask(path)
    assert answer.status in (400, 404)
    assert b"root:" not in answer.body and b"secret" not in answer.body


def test_a_mask_is_found_by_its_name_alone(server):
    path = f"{API}/pictures/{server.photo}/masks/..%2f..%2fabout.json.png"
    refused(server.ask(path), 404)


@pytest.mark.parametrize(
    "name",
    ["../../../../tmp/evil.png", "/etc/passwd", "C:\\evil.png", "a\r\nSet-Cookie: x=1"],
)
def test_a_files_name_is_shown_and_never_used(server, name):
    path = f"{API}/pictures?name={quote(name)}"
    answer = server.ask(path, png(waves()), Content_Type="image/png")
    assert answer.status == 201
    shown = answer.json["name"]
    assert "/" not in shown and "\\" not in shown and shown.isprintable()
    assert "Set-Cookie" not in answer.headers


def test_a_null_byte_in_a_name_is_left_out(server):
    path = f"{API}/pictures?name=a%00b.png"
    answer = server.ask(path, png(waves()), Content_Type="image/png")
    assert answer.json["name"] == "ab.png"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (claiming(60000, 60000), 400, "too large"),
        (claiming(20000, 20000), 413, "megapixels"),
        (png(waves())[:300], 400, "damaged"),
        (jpeg(waves(640, 480))[:200], 400, ""),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", 400, ""),
        (b"<!doctype html><script>alert(1)</script>", 400, ""),
        (b"%!PS-Adobe-3.0\n(%pipe%id) (r) file", 400, ""),
        (b"GIF89a" + bytes(5), 400, ""),
        (b"", 400, "empty"),
        (png(waves(16, 16)), 400, "at least 32"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), 400, ""),
    ],
)
def test_what_is_no_picture_is_refused(server, content, status, said):
    answer = server.ask(f"{API}/pictures", content, Content_Type="image/png")
    assert said in refused(answer, status)


def test_a_bomb_of_few_bytes_is_taken_at_its_pixels_or_refused(server):
    answer = server.ask(f"{API}/pictures", bomb(3000), Content_Type="image/png")
    assert answer.status == 201 and answer.json["width"] == 3000
    answer = server.ask(f"{API}/pictures", bomb(8000), Content_Type="image/png")
    assert "megapixels" in refused(answer, 413)


@pytest.mark.parametrize(
    "kind", ["text/html", "image/svg+xml", "multipart/form-data; boundary=x", ""]
)
def test_a_body_of_another_type_is_no_picture(server, kind):
    body = b"<svg/>" if "svg" in kind else png(waves())
    answer = server.ask(f"{API}/pictures", body, Content_Type=kind)
    refused(answer, 400 if "svg" in kind else 415)


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1.evil.com"],
)
def test_another_page_changes_nothing(server, origin):
    answer = server.ask(f"{API}/jobs", job(server), Origin=origin)
    refused(answer, 403)
    answer = server.ask(f"{API}/draft", b"{}", "PUT", Sec_Fetch_Site="cross-site")
    refused(answer, 403)


def test_our_own_page_may_change_things(server):
    own = {"Origin": server.address, "Sec_Fetch_Site": "same-origin"}
    answer = server.ask(
        f"{API}/draft", b'{"a": 1}', "PUT", Content_Type="application/json", **own
    )
    assert answer.status == 204


@pytest.mark.parametrize(
    "name", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.com", ""]
)
def test_a_foreign_host_is_not_answered(server, name):
    request = f"GET {API}/jobs HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n"
    status, body = raw(server, request.encode())
    assert status == 403 and b"Host" in body


def test_two_hosts_are_none(server):
    head = (
        b"GET / HTTP/1.1\r\nHost: " + host(server) + b"\r\nHost: evil.example\r\n\r\n"
    )
    assert raw(server, head)[0] in (400, 403)


def test_a_body_without_a_length_is_counted_as_it_comes(server):
    head = (
        f"PUT {API}/draft HTTP/1.1\r\nHost: {host(server).decode()}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    status, body = raw(server, head.encode() + 8 * chunk)
    assert status == 413 and b"256 KiB" in body


def test_a_length_beyond_the_limit_is_refused_at_once(server):
    head = (
        f"POST {API}/pictures HTTP/1.1\r\nHost: {host(server).decode()}\r\n"
        "Content-Type: image/png\r\nContent-Length: 99999999999\r\n\r\n"
    )
    status, body = raw(server, head.encode())
    assert status == 413 and b"50 MiB" in body


def test_a_head_without_end_is_cut_off(server):
    head = f"GET / HTTP/1.1\r\nHost: {host(server).decode()}\r\n".encode()
    assert raw(server, head + b"X: " + b"y" * 100_000)[0] == 400


def test_a_body_that_comes_slowly_keeps_nobody_waiting(server):
    head = (
        f"POST {API}/pictures HTTP/1.1\r\nHost: {host(server).decode()}\r\n"
        "Content-Type: image/png\r\nContent-Length: 1000\r\n\r\nab"
    )
    where = urlsplit(server.address)
    with socket.create_connection((where.hostname, where.port), 30) as slow:
        slow.sendall(head.encode())
        assert server.json("/health")["ok"]  # meanwhile
    end = time.monotonic() + 10
    while any((server.folder / "incoming").iterdir()):  # once it has hung up
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"out": "/tmp/evil.png"}, "no key 'out'"),
        ({"checkpoint": "/tmp/evil"}, "no key"),
        ({"hydra.run.dir": "/tmp"}, "no key"),
        ({"masks.sources.x._target_": "os.system"}, "no key"),
        ({"init": "/etc/passwd"}, "no key"),
        ({"content": "/etc/passwd"}, "no key"),
        ({"map": "/etc/passwd"}, "no key"),
        ({"+x": 1}, "no key"),
        ({"color": "/etc/passwd"}, "color must be"),
        ({"color": "${oc.env:HOME}"}, "color must be"),
        ({"stylizer": "../style/monet"}, "stylizer must be"),
        ({"stylizer": "doodle"}, "stylizer must be"),
        ({"quality": "best,normal"}, "quality must be"),
        ({"size": 100_000}, "size must be"),
        ({"size": -1}, "size must be"),
        ({"size": 64.5}, "size must be"),
        ({"size": True}, "size must be"),
        ({"size": "64 out=/tmp/x.png"}, "size must be"),
        ({"gamma": -1}, "gamma must be"),
        ({"gamma": 1e300}, "gamma must be"),
        ({"strength": 2}, "strength must be"),
        ({"seed": 2**80}, "seed must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_only_the_keys_of_the_page_are_taken_and_their_values(server, keys, said):
    body = job(server, keys=keys)
    answer = server.ask(f"{API}/jobs", body, Content_Type="application/json")
    assert said in refused(answer, 422)


@pytest.mark.parametrize(
    "more",
    [
        {"out": "/tmp/evil.png"},
        {"masks": {"../../evil": {"weight": 0.5}}},
        {"masks": {"hair: 1, x": {"weight": 0.5}}},
        {"masks": {"${oc.env:HOME}": {"weight": 0.5}}},
        {"masks": {"null": {"weight": 0.5}}},
        {"masks": {"hair": {"weight": -1}}},
        {"masks": {"hair": {"weight": 2}}},
        {"masks": {"hair": {"file": "/etc/passwd"}}},
        {"masks": {"hair": {"drawn": "../../../etc/passwd"}}},
        {"masks": {f"m{number}": {} for number in range(100)}},
        {"group": "x" * 100},
        {"content": "../secret.txt"},
        {"content": 1},
        {"keys": "out=/tmp/evil.png"},
        {"keys": {"size": [64]}},
        {"keys": {"size": {"a": 1}}},
    ],
)
def test_a_job_that_is_not_as_documented_is_refused(server, more):
    answer = server.ask(
        f"{API}/jobs", job(server, **more), Content_Type="application/json"
    )
    refused(answer, 422)


@pytest.mark.parametrize(
    "body",
    [
        b'{"keys": {"gamma": NaN}, "content": "x", "style": "y"}',
        b'{"keys": {"gamma": Infinity}}',
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe\x00",
        b"{}",
    ],
)
def test_json_that_is_broken_deep_or_no_number_is_refused(server, body):
    for path, method in (("/jobs", "POST"), ("/draft", "PUT")):
        if (path, body) == ("/draft", b"{}"):
            continue
        answer = server.ask(API + path, body, method, Content_Type="application/json")
        assert answer.status in (400, 422), answer.body
        refused(answer, answer.status)


def test_unknown_ids_and_masks_of_other_pictures_are_refused(server):
    body = job(server, masks={"hair": {"drawn": ID}})
    refused(server.ask(f"{API}/jobs", body, Content_Type="application/json"), 404)
    refused(
        server.ask(
            f"{API}/jobs", job(server, content=ID), Content_Type="application/json"
        ),
        404,
    )
    sent = server.ask(
        f"{API}/pictures/{server.photo}/drawn", png(disc()), Content_Type="image/png"
    )
    body = job(server, style_masks={"hair": {"drawn": sent.json["id"]}})
    answer = server.ask(f"{API}/jobs", body, Content_Type="application/json")
    assert "another picture" in refused(answer, 422)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (png(disc(95, 64)), "both must be equal"),
        (png(waves()), "grey"),
        (jpeg(disc()), "no PNG"),
        (claiming(96, 64), "grey"),
        (png(disc())[:120], "damaged"),
    ],
)
def test_a_painted_mask_is_a_grey_png_of_the_pictures_size(server, mask, said):
    path = f"{API}/pictures/{server.photo}/drawn"
    answer = server.ask(path, mask, Content_Type="image/png")
    assert said in refused(answer, 400)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/pictures"),
        ("TRACE", "/jobs"),
        ("CONNECT", "/jobs"),
        ("PATCH", "/jobs"),
        ("POST", "/health"),
        ("PUT", "/about"),
    ],
)
def test_a_method_that_is_not_there_is_not_allowed(server, method, path):
    refused(server.ask(API + path, method=method), 405)


@pytest.mark.parametrize("range", ["bytes=0-9", "bytes=-5", "bytes=9-1", "bytes=0-,1-"])
def test_ranges_do_no_harm(server, range):
    sent = server.ask(
        f"{API}/pictures/{server.photo}/drawn", png(disc()), Content_Type="image/png"
    )
    answer = server.ask(sent.json["url"], Range=range)
    assert answer.status in (200, 206, 400, 416)
    assert len(answer.body) <= 10 * len(png(disc()))


def test_every_answer_has_the_headers_of_safety(server):
    for path in ("/", "/nothing", f"{API}/jobs", f"{API}/pictures/{ID}"):
        headers = server.ask(path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Server" not in headers and "Access-Control-Allow-Origin" not in headers


def test_no_page_of_the_server_loads_anything_from_elsewhere(server):
    for path in ("/docs", "/redoc", f"{API}/docs"):
        assert server.ask(path).status == 404
    assert server.ask(f"{API}/openapi.json").json["info"]["title"] == "automask"


def test_two_hundred_jobs_are_too_many(server):
    body = job(server, keys=SMALL)
    send = {"Content_Type": "application/json"}
    answers = [server.ask(f"{API}/jobs", body, **send) for _ in range(200)]
    taken = [each.json["id"] for each in answers if each.status == 202]
    assert len(taken) >= 50
    assert "jobs are waiting" in refused(answers[-1], 429)
    for id in reversed(taken):
        assert server.ask(f"{API}/jobs/{id}", method="DELETE").status == 204
    assert server.json("/jobs") == []
