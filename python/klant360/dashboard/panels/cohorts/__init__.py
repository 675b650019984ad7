"""Panels of the page cohorts."""
