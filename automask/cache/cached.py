"""Parts that remember: mask sources and encoders that look at a picture once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from omegaconf import DictConfig, OmegaConf
from torch import Tensor

from automask.cache.store import Entry, Memo
from automask.masks.pair import PairMasks
from automask.masks.soft import MaskSource, SoftMasks
from stylize.encoders.encoder import Encoder, Wrapper


class RememberedSource:
    """A mask source that looks at a picture once.

    Args:
        source: Image -> masks.
        config: What describes it.
        memo: Where its masks are kept.
    """

    def __init__(self, source: MaskSource, config: Any, memo: Memo) -> None:
        self.source, self.config, self.memo = source, config, memo

    def __call__(self, image: Tensor) -> SoftMasks:
        """Masks of an image, (1, 3, H, W) in [0, 1]."""
        key = content_key("found", self.config, [image])

        def found() -> Entry:
            return _entry([self.source(image)])

        return _masks(self.memo("masks found", key, found, shared=True))[0]


class RememberedPair:
    """Masks of a content and its styles that are chosen and refined once.

    Args:
        pair: (content, styles) -> masks of each.
        config: What describes it.
        memo: Where its masks are kept.
    """

    def __init__(self, pair: PairMasks, config: Any, memo: Memo) -> None:
        self.pair, self.config, self.memo = pair, config, memo

    def __call__(
        self, content: Tensor, styles: Sequence[Tensor], *wanted: Any
    ) -> tuple[SoftMasks, list[SoftMasks]]:
        """Masks as the pair has them."""
        key = content_key("chosen", [self.config, wanted], [content, *styles])

        def chosen() -> Entry:
            first, others = self.pair(content, styles, *wanted)
            return _entry([first, *others])

        first, *others = _masks(self.memo("masks chosen", key, chosen, shared=True))
        return first, others


class RememberedEncoder(Wrapper):
    """An encoder that encodes a fixed image once; the one being painted is not kept.

    Args:
        encoder: A network of ``stylize``.
        config: What describes it.
        memo: Where activations are kept.
    """

    def __init__(self, encoder: Encoder, config: Any, memo: Memo) -> None:
        super().__init__(encoder)
        self.config, self.memo = config, memo

    def __call__(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Activations as the encoder has them."""
        if image.requires_grad:
            return self.encoder(image, layers)
        what = {"config": self.config, "sha256": self.sha256, "layers": list(layers)}
        key = content_key("features", what, [image])

        def encoded() -> Entry:
            return Entry(self.encoder(image, layers))

        return dict(self.memo("features", key, encoded, shared=False).tensors)


def remembering(memo: Memo) -> dict[str, Callable[[Any, DictConfig], Any]]:
    """What ``Parts`` does to each kind of part so that it uses the memo."""

    def masks(pair: Any, config: DictConfig) -> Any:
        if not isinstance(pair, PairMasks) or not pair.sources:
            return pair  # nothing is sought
        described = _plain(config)
        wrapped = {
            name: RememberedSource(source, described["sources"][name], memo)
            for name, source in pair.sources.items()
        }
        return RememberedPair(replace(pair, sources=wrapped), described, memo)

    def encoder(part: Any, config: DictConfig) -> Any:
        return RememberedEncoder(part, _plain(config), memo)

    return {"masks": masks, "encoder": encoder}


def content_key(kind: str, config: Any, images: Sequence[Tensor]) -> str:
    """Digits that stand for a kind of result, what makes it, and images' pixels."""
    forms = [[list(each.shape), str(each.dtype), str(each.device)] for each in images]
    head = json.dumps([kind, config, forms], sort_keys=True, default=str)
    digest = hashlib.sha256(head.encode())
    for image in images:
        digest.update(image.detach().cpu().contiguous().numpy().data)
    return digest.hexdigest()


def _plain(config: DictConfig) -> Any:
    return OmegaConf.to_container(config, resolve=True)


def _entry(masks: Sequence[SoftMasks]) -> Entry:
    flat = [each for one in masks for each in one.with_unmatched]
    tensors = {str(number): each.probs for number, each in enumerate(flat)}
    tensors |= {
        f"{number} landmarks": each.landmarks
        for number, each in enumerate(flat)
        if each.landmarks is not None
    }
    words = [[each.names, each.sources, each.unmatched is not None] for each in flat]
    return Entry(tensors, {"masks": json.dumps(words)})


def _masks(entry: Entry) -> list[SoftMasks]:
    words = json.loads(entry.words["masks"])
    flat = iter(  # unmatched regions come right behind their picture
        (
            SoftMasks(
                *(tuple(names), entry.tensors[str(number)], tuple(sources)),
                landmarks=entry.tensors.get(f"{number} landmarks"),
            ),
            more,
        )
        for number, (names, sources, more) in enumerate(words)
    )
    return [replace(each, unmatched=next(flat)[0]) if m else each for each, m in flat]
