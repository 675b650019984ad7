"""Panels of the page channels."""
