"""Compares a publication with the one that it replaces: its changes.md."""
