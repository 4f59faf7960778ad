"""One run: read, find masks, paint, write."""
