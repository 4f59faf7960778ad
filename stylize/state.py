"""What painting needs to go on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

State = dict[str, Any]
"""Plain values and tensors. The tensors are those at work, which the next step changes:
whoever is handed a state writes or copies it at once."""
SaveState = Callable[[State], None]
MISFIT = (
    "what was kept of this painting does not fit it; delete the checkpoint to begin "
    "anew"
)
EVERY = 10  # steps from one state to the next; a level's end has one as well
