"""Panels of the page movement."""
