"""The usual ways of matching neural patches, to be measured beside ours.

pystiche is that of its released package (pip install -e '.[bench]'). It was written for
an older torchvision, of which it asks two tables of addresses that it never uses here.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from collections import defaultdict
from typing import Any

import torch.nn.functional as F
from torch import Tensor


def pystiche() -> Any:
    """The released package, imported with what it lacks.

    Raises:
        SystemExit: If it is not installed.
    """
    for model in ("vgg", "alexnet"):
        module = importlib.import_module(f"torchvision.models.{model}")
        module.model_urls = defaultdict(str)  # type: ignore[attr-defined]
    os.environ.setdefault("PYSTICHE_HOME", tempfile.mkdtemp())  # it makes that folder
    try:
        import pystiche
    except ModuleNotFoundError:
        raise SystemExit(
            "the peer pystiche is not installed: pip install -e '.[bench]'"
        ) from None
    return pystiche


def unfolded(features: Tensor) -> Tensor:
    """(C, H, W) to (patches, 9 C)."""
    return F.unfold(features[None], 3)[0].T


def by_pystiche(query: Tensor, style: Tensor) -> Tensor:
    """The search of pystiche's MRF loss."""
    library = pystiche()
    patches = [library.extract_patches2d(x[None], 3, 1) for x in (query, style)]
    likeness = library.cosine_similarity(*patches, batched_input=True)
    return likeness[0].argmax(dim=-1)


def by_unfold(query: Tensor, style: Tensor) -> Tensor:
    """All patches as rows of two matrices."""
    return (unfolded(query) @ F.normalize(unfolded(style), dim=1).T).argmax(dim=1)


SEARCHES = {"pystiche": by_pystiche, "unfold": by_unfold}
