"""automask models: have MediaPipe's nets on this machine before they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from automask.io.terminal import say
from automask.mediapipe.fetching import ensure, take
from automask.mediapipe.net_file import VERSION, come_along, net_file

USAGE = (
    "automask models [FILE.whl]: fetch the nets that find persons and faces, or take "
    f"them out of a wheel of mediapipe {VERSION}"
)


def fetch_models(words: Sequence[str]) -> None:
    """Fetch the nets, or take them out of a wheel, unless MediaPipe brings them.

    Args:
        words: What followed ``automask models``.

    Raises:
        ValueError: For a word that means nothing here, or if they cannot be had.
        OSError: If the wheel cannot be read.
    """
    if {"-h", "--help"} & set(words):
        say(USAGE)
        return
    if strange := [word for word in words if not word.endswith(".whl")] + [*words[1:]]:
        raise ValueError(f"automask models does not take '{strange[0]}'; {USAGE}")
    if come_along():
        say("the nets come along with this MediaPipe; there is nothing to fetch")
        return
    if words:
        take(Path(words[0]).expanduser())
    else:
        ensure(fetch=True)
    say(f"Nets: {net_file()}")
