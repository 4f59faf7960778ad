"""The page in Chromium, for pictures of it and for measurements."""
