"""Benchmarks that anyone can run; they print ratios measured in one run, never absolute verdicts."""
