"""Networks that paint in one style at one pass."""
