"""Text and names as SQL, for statements in which DuckDB takes no parameters, such as settings."""


def quoted(text: object) -> str:
    """Return a text as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a name, such as that of a column or a database, as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'
