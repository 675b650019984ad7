"""Masked figures that several panels share. What belongs together is masked together."""
