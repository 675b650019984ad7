"""The dashboard: one HTML file, from the tables of a publication alone."""
