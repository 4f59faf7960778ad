"""Nothing phones home: no system call of any process goes beyond this machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_onnx import convolution

from automask.io import offline

ROOT = Path(__file__).parents[2]
REPORTS = 15  # s after which onnxruntime has tried to report
CALLS = "connect,sendto,sendmsg,sendmmsg"
BEYOND = re.compile(
    r"sa_family=AF_INET6?.*?(?:inet_addr|inet_pton)\((?:AF_INET6, )?\"([^\"]+)"
)
UP = (  # the loopback device of a new network is down
    "import fcntl, socket, struct; "
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 0x41))"
)


def within(trace):
    """Addresses beyond this machine that some process turned to."""
    return [
        address
        for address in BEYOND.findall(trace)
        if not re.match(r"127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$", address)
    ]


def can(*words):
    done = subprocess.run(words, capture_output=True)
    return done.returncode == 0


@pytest.fixture(scope="module")
def tracer(tmp_path_factory):
    """Run a program in a network of its own, and say whom its processes called."""
    if not shutil.which("strace") or not can("strace", "-qq", "-e", "none", "true"):
        pytest.skip("strace is not here, or may not trace")
    if not shutil.which("unshare") or not can("unshare", "-rn", "true"):
        pytest.skip("a network namespace needs unshare -rn, which is not allowed here")

    def traced(folder, *words, environ=None):
        trace = folder / "trace.txt"
        script = (
            f'{sys.executable} -c "{UP}" && exec strace -f -qq --seccomp-bpf '
            f'-e trace={CALLS} -o {trace} {sys.executable} "$@"'
        )
        done = subprocess.run(
            ["unshare", "-rn", "sh", "-c", script, "sh", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), **(environ or {})},
        )
        return done, within(trace.read_text())

    return traced


@pytest.fixture
def pictures(tmp_path):
    codes = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    Image.fromarray(codes).save(tmp_path / "a.png")
    Image.fromarray(codes[::-1]).save(tmp_path / "b.png")
    return tmp_path


def test_the_trace_sees_who_calls(tracer, tmp_path):
    code = "import socket; s = socket.socket(); s.connect_ex(('203.0.113.7', 80))"
    assert tracer(tmp_path, "-c", code)[1] == ["203.0.113.7"]
    assert tracer(tmp_path, "-c", code.replace("203.0.113.7", "127.0.0.1"))[1] == []


@pytest.mark.slow
def test_a_run_with_masks_calls_nobody(tracer, pictures):
    done, called = tracer(
        *(pictures, "-m", "automask.run", "style=portrait", "content=astronaut"),
        *("size=96", "stylizer.iterations=[2]", "out=o.png"),
    )
    assert done.returncode == 0, done.stderr
    assert called == []


@pytest.mark.slow
def test_an_onnx_net_calls_nobody_however_long_it_is_there(tracer, pictures):
    pytest.importorskip("onnxruntime", reason="pip install 'automask[onnx]'")
    net = convolution([[9, 0, 0], [0, 0, 9]], [0, 0])
    (pictures / "net.onnx").write_bytes(net)
    code = (
        "import time; from automask.masks.sources.onnx_segmenter import opened; "
        "opened('net.onnx'); "
    )
    environ = {"ORT_DISABLE_TELEMETRY": ""}
    done, called = tracer(
        pictures, "-c", f"{code} time.sleep({REPORTS})", environ=environ
    )
    assert done.returncode == 0, done.stderr
    assert called == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_batch_on_ray_calls_nobody(tracer, pictures):
    pytest.importorskip("ray", reason="pip install 'automask[cluster]'")
    done, called = tracer(
        *(pictures, "-m", "automask.batch", "engine=ray", "content=a.png"),
        *("style=b.png", "out=out", "size=48", "masks=none", "stylizer.iterations=[1]"),
    )
    assert called == []
    # Traced, Ray may take longer to start than it gives itself.
    assert done.returncode in (0, 2), done.stderr


def test_telemetry_is_off_before_a_library_is_imported(monkeypatch, tmp_path):
    for name in (*offline.ONNX, *offline.RAY):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "ray", None)
    from automask.jobs.engines.ray import Ray
    from automask.masks.sources.onnx_segmenter import opened

    with pytest.raises(ValueError, match="need onnxruntime"):
        opened.__wrapped__("net.onnx")
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
    with pytest.raises(ValueError, match="needs Ray"):
        list(Ray()(None, [None]))
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"


def test_cloud_addresses_are_asked_through_a_door_that_is_shut(monkeypatch):
    requests = pytest.importorskip("requests")
    for name, value in offline.RAY.items():
        monkeypatch.setenv(name, value)
    for cloud in offline.CLOUDS:
        found = requests.utils.get_environ_proxies(f"http://{cloud}/", no_proxy=None)
        chosen = requests.utils.select_proxy(f"http://{cloud}/latest", found)
        assert chosen == offline.NOWHERE
    other = requests.utils.get_environ_proxies("http://example.org/", no_proxy=None)
    assert requests.utils.select_proxy("http://example.org/", other) != offline.NOWHERE
