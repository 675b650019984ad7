"""Errors that the user of klant360 can correct, each with the exit code that docs/pipelines.md lists."""


class UserError(Exception):
    """A command cannot do what was asked: the message says why and what to do."""

    exit_code = 1


class CommandError(UserError):
    """The command line is wrong."""

    exit_code = 2


class InputError(UserError):
    """The settings or the delivered files cannot be used until a person corrects them."""

    exit_code = 3
