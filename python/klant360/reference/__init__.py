"""Reference data from outside."""
