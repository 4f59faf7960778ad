"""``python -m automask`` does the same as ``python -m automask.run``."""

import sys

from automask.run import main

sys.exit(main())
