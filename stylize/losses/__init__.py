"""The terms of the energy: patches, Gram matrices, content, smoothness, realism."""
