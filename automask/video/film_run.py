"""A film from its settings to its end."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from contextlib import closing, suppress
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from time import perf_counter
from typing import Any

from omegaconf import OmegaConf

from automask import __version__
from automask.config import plain
from automask.io.files import file_sha256, write_bytes
from automask.io.locks import alone_with
from automask.io.terminal import say, say_place, tell
from automask.io.urls import stamp
from automask.jobs.items import digest_of
from automask.jobs.outcome import Engine
from automask.targets import build
from automask.video.clip import Clip
from automask.video.film_progress import watching
from automask.video.film_settings import Settings
from automask.video.frames_folder import frame_files, scanned_folder
from automask.video.pieces import FRAME_FOLDER, PaintShots, pieces_of
from automask.video.reading import pyav, scanned
from automask.video.writing import joined

PLAN, RECORD = "film.json", ".json"
FRAME = re.compile(r"\d{6,}\.png")


def run(settings: Settings) -> int:
    """Paint what is left of a film, and join it.

    Returns:
        0 if it is there, 1 if some shot could not be painted.

    Raises:
        ValueError: If it cannot begin.
        OSError: If something cannot be read or written.
    """
    keys, out = settings.keys, settings.out
    pyav()
    if settings.encoding is not None:
        settings.encoding.encoder()
    _check_out(settings)
    print_of = fingerprint(settings)
    work = work_folder(out)
    if not keys.fresh and _is_done(settings, print_of):
        shutil.rmtree(work, ignore_errors=True)  # of a start killed at its very end
        _say_film(settings, again=True)
        return 0
    engine: Engine = build(keys.engine, "engine")
    work, begun = work_folder(out), perf_counter()
    clip = _begun(settings, work, print_of)
    new = clip is None
    if clip is None:
        clip = scan(settings)
    out.parent.mkdir(parents=True, exist_ok=True)
    with alone_with(work.with_name(f"{work.name}.lock"), out, "film"):
        if new:
            _begin(settings, work, print_of, clip)
        _say_clip(settings, clip)
        failed = _painted(settings, clip, work, engine)
        if failed:
            tell(f"{failed}; the same command goes on from here")
            return 1
        _finish(settings, clip, work, print_of, perf_counter() - begun)
    _say_film(settings)
    return 0


def work_folder(out: Path) -> Path:
    """Where the pieces of a film lie till it is there."""
    digest = hashlib.sha256(os.fsencode(out.name)).hexdigest()[:12]
    return out.parent / f".automask-film-{digest}"


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


def _check_out(settings: Settings) -> None:
    """Refuse to write over what no film has written.

    Raises:
        ValueError: With it.
    """
    out, record = settings.out, _record_of(settings)
    if record.exists() and not _told(record):
        raise ValueError(
            f"'{record}' would be written, and is no record of a film; choose another "
            "out"
        )
    if settings.encoding is None and out.is_dir():
        names = [file.name for file in out.iterdir()]
        if names and not (record.exists() and all(map(FRAME.fullmatch, names))):
            raise ValueError(f"'{out}' holds other files; choose a new out=FOLDER")


def _told(record: Path) -> dict[str, Any]:
    """What a record says; nothing if it is none of a film."""
    with suppress(OSError, ValueError, TypeError):
        told = json.loads(record.read_bytes())
        if "fingerprint" in told and "clip" in told:
            return dict(told)
    return {}


def _record_of(settings: Settings) -> Path:
    out = settings.out
    return out.with_name(f"{out.stem if settings.encoding else out.name}{RECORD}")


def _is_done(settings: Settings, print_of: str) -> bool:
    """Whether the film is there, made of just this."""
    record = _told(_record_of(settings))
    if record.get("fingerprint") != print_of or not settings.out.exists():
        return False
    if settings.encoding is None:
        return len(list(settings.out.glob("*.png"))) == record["clip"]["frames"]
    return bool(record["sha256"] == file_sha256(settings.out))


def scan(settings: Settings) -> Clip:
    """Look through the clip.

    Raises:
        ValueError: If it is none, or nothing of it is wanted.
    """
    if os.path.isdir(settings.content):
        rate = Fraction(settings.keys.fps).limit_denominator(1001)
        return scanned_folder(settings.content, settings.wanted, rate)
    return scanned(settings.content, settings.wanted)


def _begun(settings: Settings, work: Path, print_of: str) -> Clip | None:
    """The clip as an earlier start has scanned it, if that was for the same film."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        told = json.loads((work / PLAN).read_bytes())
        if told["fingerprint"] == print_of and not settings.keys.fresh:
            return _clip(told["clip"])
    return None


