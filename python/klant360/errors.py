"""Errors that the user of klant360 can correct."""


class UserError(Exception):
    """A command cannot do what was asked: the message says why and what to do."""
