"""automask from Python: paint a picture, find masks, without a command line."""

from automask.api.calls import find_masks, paint
from automask.api.painting import Cancelled, Painting, Step

__all__ = ["Cancelled", "Painting", "Step", "find_masks", "paint"]
