"""From typed words to a configuration, and from errors to one clear line."""
