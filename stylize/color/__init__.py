"""Transfer of colours before, between and after the levels."""
