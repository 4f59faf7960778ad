"""Networks whose activations describe an image, and their layers."""
