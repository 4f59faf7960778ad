"""The runner of batches and sweeps: what is left to do, an engine, an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path

from automask.io.folders import sweep_dead
from automask.io.locks import alone_in
from automask.io.terminal import say, tell
from automask.io.urls import is_local
from automask.jobs.items import DONE, FAILED
from automask.jobs.manifest import Manifest, open_manifest
from automask.jobs.outcome import Engine, Load
from automask.jobs.paint_item import temporary_folder
from automask.jobs.plan import Job, Work
from automask.jobs.reporting import reporting


@contextmanager
def begun(job: Job) -> Iterator[Manifest]:
    """The manifest, while no other process is at work there.

    That of a sweep goes again if nothing comes of it.

    Raises:
        ValueError: If another one is.
        OSError: If there is nothing to be written.
    """
    out, temporary = job.results.out, temporary_folder(job.results.out)
    with (
        alone_in(Path(out), job.kind) if is_local(out) else nullcontext(),
        open_manifest(job.manifest, job.kind) as manifest,
    ):
        sweep_dead(temporary)
        try:
            yield manifest
        finally:
            sweep_dead(temporary)
            if job.batch and not manifest.was_used:
                with suppress(OSError):
                    manifest.path.unlink()


def paint_all(
    job: Job, work: Work, manifest: Manifest, engine: Engine, load: Load
) -> str | None:
    """Paint what is pending, and write down each outcome as it comes.

    Returns:
        Why it had to stop, if it had to.

    Raises:
        ValueError: If the engine cannot begin.
        OSError: If the manifest cannot be written.
    """
    if work.anew and not job.quiet:
        say(f"Anew: {work.anew} whose photograph or settings have changed")
    if not work.pending:
        return None
    total, left = len(work.items), len(work.pending)
    with (
        reporting(total, total - left, job.quiet) as show,
        closing(engine(load, work.pending)) as outcomes,
    ):
        for outcome in outcomes:
            if outcome.hopeless:
                return outcome.reason
            state, seconds = FAILED if outcome.reason else DONE, outcome.seconds
            end = replace(outcome.item, state=state, reason=outcome.reason)
            manifest.note([replace(end, seconds=round(seconds, 2))])
            show(outcome)
    return None


def summed_up(
    job: Job, work: Work, manifest: Manifest, stopped: str | None, more: str = ""
) -> int:
    """Say what has come of the items.

    Args:
        job: What was asked for.
        work: The items.
        manifest: With their states.
        stopped: Why it had to stop, if it had to.
        more: What else is to be counted.

    Returns:
        0: all done, 1: something failed or is pending, 2: nothing could begin.
    """
    states = [manifest.items[item.key].state for item in work.items]
    done, failed = states.count(DONE), states.count(FAILED)
    pending = len(states) - done - failed
    if not job.quiet:
        words = [f"{done} done", f"{failed} failed", f"{pending} pending"]
        words += [f"{work.anew} anew"] if work.anew else []
        words += [more] if more else []
        say(f"{job.kind.capitalize()}: {', '.join(words)}; {manifest.path}")
    if stopped:
        tell(f"{stopped}; the same command then goes on from here")
    if failed:
        again = "the same command" if job.retry else "retry=true"
        tell(
            f"{failed} of {len(states)} failed; the reasons are in {manifest.path}, "
            f"and {again} tries them again"
        )
    if not failed + pending:
        return 0
    return 1 if done + failed else 2
