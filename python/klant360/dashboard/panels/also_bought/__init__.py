"""Panels of the page also_bought."""
