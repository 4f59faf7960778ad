"""A sweep's parts: its grid, its jobs, what they report, the sheet and the tables."""
