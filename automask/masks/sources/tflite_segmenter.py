"""Classes by a TensorFlow Lite segmenter, run by MediaPipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from automask.masks.arrays import at_most, to_bytes
from automask.masks.soft import SoftMasks
from automask.masks.sources import class_probs
from automask.masks.sources.class_probs import Merge, first_line
from automask.mediapipe.silence import quiet

MAGIC = b"TFL3"  # bytes 4 to 8 of every model
METADATA = b"TFLITE_METADATA"
LONGEST = 512  # px of the longer side a model is shown; their inputs are half as large


@dataclass(frozen=True)
class TfliteSegmenter:
    """Class probabilities of any segmenter that MediaPipe's tasks can run.

    Args:
        model: A .tflite file with metadata: DeepLab-v3, selfie segmenter, selfie
            multiclass, hair segmenter.
        names: Of the classes, a list or a text file; null takes those in the model.
            Classes named "_" are left out.
        merge: New names, each for a list of classes to be added up.
        cutoff: Probability below which a class is ignored at a pixel.
        activation: What turns the model's output into probabilities: "auto", "softmax",
            "sigmoid" or "none". Models differ: of Google's, DeepLab puts out logits and
            the selfie segmenters probabilities. "auto" looks at the range.

    Raises:
        ValueError: If the file is no such model, or the names do not fit it.
        OSError: If a file cannot be read.
    """

    model: str | None
    names: str | Sequence[str] | None = None
    merge: Merge = field(default_factory=dict)
    cutoff: float = 0.0
    activation: str = "auto"

    def __post_init__(self) -> None:
        class_probs.check_settings(self.cutoff, self.activation)
        if not isinstance(self.model, str) or not self.model:
            raise ValueError(
                "no TensorFlow Lite model given; name its file, for instance "
                "masks.sources.objects.model=deeplab_v3.tflite"
            )

    def __call__(self, image: Tensor) -> SoftMasks:
        """Masks of a (1, 3, H, W) image in [0, 1]."""
        assert self.model is not None
        values, labels = run_model(self.model, at_most(to_bytes(image), LONGEST, 1))
        if self.names is None and not labels:
            raise ValueError(
                f"'{self.model}' does not name its classes; give names=[..]"
            )
        names = class_probs.class_names(labels if self.names is None else self.names)
        values = class_probs.enlarged(values, image)
        probs = class_probs.probabilities(values, self.activation)
        return class_probs.class_masks(
            names, probs, image, self.model, self.merge, self.cutoff
        )


def run_model(model: str, pixels: np.ndarray) -> tuple[Tensor, list[str]]:
    """(K, h, w) of what the model puts out for (h, w, 3) bytes, and its labels."""
    content = checked(model)
    with quiet():
        from mediapipe import Image, ImageFormat
        from mediapipe.tasks.python import BaseOptions, vision

        options = vision.ImageSegmenterOptions(
            base_options=BaseOptions(model_asset_buffer=content),
            output_confidence_masks=True,
            output_category_mask=False,
        )
        try:
            with vision.ImageSegmenter.create_from_options(options) as segmenter:
                found = segmenter.segment(Image(ImageFormat.SRGB, pixels))
                maps = [np.array(each.numpy_view()) for each in found.confidence_masks]
                labels = list(segmenter.labels)
        except (RuntimeError, ValueError) as error:
            raise ValueError(
                f"'{model}' is no segmenter: {first_line(error)}"
            ) from None
    if not all(np.isfinite(each).all() for each in maps):
        raise ValueError(f"'{model}' puts out values that are no numbers")
    planes = np.stack(maps).reshape(len(maps), *pixels.shape[:2])
    return torch.from_numpy(planes.astype(np.float32)), labels


def checked(model: str) -> bytes:
    """The model's bytes, if MediaPipe can be trusted with them.

    A file without metadata ends the whole process from within, so it is never run.
    """
    path = Path(model)
    if not path.is_file():
        raise ValueError(f"no TensorFlow Lite model at '{model}'")
    content = path.read_bytes()
    if content[4:8] != MAGIC:
        raise ValueError(f"'{model}' is no TensorFlow Lite model (.tflite)")
    if METADATA not in content:
        raise ValueError(
            f"'{model}' has no metadata, which MediaPipe needs; take the file from "
            "MediaPipe's list of image segmenters, or add it with their metadata writer"
        )
    return content
