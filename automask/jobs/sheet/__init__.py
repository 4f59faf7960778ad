"""Contact sheets and tables."""
