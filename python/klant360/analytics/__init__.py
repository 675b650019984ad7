"""The Python marts: cohorts, transitions, campaigns and experiments."""
