"""The folder of a page: pictures, painted masks, jobs and drafts, each in its place.

Names that come from outside never become paths: what has an id is found in a table.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, TypeVar

from pydantic import ValidationError

from automask.io.files import write_bytes
from automask.web.schemas import Job, Loose, Picture

Model = TypeVar("Model", bound=Loose)


def new_id() -> str:
    """One that nobody can guess."""
    return token_urlsafe(16)


class Stored(Picture):
    """A picture and its file's name in its folder."""

    file: str

    @property
    def shown(self) -> Picture:
        """Without that."""
        return Picture.model_validate(self.model_dump())


class StoredMask(Loose):
    """A painted mask, whose picture it belongs to."""

    id: str
    picture: str


class StoredJob(Loose):
    """A job, and how often it was begun."""

    job: Job
    starts: int = 0


@dataclass(frozen=True)
class Store:
    """What is kept, in memory and on disk alike.

    Args:
        folder: All of it; nothing is written elsewhere.
    """

    folder: Path
    pictures: dict[str, Stored] = field(default_factory=dict)
    drawn: dict[str, StoredMask] = field(default_factory=dict)
    jobs: dict[str, StoredJob] = field(default_factory=dict)

    def load(self) -> None:
        """Read what an earlier server left; broken and foreign files are passed over.

        Raises:
            OSError: If the folder cannot be made.
        """
        for kind in ("pictures", "drawn", "jobs", "drafts", "incoming"):
            (self.folder / kind).mkdir(parents=True, exist_ok=True)
        for left in (self.folder / "incoming").iterdir():
            with suppress(OSError):
                left.unlink()
        self.pictures.update(self._read("pictures", Stored))
        self.drawn.update(self._read("drawn", StoredMask))
        found = dict(self._read("jobs", StoredJob))
        by_age = sorted(found, key=lambda id: found[id].job.created)
        self.jobs.update({id: found[id] for id in by_age})

    def _read(self, kind: str, model: type[Model]) -> Iterator[tuple[str, Model]]:
        for place in (self.folder / kind).iterdir():
            try:
                text = (place / "about.json").read_bytes()
                stored = model.model_validate_json(text)
            except (OSError, ValidationError):
                continue
            about = stored.job if isinstance(stored, StoredJob) else stored
            if getattr(about, "id", None) == place.name:
                yield place.name, stored

    def place(self, kind: str, id: str) -> Path:
        """The folder of a picture, a painted mask or a job that is known."""
        return self.folder / kind / id

    def picture_file(self, id: str) -> Path:
        """A picture's file as it was sent."""
        return self.place("pictures", id) / self.pictures[id].file

    def drawn_file(self, id: str) -> Path:
        """A painted mask's."""
        return self.place("drawn", id) / "mask.png"

    def incoming(self) -> Path:
        """A name for a file that is being sent."""
        return self.folder / "incoming" / new_id()

    def add_picture(self, file: Path, picture: Stored) -> None:
        """Take in a file that was sent."""
        place = self.place("pictures", picture.id)
        place.mkdir()
        os.replace(file, place / picture.file)
        self._write(place, picture)
        self.pictures[picture.id] = picture

    def add_drawn(self, file: Path, mask: StoredMask) -> None:
        """Take in a painted mask."""
        place = self.place("drawn", mask.id)
        place.mkdir()
        os.replace(file, self.drawn_file(mask.id))
        self._write(place, mask)
        self.drawn[mask.id] = mask

    def keep_job(self, stored: StoredJob) -> None:
        """Write a job as it stands."""
        place = self.place("jobs", stored.job.id)
        place.mkdir(exist_ok=True)
        self.jobs[stored.job.id] = stored
        self._write(place, stored)

    def forget(self, kind: str, id: str) -> None:
        """Delete a picture, a painted mask or a job with its files."""
        getattr(self, kind).pop(id, None)
        shutil.rmtree(self.place(kind, id), ignore_errors=True)

    def write_draft(self, tab: str, draft: dict[str, Any], kept: int) -> None:
        """Keep a tab's draft, and the newest of others."""
        text = json.dumps(draft, allow_nan=False).encode()
        write_bytes(self._draft(tab), text)
        for old in self._drafts()[kept:]:
            old.unlink(missing_ok=True)

    def read_draft(self, tab: str) -> dict[str, Any]:
        """A tab's draft, or the newest one, or none."""
        own = self._draft(tab)
        for file in ([own] if own.exists() else []) + self._drafts():
            with suppress(OSError, ValueError, RecursionError):
                draft = json.loads(file.read_bytes())
                if isinstance(draft, dict):
                    return draft
        return {}

    def draft_texts(self) -> str:
        """All drafts, to look for ids in."""
        texts = []
        for file in self._drafts():
            with suppress(OSError):
                texts.append(file.read_text("utf-8", "replace"))
        return "\n".join(texts)

    def touch(self, id: str) -> None:
        """Note that a picture is in use."""
        with suppress(OSError):
            os.utime(self.place("pictures", id))

    def age(self, kind: str, id: str) -> float:
        """Seconds since a picture or a painted mask was used."""
        try:
            return time.time() - self.place(kind, id).stat().st_mtime
        except OSError:
            return float("inf")

    def size(self) -> int:
        """Bytes of all files."""
        return bytes_of(self.folder)

    def _draft(self, tab: str) -> Path:
        name = hashlib.sha256(tab.encode("utf-8", "replace")).hexdigest()[:32]
        return self.folder / "drafts" / f"{name}.json"

    def _drafts(self) -> list[Path]:
        """The newest first."""
        found = []
        for file in (self.folder / "drafts").glob("*.json"):
            with suppress(OSError):
                found.append((file.stat().st_mtime, file))
        return [file for _, file in sorted(found, reverse=True)]

    def _write(self, place: Path, model: Loose) -> None:
        write_bytes(place / "about.json", model.model_dump_json().encode())


def bytes_of(folder: Path) -> int:
    """Bytes of all files in a folder and those in it."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total
