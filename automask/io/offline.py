"""Libraries that would report home, or ask who is there, do not."""

from __future__ import annotations

import os

NOWHERE = "http://127.0.0.1:9"  # the discard port: nobody listens, nothing leaves
# Ray's helper asks each cloud's address whether this machine is its own, even where
# reports are switched off. Python's libraries look for a proxy of one host under such
# names, and the tasks' own connections go their way.
CLOUDS = ("169.254.169.254", "metadata.google.internal")
RAY = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_USAGE_STATS_REPORT_URL": NOWHERE,
    **{f"all://{cloud}_proxy": NOWHERE for cloud in CLOUDS},
}
ONNX = {"ORT_DISABLE_TELEMETRY": "1"}


def silence(variables: dict[str, str]) -> None:
    """Set what a library and the processes it starts read; before it is imported."""
    os.environ.update(variables)
