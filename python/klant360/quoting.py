"""Text as SQL, where DuckDB takes no parameter: in settings, attachments and comments."""


def quoted(text: object) -> str:
    """Return a text as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"
