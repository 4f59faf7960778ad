"""Which style patch each patch of the image is compared with."""
