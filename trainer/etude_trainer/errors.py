"""The one error a person is meant to read: what is wrong, where, and what to do, in one paragraph and without a stack."""


class UserError(Exception):
    pass
