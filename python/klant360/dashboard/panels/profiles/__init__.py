"""Panels of the page profiles."""
