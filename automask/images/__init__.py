"""Picture files: formats, decoding, colour, transparency; written whole or not."""