def _begin(settings: Settings, work: Path, print_of: str, clip: Clip) -> None:
    """Make the folder of the pieces; what was for another film goes."""
    if work.exists() and not settings.keys.quiet:
        say("Anew: the clip or the settings have changed")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    told = {"fingerprint": print_of, "clip": asdict(clip)}
    write_bytes(work / PLAN, json.dumps(told, default=str).encode())


def _clip(told: dict[str, Any]) -> Clip:
    clip = Clip(**told)
    return replace(
        clip,
        time_base=Fraction(told["time_base"]),
        times=tuple(told["times"]),
        shots=tuple(told["shots"]),
        notes=tuple(told["notes"]),
    )


def _painted(settings: Settings, clip: Clip, work: Path, engine: Engine) -> str:
    """Paint what is left; returns why something could not be painted."""
    keys, yaml = settings.keys, OmegaConf.to_yaml(settings.config)
    shots = PaintShots(work, yaml, clip, settings.encoding, settings.how)
    failed = ""
    with watching(len(clip.times), shots.done(), keys.quiet, keys.preview) as watch:
        load = replace(shots, tell=watch.painted) if settings.inline else shots
        with closing(engine(load, shots.items())) as outcomes:
            for outcome in outcomes:
                watch.at(shots.done())
                if outcome.reason:
                    failed = failed or f"{outcome.item.name}: {outcome.reason}"
                    if outcome.hopeless or settings.inline:
                        break
    return failed


def _finish(
    settings: Settings, clip: Clip, work: Path, print_of: str, seconds: float
) -> None:
    """Join the pieces, write the record, and give the film its name.

    A kill at any point leaves pieces that can be joined again, or the film.
    """
    keys, out, encoding = settings.keys, settings.out, settings.encoding
    film, sha256, notes = work / FRAME_FOLDER, "", [*clip.notes]
    if encoding is None:
        shutil.rmtree(out, ignore_errors=True)
    else:
        film = work / f"film{encoding.suffix}"
        pieces = [piece.file(work) for piece in pieces_of(clip, settings.how)]
        sound = keys.sound and not os.path.isdir(clip.path)
        notes += joined(film, pieces, clip, encoding, sound)
        with open(film, "rb+") as file:
            os.fsync(file.fileno())
        sha256 = file_sha256(film)
    for note in notes[len(clip.notes) :]:
        tell(f"note: {note}")
    record = _record(settings, clip, print_of, seconds, sha256, notes)
    text = json.dumps(record, indent=2, ensure_ascii=False, default=str)
    write_bytes(_record_of(settings), text.encode("utf-8", "backslashreplace") + b"\n")
    os.replace(film, out)
    shutil.rmtree(work, ignore_errors=True)


def _record(
    settings: Settings,
    clip: Clip,
    print_of: str,
    seconds: float,
    sha256: str,
    notes: list[str],
) -> dict[str, Any]:
    """What makes the film again, as JSON takes it."""
    from automask.pipeline.record import environment

    frames = len(clip.times)
    return {
        "fingerprint": print_of,
        "sha256": sha256,
        "words": settings.words,
        "keys": plain(settings.keys),
        "config": plain(settings.config),
        "clip": {
            "path": clip.path,
            "frames": frames,
            "width": clip.width,
            "height": clip.height,
            "rate": float(clip.rate),
            "broken": clip.broken,
            "shots": [*clip.shots],
        },
        "notes": notes,
        "seconds": round(seconds, 3),
        **environment(),
    }


def _say_clip(settings: Settings, clip: Clip) -> None:
    for note in clip.notes:
        tell(f"note: {note}")
    if clip.broken:
        tell(f"note: {clip.broken} broken frames are left out; the one before is held")
    if not settings.keys.quiet:
        shots = f"{len(clip.shots)} shot{'s' * (len(clip.shots) > 1)}"
        say(
            f"Clip: {len(clip.times)} frames of {clip.width}x{clip.height} px, "
            f"{float(clip.rate):.3g} a second, {shots}"
        )


def _say_film(settings: Settings, again: bool = False) -> None:
    if settings.keys.quiet:
        say_place(settings.out)
    else:
        say(f"Film: {settings.out}{' is there already' if again else ''}")
