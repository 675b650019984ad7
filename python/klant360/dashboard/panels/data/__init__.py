"""Panels of the page data."""
