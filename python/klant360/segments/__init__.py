"""What other rules for segments would do."""
