"""The error class for mistakes that a person must correct."""


class UserError(Exception):
    """Its message says in one paragraph what is wrong, where, and what to do; it is shown without a stack."""
