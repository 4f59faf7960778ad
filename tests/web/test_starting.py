"""What the server loads, what it needs, and how it is called."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from served import ROOT

from automask.run import main as run_main
from automask.web.__main__ import main

IMPORTED = """
import sys
from automask.web.app import Settings, application
import automask.web.server, automask.web.uvicorn_server
application(Settings(__import__("pathlib").Path(sys.argv[1]), frozenset()))
print(*sys.modules)
"""
HEAVY = {"torch", "scipy", "skimage", "mediapipe", "torchvision", "cv2"}


def test_the_servers_process_loads_no_torch(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("package", ["fastapi", "uvicorn"])
def test_a_package_that_is_missing_is_one_line(package, monkeypatch, capsys, tmp_path):
    for name in [*sys.modules]:
        if name.startswith(("automask.web.app", "automask.web.uvicorn_server")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    words = ["automask-web", "--no-open", "--folder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    assert main() == 2
    said = capsys.readouterr().err
    assert said.startswith("automask: the page needs ") and said.count("\n") == 1
    assert package in said and "pip install" in said


def test_automask_web_is_the_same_program(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["automask", "web", "--help"])
    assert run_main() == 0
    said = capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["automask-web", "--help"])
    assert main() == 0
    assert capsys.readouterr().out == said and "--no-open" in said


def test_the_browser_is_opened_unless_it_is_not_to_be(monkeypatch, tmp_path):
    import automask.web.server as server

    opened: list[str] = []
    monkeypatch.setattr(server.webbrowser, "open", opened.append)

    class Ready:
        def __init__(self, config, ready, closing):
            self.ready, self.stopped_by = ready, None

        def run(self, sockets):
            self.ready()

    monkeypatch.setattr("automask.web.uvicorn_server.Server", Ready)
    server.serve(["--no-open", "--folder", str(tmp_path)])
    assert not opened
    server.serve(["--folder", str(tmp_path)])
    asyncio.run(asyncio.sleep(0.05))
    assert len(opened) == 1 and opened[0].startswith("http://127.0.0.1:")


def test_another_address_has_a_token_in_it(monkeypatch, capsys, tmp_path):
    import automask.web.server as server

    class Ready:
        def __init__(self, config, ready, closing):
            self.ready, self.stopped_by = ready, None

        def run(self, sockets):
            self.ready()

    monkeypatch.setattr("automask.web.uvicorn_server.Server", Ready)
    for _ in range(2):
        server.serve(["--no-open", "--host", "0.0.0.0", "--folder", str(tmp_path)])
    first, second = capsys.readouterr().out.split("\n")[:2]
    tokens = {line.partition("?token=")[2] for line in (first, second)}
    assert len(tokens) == 2 and all(len(token) >= 32 for token in tokens)
