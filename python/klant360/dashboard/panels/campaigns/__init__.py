"""Panels of the page campaigns."""
