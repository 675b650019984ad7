"""Build, audit and publish."""
