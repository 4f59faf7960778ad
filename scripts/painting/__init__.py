"""Painterly rendering: strokes, canvas and the scenes of the shipped style images."""
