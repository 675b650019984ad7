"""A look at a sources folder before it is built."""
