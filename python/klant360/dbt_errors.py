"""What klant360 raises inside dbt, which prints it without a traceback."""

from dbt_common.exceptions import DbtRuntimeError


class UnusableError(DbtRuntimeError):
    """The settings or the delivery cannot be used: the message says what to correct."""
