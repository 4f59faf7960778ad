"""Parts of scripts/measure_film.py."""
