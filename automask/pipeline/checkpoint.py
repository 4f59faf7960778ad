"""A run that was stopped goes on where it was: its state, in a file."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import zipfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from automask import __version__
from automask.config import plain
from automask.io.filenames import literal
from automask.io.files import check_regular, written_whole
from automask.io.validation import (
    check_shape,
    each,
    is_amount,
    is_number,
    is_text,
    optional,
)
from automask.pipeline.find_masks import MaskedPictures
from automask.pipeline.read_pictures import Inputs
from stylize import LevelReport, Picture, Stylizer
from stylize.matching.mask_guidance import UnderRepresented
from stylize.state import State

SUFFIX = ".state"
BROKEN = (  # what reading raises of a file that is none of ours
    *(UnpicklingError, EOFError, RuntimeError, zipfile.BadZipFile),
    *(ValueError, TypeError, LookupError, AttributeError),
)
KEYS = ("stylizer", "encoder", "seed", "init", "size")  # that decide on the picture

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Checkpoint:
    """The file of one run.

    Args:
        path: Of the file.
        identity: Digest of each thing that decides on the picture, by what it is.
        own: Whether we have named the file; one that is broken is then written anew.
    """

    path: Path
    identity: dict[str, str]
    own: bool = False

    def load(self, device: torch.device) -> State | None:
        """What was saved last; None where nothing was.

        Raises:
            ValueError: If the file is of another run, or none of ours.
        """
        if not self.path.exists():
            return None
        try:
            saved = _read(self.path, device)
        except ValueError as error:
            if not self.own:
                raise
            log.warning("%s; that picture is painted anew", error)
            return None
        for what, digest in self.identity.items():
            if saved["identity"].get(what) != digest:
                raise ValueError(
                    f"checkpoint '{self.path}' is of a run with another {what}; "
                    "delete it, or name another file"
                )
        state: State = saved["state"]
        return state

    def save(self, state: State) -> None:
        """Write the file whole, or leave the one before.

        Raises:
            OSError: If it cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with written_whole(self.path) as file:
                torch.save({"identity": self.identity, "state": state}, file)
        except RuntimeError as error:  # what torch makes of a write that failed
            full = error.__context__ or OSError(errno.EIO, os.strerror(errno.EIO))
            assert isinstance(full, OSError)
            raise OSError(full.errno, full.strerror, os.fspath(self.path)) from error

    def delete(self) -> None:
        """Remove the file, the picture being there."""
        self.path.unlink(missing_ok=True)


def checkpoint(
    config: DictConfig, stylizer: Stylizer, inputs: Inputs, shown: MaskedPictures
) -> Checkpoint | None:
    """Where the run keeps its state, if it is to keep any.

    A folder holds the files of many runs, each named after what it paints.
    """
    if config.checkpoint is None:
        return None
    whole = plain(config)
    chosen = literal({key: whole[key] for key in KEYS})
    start = [inputs.start] if isinstance(inputs.start, Tensor) else []
    identity = {
        "content": _digest([*_tensors_of(shown.content), *start]),
        "style": _digest(each for s in shown.styles for each in _tensors_of(s)),
        "configuration": _text_digest(
            OmegaConf.to_yaml(OmegaConf.create(chosen), resolve=True),
            *(stylizer.encoder.sha256, __version__, str(torch.__version__)),
        ),
    }
    path = Path(config.checkpoint)
    if path.is_dir() or config.checkpoint.endswith("/"):
        path = path / f"{_text_digest(*identity.values())[:16]}{SUFFIX}"
        return Checkpoint(path, identity, own=True)
    return Checkpoint(path, identity)


def _read(path: Path, device: torch.device) -> dict[str, Any]:
    check_regular(path)
    try:
        with torch.serialization.safe_globals([LevelReport, UnderRepresented]):
            saved = torch.load(path, map_location=device, weights_only=True)
    except BROKEN as error:
        raise ValueError(_not_ours(path)) from error
    try:
        check_shape(saved, SAVED)
    except ValueError as error:
        raise ValueError(f"{_not_ours(path)} ({error.args[0]})") from None
    return dict(saved)


def _not_ours(path: Path) -> str:
    return f"'{path}' is no checkpoint of automask, or a broken one; name another file"


def _is_image(value: Any) -> bool:
    """Whether it is a picture of finite colours."""
    return isinstance(value, Tensor) and (
        value.dim() == 4
        and value.shape[:2] == (1, 3)
        and value.is_floating_point()
        and _is_finite(value)
    )


def _is_state(value: Any) -> bool:
    return isinstance(value, dict) and _is_finite(value)


def _is_report(value: Any) -> bool:
    return isinstance(value, LevelReport) and _is_finite(asdict(value))


def _is_finite(value: Any) -> bool:
    """Whether no number in it, at whatever depth, is NaN or infinite."""
    if isinstance(value, Tensor):
        return bool(value.isfinite().all())
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or isfinite(value)


SAVED = {
    "identity": each(is_text),
    "state": {
        "image": _is_image,
        "reports": [_is_report],
        "descent": optional(
            {
                "optimizer": _is_state,
                "losses": [each(is_number)],
                "scale": optional(is_amount),
                "matches": _is_state,
            }
        ),
    },
}


def _tensors_of(picture: Picture) -> list[Tensor]:
    positions = [] if picture.positions is None else [picture.positions]
    planes = [picture.image, picture.masks, *picture.unmatched.values(), *positions]
    return [*planes, picture.trust]


def _digest(tensors: Iterable[Tensor]) -> str:
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(str(tuple(tensor.shape)).encode())
        digest.update(tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def _text_digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
