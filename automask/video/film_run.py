"""A film from its settings to its end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import closing, nullcontext, suppress
from dataclasses import asdict, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from omegaconf import OmegaConf

from automask.io.files import file_sha256, write_bytes
from automask.io.locks import alone_with
from automask.io.terminal import say, say_place, tell
from automask.jobs.outcome import Engine
from automask.targets import build
from automask.video.clip import Clip
from automask.video.decoding import pyav
from automask.video.film_progress import looking, watching
from automask.video.film_record import (
    check_out,
    fingerprint,
    is_done,
    write_record,
)
from automask.video.film_settings import Settings
from automask.video.frames_folder import scanned_folder
from automask.video.joining import joined
from automask.video.pieces import pieces_of
from automask.video.reading import scanned
from automask.video.shot_jobs import FRAME_FOLDER, PaintShots

PLAN = "film.json"


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
    check_out(settings)
    print_of = fingerprint(settings)
    work = work_folder(out)
    alone = partial(alone_with, work.with_name(f"{work.name}.lock"), out, "film")
    if not keys.fresh and is_done(settings, print_of):
        if work.exists():  # a start was killed at its very end
            with alone():
                shutil.rmtree(work, ignore_errors=True)
        _say_film(settings, again=True)
        return 0
    engine: Engine = build(keys.engine, "engine")
    clip = _begun(settings, work, print_of)
    new = clip is None
    if clip is None:
        with looking(keys.quiet):
            clip = scan(settings)
    out.parent.mkdir(parents=True, exist_ok=True)
    with alone():
        if new:
            _begin(settings, work, print_of, clip)
        _say_clip(settings, clip)
        if failed := _made(settings, clip, work, print_of, engine):
            tell(f"{failed}; the same command goes on from here")
            return 1
    _say_film(settings)
    return 0


def work_folder(out: Path) -> Path:
    """Where the pieces of a film lie till it is there."""
    digest = hashlib.sha256(os.fsencode(out.name)).hexdigest()[:12]
    return out.parent / f".automask-film-{digest}"


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


def _made(
    settings: Settings, clip: Clip, work: Path, print_of: str, engine: Engine
) -> str:
    """Paint what is left and join it; returns why a shot could not be painted."""
    yaml = OmegaConf.to_yaml(settings.config)
    shots = PaintShots(work, yaml, clip, settings.encoding, settings.how)
    shots.forget_begun()
    begun, left = perf_counter(), len(clip.times) - shots.done()
    failed = _painted(settings, shots, engine)
    if not failed:
        seconds = perf_counter() - begun
        pace = {"seconds": seconds, "seconds_per_frame": seconds / max(1, left)}
        _finish(settings, clip, work, print_of, pace)
    return failed


def _painted(settings: Settings, shots: PaintShots, engine: Engine) -> str:
    """Paint what is left; returns why a shot could not be painted.

    Raises:
        ValueError: If no shot can be: the disk is full, or the painter cannot be built.
    """
    keys, total, failed, hopeless = settings.keys, len(shots.clip.times), "", ""
    with watching(total, shots.done(), keys.quiet, keys.preview) as watch:
        load = replace(shots, tell=watch.painted) if settings.inline else shots
        told = nullcontext() if settings.inline else watch.asking(shots.done)
        with told, closing(engine(load, shots.items())) as outcomes:
            for outcome in outcomes:
                if settings.inline:
                    watch.at(shots.done())
                if outcome.reason:
                    failed = failed or f"{outcome.item.name}: {outcome.reason}"
                    if outcome.hopeless:
                        hopeless = outcome.reason
                    if hopeless or settings.inline:
                        break
    if hopeless:
        shots.forget_begun()
        if not shots.done():
            shutil.rmtree(shots.folder, ignore_errors=True)
        raise ValueError(hopeless)
    return failed


def _finish(
    settings: Settings, clip: Clip, work: Path, print_of: str, pace: dict[str, float]
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
    write_record(settings, clip, print_of, sha256, notes, pace)
    os.replace(film, out)
    shutil.rmtree(work, ignore_errors=True)


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
