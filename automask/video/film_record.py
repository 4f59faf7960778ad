"""The record of a film: what it is made of, and whether that is there already."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from automask import __version__
from automask.config import plain
from automask.io.files import file_sha256, write_json
from automask.io.urls import stamp
from automask.jobs.items import digest_of
from automask.video.clip import Clip
from automask.video.decoding import pyav
from automask.video.film_settings import Settings
from automask.video.frames_folder import frame_files

FRAME = re.compile(r"\d{6,}\.png")


def fingerprint(settings: Settings) -> str:
    """Digest of all that decides on the film."""
    keys = settings.keys
    content = settings.content
    if os.path.isdir(content):
        seen = [f"{file.name} {stamp(str(file))}" for file in frame_files(content)]
    else:
        seen = [file_sha256(content)]
    own = [str(keys[name]) for name in ("every", "passes", "fps", "sound")]
    wanted, encoding = settings.wanted, settings.encoding
    more = json.dumps(
        [
            __version__,
            seen,
            own,
            str(asdict(wanted)),
            str(encoding and asdict(encoding)),
        ]
    )
    return digest_of(settings.config, settings.read, more)


def check_out(settings: Settings) -> None:
    """Refuse to write over what no film has written.

    Raises:
        ValueError: With it.
    """
    out, record = settings.out, record_of(settings)
    if record.exists() and not told_by(record):
        raise ValueError(
            f"'{record}' would be written, and is no record of a film; choose another "
            "out"
        )
    if settings.encoding is None and out.is_dir():
        names = [file.name for file in out.iterdir()]
        if names and not (record.exists() and all(map(FRAME.fullmatch, names))):
            raise ValueError(f"'{out}' holds other files; choose a new out=FOLDER")


def told_by(record: Path) -> dict[str, Any]:
    """What a record says; nothing if it is none of a film."""
    with suppress(OSError, ValueError, TypeError):
        told = json.loads(record.read_bytes())
        if "fingerprint" in told and "clip" in told:
            return dict(told)
    return {}


def record_of(settings: Settings) -> Path:
    """Its file, beside the film."""
    out = settings.out
    return out.with_name(f"{out.stem if settings.encoding else out.name}.json")


def is_done(settings: Settings, print_of: str) -> bool:
    """Whether the film is there, made of just this."""
    record = told_by(record_of(settings))
    if record.get("fingerprint") != print_of or not settings.out.exists():
        return False
    if settings.encoding is None:
        return len(list(settings.out.glob("*.png"))) == record["clip"]["frames"]
    return bool(record["sha256"] == file_sha256(settings.out))


def write_record(
    settings: Settings,
    clip: Clip,
    print_of: str,
    sha256: str,
    notes: list[str],
    pace: dict[str, float],
) -> None:
    """Write what makes the film again.

    Args:
        settings: That it was asked for with.
        clip: That was painted.
        print_of: The film's fingerprint.
        sha256: Of the film's file; empty for frames.
        notes: That were made.
        pace: Seconds that the last start took, and those of each frame it painted.
    """
    from automask.pipeline.record import environment

    around = environment()
    around["versions"]["av"] = pyav().__version__
    record = {
        "fingerprint": print_of,
        "sha256": sha256,
        "words": settings.words,
        "keys": {k: v for k, v in plain(settings.keys).items() if k != "style"},
        "config": plain(settings.config),
        "clip": {
            "path": clip.path,
            "frames": len(clip.times),
            "width": clip.width,
            "height": clip.height,
            "rate": float(clip.rate),
            "broken": clip.broken,
            "shots": [*clip.shots],
        },
        "notes": notes,
        **{name: round(value, 3) for name, value in pace.items()},
        **around,
    }
    write_json(record_of(settings), record)
