"""Panels of the page service."""
