"""What one page may take of the machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of what comes in, of work, and of what is kept.

    Args:
        bytes: Of a picture that is sent.
        json_bytes: Of any other body.
        pixels: Of a picture.
        files: Pictures and painted masks kept at a time.
        body_seconds: Within which a body must have come.
        idle_seconds: That it may pause.
        header_bytes: Of a request's head.
        connections: At a time; more are answered 503.
        masks: Named in a job, a picture.
        side: Longer side of a result, px.
        preview_side: Of a preview, px.
        waiting: Jobs that wait or are paused, at most.
        jobs: Kept in the history, the newest.
        disk: Bytes of all that is kept.
        drafts: Kept, the newest.
        job_seconds: That painting one picture may take.
        memory: Share of the machine's memory that the worker may take.
        starts: Times a job is begun that each time ended with the server.
        unused_seconds: That a picture stays which no job and no draft names.
    """

    bytes: int = 50 * 2**20
    json_bytes: int = 256 * 2**10
    pixels: int = 50_000_000
    files: int = 2000
    body_seconds: float = 120
    idle_seconds: float = 15
    header_bytes: int = 16 * 2**10
    connections: int = 200
    masks: int = 40
    side: int = 4096
    preview_side: int = 384
    waiting: int = 50
    jobs: int = 200
    disk: int = 2 * 2**30
    drafts: int = 20
    job_seconds: float = 2 * 60 * 60
    memory: float = 0.8
    starts: int = 3
    unused_seconds: float = 24 * 60 * 60
