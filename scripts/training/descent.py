"""Steps of a network in training, averaged over the last, and its file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

DECAY = 0.99  # of the average, a step


def descended(
    net: nn.Module,
    optimizer: torch.optim.Optimizer,
    schedule: LRScheduler,
    steps: int,
    loss_at: Callable[[int], Tensor],
    name: str,
    keep: Callable[[nn.Module], None] = lambda averaged: None,
) -> nn.Module:
    """The network after so many steps, averaged over the last ones.

    Args:
        net: In training.
        optimizer: Of its weights.
        schedule: Of the optimizer's rates.
        steps: How many.
        loss_at: The loss of a step, from 1.
        name: Before each line of progress.
        keep: Called with the average so far after each line.
    """
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    begun, recent = perf_counter(), 0.0
    for step in range(1, steps + 1):
        loss = loss_at(step)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        averaged.update_parameters(net)
        recent = 0.98 * recent + 0.02 * loss.item()
        if step % 100 == 0:
            spent = perf_counter() - begun
            print(
                f"{name} {step}/{steps} loss {recent / (1 - 0.98**step):.4f} "
                f"{spent:.0f} s, {spent / step * (steps - step) / 60:.1f} min left",
                flush=True,
            )
            keep(averaged.module)
    return averaged.module.eval()


def write_weights(net: nn.Module, out: Path) -> None:
    """Write a network's weights, float16."""
    out.parent.mkdir(parents=True, exist_ok=True)
    state = {key: v.half().contiguous() for key, v in net.state_dict().items()}
    save_file(state, out)
    print(f"{out}: {out.stat().st_size / 2**20:.2f} MiB", flush=True)
