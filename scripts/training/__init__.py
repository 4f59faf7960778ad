"""What scripts/train_parts.py trains on: labelled portraits and their alterations."""
