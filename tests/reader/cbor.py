"""Deterministic CBOR (FORMAT.md, section 1): everything that is not the one encoding is refused."""

from errors import FormatError

# The deepest structure of the format nests five arrays and maps; beyond this only an attack goes.
MAX_DEPTH = 16
SIMPLE = {20: False, 21: True, 22: None}


def decode(data):
    """The one item that data encodes."""
    value, end = _item(data, 0, 0)
    if end != len(data):
        raise FormatError("CBOR: bytes after the item")
    return value


def decode_prefix(data, at):
    """(the item that begins at an offset, the offset behind it), whatever follows."""
    return _item(data, at, 0)


def _head(data, at):
    """(major type, argument, offset behind the head)."""
    if at >= len(data):
        raise FormatError("CBOR: truncated")
    initial = data[at]
    major, info = initial >> 5, initial & 31
    at += 1
    if info < 24:
        return major, info, at
    if info > 27:
        raise FormatError("CBOR: indefinite length or reserved head")
    if major == 7:
        raise FormatError("CBOR: float or long simple value")
    size = 1 << (info - 24)
    if at + size > len(data):
        raise FormatError("CBOR: truncated")
    argument = int.from_bytes(data[at:at + size], "big")
    smallest = 24 if size == 1 else 1 << (4 * size)
    if argument < smallest:
        raise FormatError("CBOR: an integer or length that is not the shortest")
    return major, argument, at + size


def _item(data, at, depth):
    major, argument, at = _head(data, at)
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major == 2 or major == 3:
        return _string(data, at, argument, major)
    if major == 4 or major == 5:
        if depth == MAX_DEPTH:
            raise FormatError("CBOR: nested too deep")
        # Each element takes at least one byte, so no count can make the reader take more memory than it was given.
        if argument > len(data) - at:
            raise FormatError("CBOR: truncated")
        return (_array if major == 4 else _map)(data, at, argument, depth + 1)
    if major == 6:
        raise FormatError("CBOR: tag")
    if argument not in SIMPLE:
        raise FormatError("CBOR: unknown simple value")
    return SIMPLE[argument], at


def _string(data, at, size, major):
    if size > len(data) - at:
        raise FormatError("CBOR: truncated")
    value = data[at:at + size]
    if major == 3:
        try:
            value = value.decode("utf-8")
        except UnicodeDecodeError as error:
            raise FormatError("CBOR: text that is not UTF-8") from error
    return value, at + size


def _array(data, at, count, depth):
    values = []
    for _ in range(count):
        value, at = _item(data, at, depth)
        values.append(value)
    return values, at


def _map(data, at, count, depth):
    values = {}
    previous = -1
    for _ in range(count):
        major, key, at = _head(data, at)
        if major != 0:
            raise FormatError("CBOR: a map key that is not an unsigned integer")
        if key <= previous:
            raise FormatError("CBOR: map keys that repeat or do not ascend")
        previous = key
        values[key], at = _item(data, at, depth)
    return values, at
