"""Signed updates, and going back by itself."""
