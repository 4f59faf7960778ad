"""Pictures per minute of the batch's engines, against a loop of single runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PIL import Image

from automask.config import photograph

STYLE = "portrait"
PAUSE = 0.5  # s between two looks at the memory


@dataclass(frozen=True)
class Figures:
    """What a batch took.

    Args:
        engine: loop, inline, pool or ray.
        workers: At once.
        threads: Of each.
        px: Longer side of the pictures.
        images: Pictures painted.
        seconds: From start to end, everything included.
        per_minute: Pictures a minute, everything included.
        each: Mean seconds that a worker took for a picture, loading not included.
        steady: Pictures a minute at that pace, once all workers have loaded.
        peak_mib: Memory of all processes together, shared pages counted once.
    """

    engine: str
    workers: int
    threads: int
    px: int
    images: int
    seconds: float
    per_minute: float
    each: float
    steady: float
    peak_mib: float


def batch_rows(
    px: int, images: int, engines: Sequence[str], workers: Sequence[int]
) -> list[dict[str, object]]:
    """Run every engine on the same portraits, and print a line for each."""
    cores = len(os.sched_getaffinity(0))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        portraits(Path(folder, "in"), images)
        for engine in engines:
            for count in workers if engine in ("pool", "ray") else [1]:
                found = measured(Path(folder), engine, count, cores // count or 1, px)
                rows.append(asdict(found))
                print(
                    f"{engine:7}{count} x {found.threads} threads  {px} px  "
                    f"{found.images} images  {found.seconds:7.1f} s  "
                    f"{found.per_minute:5.2f} images/min, {found.steady:5.2f} steady  "
                    f"{found.each:6.2f} s each  {found.peak_mib:6.0f} MiB",
                    flush=True,
                )
    return rows


def portraits(folder: Path, count: int) -> None:
    """Photographs of a person, each cut, turned and mirrored in another way."""
    folder.mkdir()
    with Image.open(photograph("astronaut")) as picture:
        for number in range(count):
            turned = picture.rotate(3 * (number % 7 - 3), Image.Resampling.BICUBIC)
            edge = 12 * (number % 5)
            cut = turned.crop((edge, edge // 2, 512 - edge // 2, 512 - edge))
            if number % 2:
                cut = cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            cut.save(folder / f"{number:04}.png")


def measured(folder: Path, engine: str, workers: int, threads: int, px: int) -> Figures:
    """Paint all portraits with an engine, in a process of its own."""
    out = folder / f"{engine}-{workers}"
    photos = sorted((folder / "in").iterdir())
    begun = time.perf_counter()
    if engine == "loop":
        peak, each = 0.0, []
        for photo in photos:
            lap = time.perf_counter()
            words = [f"content={photo}", f"out={out}/{photo.name}", f"size={px}"]
            peak = max(peak, peak_of(["automask.run", f"style={STYLE}", "-q", *words]))
            each.append(time.perf_counter() - lap)
    else:
        words = [f"content={folder}/in", f"style={STYLE}", f"out={out}", f"size={px}"]
        words += [f"engine={engine}", f"threads={threads}", "-q"]
        if engine == "pool":
            words.append(f"workers={workers}")
        environ = {"OMP_NUM_THREADS": str(threads)}
        peak = peak_of(["automask.batch", *words], environ)
        each = painting_seconds(out / "manifest.jsonl", workers)
    seconds = time.perf_counter() - begun
    mean = sum(each) / len(each)
    count = len(photos)
    pace = 60 * count / seconds
    row = (engine, workers, threads, px, count, seconds, pace)
    return Figures(*row, mean, 60 * workers / mean, peak)


def painting_seconds(manifest: Path, workers: int) -> list[float]:
    """What each picture took, but for the first of each worker, which loads."""
    lines = [json.loads(line) for line in manifest.read_text().splitlines()[1:]]
    took = [line["seconds"] for line in lines if line["state"] == "done"]
    assert took, f"nothing was painted: {lines[-1]}"
    return took[workers:] or took


def peak_of(words: list[str], environ: dict[str, str] | None = None) -> float:
    """Run a module; MiB that it and all its processes held at most."""
    peaks = [0.0]
    with subprocess.Popen(
        [sys.executable, "-m", *words], env=os.environ | (environ or {})
    ) as process:

        def watch() -> None:
            while process.poll() is None:
                peaks.append(held(process.pid))
                time.sleep(PAUSE)

        threading.Thread(target=watch, daemon=True).start()
        if process.wait():
            raise SystemExit(f"{' '.join(words)} failed")
    return max(peaks)


def held(root: int) -> float:
    """MiB of a process and its descendants, shared pages counted once."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    ours = {root}
    while more := {p for p, up in parents.items() if up in ours} - ours:
        ours |= more
    return sum(_share(pid) for pid in ours) / 1024


def _share(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss: +(\d+) kB", text, re.M)
    return int(found[1]) if found else 0
