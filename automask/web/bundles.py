"""Zip files: the masks of a job, and all that it takes to paint its picture again."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from automask.web.requests import task_of
from automask.web.schemas import Job
from automask.web.store import Store
from automask.web.tasks import names_in_bundle

RESULTS = ("picture.png", "run.json", "command.txt")


def folder(place: Path) -> bytes:
    """All files of a folder."""
    found = sorted(each for each in place.rglob("*") if each.is_file())
    return packed({str(each.relative_to(place)): each for each in found})


def packed(files: Mapping[str, Path]) -> bytes:
    """Files by their names in the archive."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:  # pictures get no smaller
        for name, file in files.items():
            writing.write(file, name)
    return archive.getvalue()


def job_files(store: Store, job: Job, result: Path) -> dict[str, Path]:
    """Files of a job's bundle by their names in it."""
    files = {name: result / name for name in RESULTS}
    task = task_of(store, job)
    return files | {name: Path(file) for file, name in names_in_bundle(task).items()}
