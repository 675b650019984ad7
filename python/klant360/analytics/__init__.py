"""The Python marts: cohorts and transitions."""
