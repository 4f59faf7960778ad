"""Batches: the list of work, its manifest, and the engines that do it.

Nothing here loads torch but the worker, and it late: the process that keeps the list
stays small.
"""

from automask.batching.cluster import Ray
from automask.batching.inline import Inline
from automask.batching.pool import Pool

__all__ = ["Inline", "Pool", "Ray"]
