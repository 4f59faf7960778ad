"""What painting computes is alike on any number of threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from stylize.deterministic import dot, elementwise, mean, total
from stylize.encoders.frozen_layers import conv_silu
from stylize.losses.gram import gram, guided_grams
from stylize.optimize.preconditioner import preconditioner

THREADS = (1, 2, 3, 4, 7)


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def _gradient(function, x: Tensor) -> Tensor:
    x = x.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(function(x).square().sum(dim=0).max(), x)
    return gradient


def _conv(x: Tensor) -> Tensor:
    weight = torch.linspace(-1, 1, 8 * 3 * 9).view(8, 3, 3, 3)
    return conv_silu(x, weight, torch.zeros(8))


@pytest.mark.parametrize("shape", [(1, 3, 222, 333), (1, 3, 64, 64), (1, 3, 111, 167)])
@pytest.mark.parametrize(
    "operation",
    [
        total,
        mean,
        lambda x: dot(x, x.flip(3)),
        lambda x: total(x.contiguous(memory_format=torch.channels_last)),
        lambda x: elementwise(torch.ops.aten.silu.out, x),
        lambda x: preconditioner(x, 0.5)(x),
        _conv,
        lambda x: _gradient(_conv, x),
        lambda x: _gradient(gram, x.repeat(1, 4, 1, 1)[:, :11]),
        lambda x: _gradient(lambda f: guided_grams(f, x[0, :2].abs())[0], x),
    ],
    ids=["total", "mean", "dot", "channels last", "silu", "preconditioner"]
    + ["convolution", "its gradient", "gradient of a Gram matrix", "of a guided one"],
)
def test_an_operation_gives_the_same_bits_on_any_number_of_threads(
    operation, shape: tuple[int, ...]
) -> None:
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 3
    found = []
    for threads in THREADS:
        torch.set_num_threads(threads)
        found.append(operation(x))
    assert all(torch.equal(found[0], each) for each in found[1:])


def test_sums_are_those_of_torch() -> None:
    x = torch.randn(2, 5, 33, 41, dtype=torch.float64)
    assert total(x).item() == pytest.approx(x.sum().item())
    assert mean(x).item() == pytest.approx(x.mean().item())
    assert dot(x, x.abs()).item() == pytest.approx((x * x.abs()).sum().item())


def test_an_elementwise_operation_keeps_each_element_in_its_place() -> None:
    x = torch.randn(1, 5, 130, 131)
    turned = x.contiguous(memory_format=torch.channels_last)
    wanted = torch.nn.functional.silu(x)
    for given in (x, turned, x.transpose(2, 3)):
        made = elementwise(torch.ops.aten.silu.out, given)
        assert torch.allclose(made, torch.nn.functional.silu(given), atol=1e-6)
    both = elementwise(lambda a, b, out: torch.sub(a, b, out=out), turned, wanted)
    assert torch.allclose(both, x - wanted)
