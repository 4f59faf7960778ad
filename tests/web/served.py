"""A server in a process of its own, asked as any program asks one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
API = "/api/v1"
SMALL = {"size": 64, "quality": "preview"}


@dataclass
class Answer:
    """Status, headers, body."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Served:
    """``python -m automask.web --no-open`` on a folder.

    Args:
        folder: That it keeps its files in.
        words: Further ones of the command line.
    """

    folder: Path
    words: tuple[str, ...] = ()
    process: Any = field(init=False)
    address: str = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        words = [sys.executable, "-m", "automask.web", "--no-open"]
        self.process = subprocess.Popen(
            [*words, "--folder", str(self.folder), *self.words],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        said = self.process.stdout.readline()
        assert said.startswith("Page: http"), (said, self.process.stderr.read())
        self.address = said.split()[1].rstrip("/")

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, float]:
        """Exit code, what was printed to standard error, and seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=20)
        return self.process.returncode, err, time.monotonic() - begun

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def ask(
        self, path: str, body: bytes | None = None, method: str | None = None, **headers
    ) -> Answer:
        asked = urllib.request.Request(
            self.address + path,
            data=body,
            method=method,
            headers={name.replace("_", "-"): text for name, text in headers.items()},
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def json(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """What the API answers, which is no refusal."""
        sent = None if body is None else json.dumps(body).encode()
        answer = self.ask(API + path, sent, method, Content_Type="application/json")
        assert answer.status < 300, answer.body
        return answer.json

    def upload(self, content: bytes, name: str = "photo.png", kind: str = "photo"):
        path = f"{API}/pictures?name={name}&kind={kind}"
        answer = self.ask(path, content, Content_Type="image/png")
        assert answer.status == 201, answer.body
        return answer.json["id"]

    def events(self, id: str) -> Iterator[dict[str, Any]]:
        """A job at each change, to its end."""
        path = f"{self.address}{API}/jobs/{id}/events"
        with urllib.request.urlopen(path, timeout=60) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])

    def ended(self, id: str) -> dict[str, Any]:
        """A job once it has come to its end."""
        return [*self.events(id)][-1]

    def until(self, id: str, state: str, seconds: float = 30) -> dict[str, Any]:
        """A job once it is in that state."""
        end = time.monotonic() + seconds
        while (job := self.json(f"/jobs/{id}"))["state"] != state:
            assert time.monotonic() < end, job
            time.sleep(0.02)
        return job

    def workers(self) -> list[Any]:
        """The processes that the server has started to work."""
        import psutil

        children = psutil.Process(self.process.pid).children(recursive=True)
        return [each for each in children if "spawn_main" in " ".join(each.cmdline())]
