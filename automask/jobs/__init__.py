"""Batches and sweeps: items, their manifest, and the engines that paint them.

Nothing here loads torch but the worker, and it late: the process that keeps the list
stays small.
"""

from automask.jobs.engines.inline import Inline
from automask.jobs.engines.process_pool import Pool
from automask.jobs.engines.ray import Ray
from automask.jobs.engines.slurm import Slurm

__all__ = ["Inline", "Pool", "Ray", "Slurm"]
