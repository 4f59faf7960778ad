"""Weights of nets are fetched whole or not at all, and only where that is allowed."""

from __future__ import annotations

import gc
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
import segmentation_models_pytorch as smp
import torch
import torchvision

from automask.masks import HubSegmenter, SegmentationNet
from automask.masks.sources import hub_segmenter, torchvision_segmenter
from automask.masks.sources.fetching import check_blobs

IMAGE = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
LRASPP = "lraspp_mobilenet_v3_large"
NET, COMMIT = "somebody/tiny-segformer", "0" * 40


pytestmark = [  # torch and the hub's library leave connections to the garbage collector
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Server(ThreadingHTTPServer):
    """Files by their path; what is asked of it; whether it stops half way."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.breaks = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.answer(sends=False)

    def do_GET(self) -> None:
        self.answer(sends=True)

    def answer(self, sends: bool) -> None:
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        content = self.server.files.get(path)
        self.send_response(200 if content is not None else 404)
        content = content or b""
        for name, value in self.server.headers.get(path, {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        broken = self.server.breaks and len(content) > 10_000
        if sends:
            self.wfile.write(content[: len(content) // 2] if broken else content)
        self.close_connection = True

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        made.shutdown()
        thread.join()
    gc.collect()


@pytest.fixture(scope="module")
def dog() -> bytes:
    """Weights of LR-ASPP by which every pixel is a dog."""
    net = torchvision.models.segmentation.lraspp_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=21
    )
    state = {name: torch.zeros_like(value) for name, value in net.state_dict().items()}
    state["classifier.high_classifier.bias"][12] = 9.0

    torch.save(state, file := BytesIO())
    return file.getvalue()


@pytest.fixture
def official(server, dog, tmp_path, monkeypatch) -> Callable[[str], Path]:
    """Torchvision's weights are on our server, and its cache is empty."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))

    def publish(digits: str) -> Path:
        meta = {"_file_size": 12.5, "categories": ["__background__", *"abcdefghijk"]}
        meta["categories"] += ["dog", *"lmnopqrs"]
        url = f"{server.url}/models/lraspp-{digits}.pth"
        weights = SimpleNamespace(url=url, meta=meta)
        monkeypatch.setattr(torchvision_segmenter, "official", lambda net: weights)
        return tmp_path / "checkpoints" / f"lraspp-{digits}.pth"

    return publish


def left(folder: Path) -> list[str]:
    """Files in a folder and below but for locks."""
    files = (each for each in folder.rglob("*") if each.is_file())
    return sorted(each.name for each in files if not each.name.endswith(".lock"))


def test_weights_are_fetched_once_and_said_before(official, server, dog, capfd):
    path = official(hashlib.sha256(dog).hexdigest()[:8])
    server.files[f"/models/{path.name}"] = dog
    net = SegmentationNet(LRASPP, fetch=True, size=64)
    assert net(IMAGE)["dog"].min() > 0.9
    assert path.read_bytes() == dog and left(path.parent) == [path.name]
    told = capfd.readouterr().err.splitlines()[0]
    assert re.match(rf"automask: fetching {path.name} \(12 MiB\) from http", told)
    assert "BSD-3-Clause" in told and "COCO" in told
    assert SegmentationNet(LRASPP, size=64)(IMAGE).names[12] == "dog"
    assert server.asked == [f"/models/{path.name}"] and capfd.readouterr().err == ""


def test_nothing_is_asked_for_unless_it_is_allowed(official, server):
    path = official("12345678")
    with pytest.raises(ValueError, match="add masks.fetch=true to download them"):
        SegmentationNet(LRASPP)(IMAGE)
    assert not server.asked and not path.parent.exists()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("other", "not that file, or not all of it: its SHA-256 does not begin"),
        ("broken", "not that file, or not all of it: its SHA-256 does not begin"),
        ("missing", "HTTP Error 404"),
        ("gone", "Connection refused"),
    ],
)
def test_a_download_that_fails_is_one_line_and_leaves_nothing(
    official, server, dog, fault, said
):
    digits = hashlib.sha256(b"" if fault == "other" else dog).hexdigest()[:8]
    path = official(digits)
    if fault != "missing":
        server.files[f"/models/{path.name}"] = dog
    server.breaks = fault == "broken"
    if fault == "gone":
        server.shutdown()
        server.server_close()
    with pytest.raises(ValueError, match=said) as error:
        SegmentationNet(LRASPP, fetch=True)(IMAGE)
    line = str(error.value)
    assert line.startswith("cannot download http") and "\n" not in line
    assert "masks.sources.classes.weights=FILE" in line
    assert left(path.parent) == []


