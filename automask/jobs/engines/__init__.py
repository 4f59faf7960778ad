"""Who does the items of a batch: this process, several, a Ray cluster."""
