"""Panels of the page segments."""
