"""``python -m automask`` does the same as ``python -m automask.run``."""

from automask.run import program

program()
