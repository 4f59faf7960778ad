"""A step of painting never waits for the device, but where matches are searched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
import torch
from planted import generator, smooth_picture
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from automask.pipeline.encoder_weights import lite
from stylize import (
    MRF,
    Content,
    Every,
    Gram,
    GuidedGram,
    Hold,
    Picture,
    Pyramid,
    Step,
    Strokes,
    Stylizer,
    TotalVariation,
)
from stylize.losses import gram
from stylize.matching import coherence, propagation
from stylize.matching.nearest import index_styles, nearest_patches
from stylize.optimize import lbfgs
from stylize.waiting import Later

READS = ("_local_scalar_dense", "nonzero", "masked_select", "equal", "lift_fresh")
STEPS = 8


class NoWaiting(TorchDispatchMode):
    """Refuses what a GPU has to be waited for, though here a CPU does the work."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        name = func.overloadpacket.__name__
        picks = name.startswith("index") and any(
            isinstance(each, Tensor) and each.dtype == torch.bool
            for each in (args[1] if isinstance(args[1], list | tuple) else args[1:2])
        )
        if picks or name.startswith("unique") or name in READS:
            raise AssertionError(f"{name} waits for the device")
        return func(*args, **(kwargs or {}))


@contextmanager
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refused(*_: object) -> None:
        raise AssertionError("a copy to the processor waits for the device")

    with monkeypatch.context() as patched, NoWaiting():
        for name in ("tolist", "numpy", "cpu"):  # which on a CPU call no operator
            patched.setattr(Tensor, name, refused)
        yield


@pytest.mark.parametrize(
    "read",
    [
        float,
        lambda x: bool((x > 0).any()),
        lambda x: x.tolist(),
        lambda x: x.cpu(),
        lambda x: x.nonzero(),
        lambda x: x.view(1)[x.view(1) > 0],
        lambda x: x.view(1).index_put_((x.view(1) > 0,), x),
        lambda x: x.new_tensor([1.0]),
    ],
)
def test_what_waits_is_noticed(monkeypatch, read: Callable[[Tensor], object]):
    x = torch.ones(())
    with no_waiting(monkeypatch), pytest.raises(AssertionError, match="waits"):
        read(x)


def painter() -> Stylizer:
    """All that the default has, and Gram matrices beside it."""
    layers = ["relu3_1", "relu4_1"]
    texture = {"pixels": 0.1, "relu3_1": 1.0}
    terms = {
        "style": MRF(
            1.0,
            layers,
            20.0,
            blocks={"relu3_1": 3.0},
            refresh=Every(STEPS + 1, propagates=True),
            hold=Hold(),
            strokes=Strokes(),
        ),
        "content": Content(0.5, layers, structure=0.6),
        "smoothness": TotalVariation(0.5),
        "gram": Gram(0.1, texture),
        "guided": GuidedGram(0.1, texture),
    }
    return Stylizer(lite(), terms, Pyramid(1), [STEPS], strength=0.8)


def as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (propagation, gram, lbfgs):
        monkeypatch.setattr(module, "at_once", lambda x: False)
    read = Later.__bool__

    def read_later(number: Later) -> bool:
        with _disable_current_modes():  # it has been copied before
            return read(number)

    monkeypatch.setattr(Later, "__bool__", read_later)


def halves(seed: int) -> Picture:
    image = smooth_picture(seed, 64, 64)
    masks = torch.zeros(2, 64, 64)
    masks[0, :, :32], masks[1, :, 32:] = 1, 1
    return Picture(image, masks, ("left", "right"))


def test_no_step_waits_between_searches(monkeypatch):
    as_on_a_gpu(monkeypatch)
    watch, seen = ExitStack(), []

    def on_step(step: Step) -> None:
        seen.append(step.iteration)
        if step.iteration == 2:  # the first ones set the scale, and make a sketch
            watch.enter_context(no_waiting(monkeypatch))
        if step.iteration == STEPS:
            watch.close()

    with watch:
        result = painter()(halves(1), [halves(2)], on_step=on_step)
    assert seen == [*range(1, STEPS + 1)]
    energies = result.levels[0]
    assert sum(energies.losses.values()) < sum(energies.first_losses.values())


def test_the_picture_is_the_same_where_all_patches_are_looked_at(monkeypatch):
    own = painter()(halves(1), [halves(2)])
    as_on_a_gpu(monkeypatch)
    other = painter()(halves(1), [halves(2)])
    assert other.levels[0].crossing == own.levels[0].crossing
    assert (other.image - own.image).abs().max() < 1e-3


def test_matches_are_the_same_where_all_patches_are_looked_at(monkeypatch):
    rng = generator()
    style, query, later = torch.randn(3, 8, 20, 24, generator=rng)
    index = index_styles([style])
    nearest = nearest_patches(query, index)
    moved = torch.lerp(query, later, 0.5)

    def found() -> tuple[Tensor, Tensor]:
        spread = propagation.propagate(moved, nearest, index, None)
        options = {"worth": 0.5, "sweeps": 2, "channels": 8}
        return spread, coherence.coherent(moved, spread, index, **options)

    own = found()
    as_on_a_gpu(monkeypatch)
    other = found()
    assert not own[0].equal(nearest) and not own[1].equal(own[0])
    assert own[0].equal(other[0]) and own[1].equal(other[1])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_no_step_waits_for_a_card():
    cuda = torch.device("cuda")
    encoder = lite().to(cuda)
    content, style = (
        Picture(each.image.to(cuda), each.masks.to(cuda), each.names)
        for each in (halves(1), halves(2))
    )

    def on_step(step: Step) -> None:
        waits = 2 <= step.iteration < STEPS
        torch.cuda.set_sync_debug_mode("error" if waits else "default")

    made = painter()
    Stylizer(
        encoder, made.terms, made.pyramid, made.iterations, strength=made.strength
    )(content, [style], on_step=on_step)
