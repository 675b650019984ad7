"""The page: its template, style and script, put together into one file."""
