"""Panels of the page forecast."""
