"""Benchmarks that anyone can run; they print ratios taken in one run, never a verdict on a clock."""
