"""Pictures per minute of the batch's engines, against a loop of single runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil
from PIL import Image

from automask.config import photograph

STYLE = "portrait"
PAUSE = 0.5  # s between two looks at the memory
Row = dict[str, object]


def batch_rows(
    px: int, images: int, engines: Sequence[str], workers: Sequence[int]
) -> Iterator[Row]:
    """Run every engine on the same portraits."""
    cores = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        portraits(Path(folder, "in"), images)
        for engine in engines:
            for count in workers if engine in ("pool", "ray") else [1]:
                yield measured(Path(folder), engine, count, cores // count or 1, px)


def portraits(folder: Path, count: int) -> None:
    """Photographs of a person, each turned and cut in another way."""
    folder.mkdir()
    with Image.open(photograph("astronaut")) as picture:
        for n in range(count):
            turned = picture.rotate(3 * (n % 7 - 3), Image.Resampling.BICUBIC)
            turned.crop((n, 0, 512, 512 - n)).save(folder / f"{n:04}.png")


def measured(
    folder: Path,
    engine: str,
    workers: int,
    threads: int,
    px: int,
    more: Sequence[str] = (),
) -> Row:
    """Paint all portraits with an engine, in a process of its own.

    Args:
        folder: Holds the portraits in ``in``.
        engine: Its name, or loop.
        workers: Processes.
        threads: Of each.
        px: Size of the pictures.
        more: What else is typed.

    Returns:
        Pictures a minute with everything included, and ``steady`` at the pace of a
        worker that has loaded; mean seconds a picture; MiB of all processes together.
    """
    out, photos = folder / f"{engine}-{workers}", sorted((folder / "in").iterdir())
    words = [f"style={STYLE}", f"size={px}", "-q", *more]
    laps = [time.perf_counter()]
    if engine == "loop":
        peaks = []
        for photo in photos:
            single = [f"content={photo}", f"out={out}/{photo.name}"]
            peaks.append(peak_of(["automask.run", *words, *single]))
            laps.append(time.perf_counter())
        each = [b - a for a, b in pairwise(laps)]
    else:
        words += [f"content={folder}/in", f"out={out}", f"engine={engine}"]
        words += [f"threads={threads}", *[f"workers={workers}"] * (engine == "pool")]
        peaks = [peak_of(["automask.batch", *words], OMP_NUM_THREADS=str(threads))]
        lines = (out / "manifest.jsonl").read_text().splitlines()[1:]
        done = [line for line in map(json.loads, lines) if line["state"] == "done"]
        took = [line["seconds"] for line in done]
        each = took[workers:] or took  # the first of each worker loads
    seconds, mean = time.perf_counter() - laps[0], sum(each) / len(each)
    row: Row = {"what": "batch", "engine": engine, "workers": workers}
    row |= {"threads": threads, "px": px, "images": len(photos), "seconds": seconds}
    row |= {"per_minute": 60 * len(photos) / seconds, "steady": 60 * workers / mean}
    return row | {"each": mean, "peak_mib": max(peaks)}


def peak_of(words: list[str], **environ: str) -> float:
    """Run a module; MiB that it and all its processes held at most."""
    peak, command = 0.0, [sys.executable, "-m", *words]
    with subprocess.Popen(command, env=os.environ | environ) as process:
        while process.poll() is None:
            peak = max(peak, held(process.pid))
            time.sleep(PAUSE)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed")
    return peak


def held(pid: int) -> float:
    """MiB of a process and its descendants, shared pages counted once."""
    total = 0
    with suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
    return total / 2**20
