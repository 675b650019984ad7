"""What a person who runs klant360 can put right."""


class UserError(Exception):
    """A command cannot do what was asked: the message is a sentence that says why, and what to do."""
