"""Persons without any download: body, skin, hair, clothing, face parts."""
