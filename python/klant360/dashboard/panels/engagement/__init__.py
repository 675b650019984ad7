"""Panels of the page engagement."""
