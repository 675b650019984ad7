"""From delivered files to source tables in the warehouse."""
