"""Classes by an ONNX segmenter, run by onnxruntime where it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from automask.io.offline import ONNX, silence
from automask.masks.soft import SoftMasks
from automask.masks.sources import class_probs
from automask.masks.sources.class_probs import MEAN, STD, Merge, first_line


@dataclass(frozen=True)
class OnnxSegmenter:
    """Class probabilities of an ONNX net that maps (1, 3, h, w) to (1, K, h', w').

    Args:
        model: An .onnx file.
        names: Of its K channels, a list or a text file; "_" leaves one out.
        size: Side of the square that the net sees, px, where its input is not fixed.
        mean: Of RGB in [0, 1], taken off; the defaults are ImageNet's.
        std: Of RGB in [0, 1], divided by.
        merge: New names, each for a list of classes to be added up.
        cutoff: Probability below which a class is ignored at a pixel.
        activation: "auto", "softmax", "sigmoid" or "none"; see ``probabilities``.

    Raises:
        ValueError: If onnxruntime is missing, or the file is no such net.
        OSError: If a file cannot be read.
    """

    model: str
    names: str | Sequence[str]
    size: int = 512
    mean: Sequence[float] = MEAN
    std: Sequence[float] = STD
    merge: Merge = field(default_factory=dict)
    cutoff: float = 0.0
    activation: str = "auto"

    def __post_init__(self) -> None:
        class_probs.check_settings(self.cutoff, self.activation)
        for key in ("model", "names"):
            if not getattr(self, key):
                raise ValueError(
                    f"no {key} of the ONNX net given; add "
                    f"masks.sources.onnx.{key}=..., for instance "
                    f"{'names=[skin,clothing,hair]' if key == 'names' else 'net.onnx'}"
                )
        if len(self.mean) != 3 or len(self.std) != 3 or not all(self.std):
            raise ValueError(
                f"mean and std must be three numbers each, std not 0; got {self.mean} "
                f"and {self.std}"
            )

    def __call__(self, image: Tensor) -> SoftMasks:
        """Masks of a (1, 3, H, W) image in [0, 1]."""
        names = class_probs.class_names(self.names)
        values = class_probs.enlarged(self._output(opened(self.model), image), image)
        probs = class_probs.probabilities(values, self.activation)
        return class_probs.class_masks(
            names, probs, image, self.model, self.merge, self.cutoff
        )

    def _output(self, session: Any, image: Tensor) -> Tensor:
        """(K, h, w) of what the net puts out for an image."""
        wanted = session.get_inputs()[0]
        shape = [side if isinstance(side, int) else None for side in wanted.shape]
        if len(shape) != 4 or shape[1] not in (3, None):
            raise ValueError(
                f"'{self.model}' takes {wanted.shape}, expected (1, 3, height, width)"
            )
        size = shape[2] or self.size, shape[3] or self.size
        fed = class_probs.normalised(image, size, self.mean, self.std)
        try:
            values = session.run(None, {wanted.name: fed.float().numpy()})[0]
        except Exception as error:  # onnxruntime's own kinds, derived from Exception
            raise ValueError(
                f"'{self.model}' cannot be run: {first_line(error)}"
            ) from error
        values = np.asarray(values)
        if values.ndim != 4 or len(values) != 1 or not np.isfinite(values).all():
            raise ValueError(
                f"'{self.model}' puts out {values.shape}, expected finite "
                "(1, classes, height, width)"
            )
        return torch.from_numpy(values[0].astype(np.float32))


@cache
def opened(model: str) -> Any:
    """A session of onnxruntime, kept for the next image."""
    silence(ONNX)
    try:
        import onnxruntime  # type: ignore
    except ImportError:
        raise ValueError(
            "ONNX masks need onnxruntime: pip install 'automask[onnx]'"
        ) from None
    if not Path(model).is_file():
        raise ValueError(f"no ONNX model at '{model}'")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # it warns on standard error of each old operator
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        return onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own kinds, derived from Exception
        raise ValueError(f"'{model}' is no ONNX model: {first_line(error)}") from None
