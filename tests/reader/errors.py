"""What can go wrong while reading. Every refusal of the format is one of these."""


class ReadError(Exception):
    """Base of everything this reader raises on purpose."""


class FormatError(ReadError):
    """Bytes that the format does not allow."""


class MalformedKey(FormatError):
    """A recovery key that was mistyped."""


class WrongKey(ReadError):
    """The key commitment does not match: another key sealed this object."""


class Damaged(ReadError):
    """The right key, but bytes that were changed, or a name that is not the hash."""


class Missing(ReadError):
    """An object or a blob that something names is not there."""
