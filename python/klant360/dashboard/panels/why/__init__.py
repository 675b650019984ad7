"""Panels of the page why."""
