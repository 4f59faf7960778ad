"""The figures of the papers as sheets of rows and columns."""
