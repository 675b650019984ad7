"""Panels of the page overview."""
