"""Mask sources and encoders that look at each picture once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from automask.cache.components import Wrap
from automask.cache.store import Cache, Entry
from automask.masks.pair import PairMasks
from automask.masks.soft import MaskSource, SoftMasks
from stylize.encoders.encoder import Encoder, Wrapper

Pair = Callable[..., tuple[SoftMasks, list[SoftMasks]]]
"""A callable (content, styles, asked names) -> masks of each, as ``PairMasks``."""


def caching(cache: Cache) -> dict[str, Wrap]:
    """What ``Components`` wraps components in, by kind, so that they use the cache."""

    def masks(pair: Any, config: DictConfig) -> Any:
        if not isinstance(pair, PairMasks) or not pair.sources:
            return pair  # nothing is sought
        described: Any = OmegaConf.to_container(config, resolve=True)
        sources = {
            name: cached_source(source, described["sources"][name], cache)
            for name, source in pair.sources.items()
        }
        return CachedPair(replace(pair, sources=sources), described, cache)

    def encoder(network: Encoder, config: DictConfig) -> Encoder:
        described = OmegaConf.to_container(config, resolve=True)
        return CachedEncoder(network, described, cache)

    return {"masks": masks, "encoder": encoder}


def cached_source(source: MaskSource, config: Any, cache: Cache) -> MaskSource:
    """A mask source that looks at each picture once.

    Args:
        source: Image -> masks.
        config: What describes it.
        cache: Where its masks are kept.
    """

    def find(image: Tensor) -> SoftMasks:
        key = content_key("found", config, [image])
        entry = cache("masks found", key, lambda: _entry([source(image)]), shared=True)
        return _masks(entry)[0]

    return find


@dataclass(frozen=True)
class CachedPair:
    """Masks of a content and its styles that are chosen and refined once.

    Args:
        pair: (content, styles, asked names) -> masks of each.
        config: What describes it.
        cache: Where its masks are kept.
    """

    pair: Pair
    config: Any
    cache: Cache

    def __call__(
        self, content: Tensor, styles: Sequence[Tensor], asked: Collection[str] = ()
    ) -> tuple[SoftMasks, list[SoftMasks]]:
        """Masks as the pair has them."""
        key = content_key("chosen", [self.config, asked], [content, *styles])

        def chosen() -> Entry:
            first, others = self.pair(content, styles, asked)
            return _entry([first, *others])

        first, *others = _masks(self.cache("masks chosen", key, chosen, shared=True))
        return first, others


class CachedEncoder(Wrapper):
    """An encoder that encodes a fixed image once; the one being painted is not kept.

    Args:
        encoder: A network of ``stylize``.
        config: What describes it.
        cache: Where activations are kept.
    """

    def __init__(self, encoder: Encoder, config: Any, cache: Cache) -> None:
        super().__init__(encoder)
        self.config, self.cache = config, cache

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations as the encoder has them."""
        if image.requires_grad:
            return self.encoder(image, layers)
        what = {"config": self.config, "sha256": self.sha256, "layers": list(layers)}
        key = content_key("features", what, [image])
        entry = self.cache(
            "features", key, lambda: Entry(self.encoder(image, layers)), shared=False
        )
        return dict(entry.tensors)


def content_key(kind: str, config: Any, images: Sequence[Tensor]) -> str:
    """Digits that stand for a kind of result, what makes it, and images' pixels."""
    forms = [[list(each.shape), str(each.dtype), str(each.device)] for each in images]
    head = json.dumps([kind, config, forms], sort_keys=True, default=str)
    digest = hashlib.sha256(head.encode())
    for image in images:
        digest.update(image.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()


def _entry(masks: Sequence[SoftMasks]) -> Entry:
    flat = [each for one in masks for each in one.with_unmatched]
    tensors = {str(number): each.probs for number, each in enumerate(flat)}
    tensors |= {
        f"{number} landmarks": each.landmarks
        for number, each in enumerate(flat)
        if each.landmarks is not None
    }
    words = [
        [each.names, each.sources, each.confidence, each.unmatched is not None]
        for each in flat
    ]
    return Entry(tensors, {"masks": json.dumps(words)})


def _masks(entry: Entry) -> list[SoftMasks]:
    words = json.loads(entry.metadata["masks"])
    flat = iter(  # unmatched regions come right behind their picture
        (
            SoftMasks(
                *(tuple(names), entry.tensors[str(number)], tuple(sources)),
                landmarks=entry.tensors.get(f"{number} landmarks"),
                confidence=tuple(confidence),
            ),
            more,
        )
        for number, (names, sources, confidence, more) in enumerate(words)
    )
    return [replace(each, unmatched=next(flat)[0]) if m else each for each, m in flat]