@pytest.fixture(scope="module")
def net(tmp_path_factory) -> dict[str, bytes]:
    """Files of a tiny net for which each pixel is sky."""
    model = smp.FPN(
        "tu-test_resnet",
        encoder_weights=None,
        decoder_pyramid_channels=32,
        decoder_segmentation_channels=32,
        classes=150,
    )
    torch.nn.init.zeros_(model.segmentation_head[0].weight)
    torch.nn.init.zeros_(model.segmentation_head[0].bias)
    model.segmentation_head[0].bias.data[2] = 12.0
    folder = tmp_path_factory.mktemp("net")
    model.save_pretrained(folder)
    names = ("config.json", "model.safetensors")
    return {name: (folder / name).read_bytes() for name in names}


@pytest.fixture
def hub(server, net, tmp_path, monkeypatch) -> Server:
    """The server is the hub and has the net; the hub's cache is empty."""
    hub_segmenter.loaded.cache_clear()
    template = f"{server.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
    monkeypatch.setattr(
        "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template
    )
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    siblings = [{"rfilename": name, "size": 2**21} for name in (*net, "README.md")]
    told = {"id": NET, "sha": COMMIT, "siblings": siblings, "tags": ["license:other"]}
    for path in (f"/api/models/{NET}", f"/api/models/{NET}/revision/main"):
        server.files[path] = json.dumps(told).encode()
        server.headers[path] = {"Content-Type": "application/json"}
    tree = [
        {"type": "file", "path": name, "size": len(content), "oid": "0" * 40}
        for name, content in net.items()
    ]
    path = f"/api/models/{NET}/tree/{COMMIT}"
    server.files[path] = json.dumps(tree).encode()
    server.headers[path] = {"Content-Type": "application/json"}
    for name, content in net.items():
        path = f"/{NET}/resolve/{COMMIT}/{name}"
        digest = hashlib.sha256(content).hexdigest()
        server.files[path] = content
        server.headers[path] = {"ETag": f'"{digest}"', "X-Repo-Commit": COMMIT}
    return server


def test_a_net_of_the_hub_is_fetched_once_and_said_before(hub, capfd):
    masks = HubSegmenter(NET, fetch=True, size=64)(IMAGE)
    assert masks["sky"].min() > 0.9
    told = capfd.readouterr().err.splitlines()[0]
    assert told.startswith(f"automask: fetching {NET} (4 MiB) from {hub.url}/{NET}; ")
    assert "licence named there: other" in told and "non-commercial" in told
    hub_segmenter.loaded.cache_clear()
    hub.asked.clear()
    assert HubSegmenter(NET, size=64)(IMAGE)["sky"].min() > 0.9
    assert not hub.asked


def test_the_hub_is_not_asked_unless_it_is_allowed(hub, tmp_path):
    with pytest.raises(ValueError, match="add masks.fetch=true to download it"):
        HubSegmenter(NET)(IMAGE)
    assert not hub.asked and left(tmp_path) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("other", "does not have the SHA-256"),
        ("broken", "(?i)bytes|size|closed|incomplete"),
        ("missing", "404"),
        ("gone", "refused"),
    ],
)
def test_a_net_that_cannot_be_fetched_is_one_line_and_no_net(
    hub, tmp_path, fault, said, monkeypatch
):
    weights = f"/{NET}/resolve/{COMMIT}/model.safetensors"
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between attempts
    if fault == "other":
        hub.files[weights] = hub.files[weights][:-1] + b"?"
    if fault == "missing":
        hub.files.clear()
    hub.breaks = fault == "broken"
    if fault == "gone":
        hub.shutdown()
        hub.server_close()
    with pytest.raises(
        ValueError, match=f"cannot download '{NET}' from the hub"
    ) as error:
        HubSegmenter(NET, fetch=True, size=64)(IMAGE)
    line = str(error.value)
    assert re.search(said, line) and "\n" not in line, line
    assert "masks.sources.scene.model=FOLDER" in line
    assert (weights in hub.asked) == (fault in ("other", "broken"))
    assert "model.safetensors" not in left(tmp_path)
    with pytest.raises(ValueError):
        HubSegmenter(NET, size=64)(IMAGE)


def test_a_file_that_is_what_its_name_says_is_kept(tmp_path):
    content = b"whatever"
    blob = tmp_path / hashlib.sha256(content).hexdigest()
    blob.write_bytes(content)
    (tmp_path / "model.safetensors").symlink_to(blob)
    check_blobs(tmp_path)
    blob.write_bytes(b"damaged")
    with pytest.raises(RuntimeError, match="does not have the SHA-256"):
        check_blobs(tmp_path)
    assert left(tmp_path) == []
