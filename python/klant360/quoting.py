"""Text as SQL, for statements in which DuckDB takes no parameters: settings, attachments and comments."""


def quoted(text: object) -> str:
    """Return a text as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"
