"""The painting's own fine detail and contrast, given back at the end."""
