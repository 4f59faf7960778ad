"""Files, folders, locks, streams, signals, memory: what the system offers."""
