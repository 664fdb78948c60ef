"""What a decoded CBOR value must look like. A shape is a function: it returns the value or refuses it."""

from errors import FormatError

FIRST_IGNORABLE_KEY = 64
MAX_U64 = (1 << 64) - 1


def uint(value):
    if type(value) is not int or value < 0:
        raise FormatError("expected an unsigned integer")
    return value


def integer(value):
    if type(value) is not int:
        raise FormatError("expected an integer")
    return value


def text(value):
    if type(value) is not str:
        raise FormatError("expected a text")
    return value


def octets(value):
    if type(value) is not bytes:
        raise FormatError("expected a byte string")
    return value


def true(value):
    if value is not True:
        raise FormatError("expected true")
    return value


def within(low, high):
    def shape(value):
        if not low <= uint(value) <= high:
            raise FormatError(f"expected {low} to {high}, found {value}")
        return value
    return shape


def exactly(expected):
    def shape(value):
        if type(value) is not type(expected) or value != expected:
            raise FormatError(f"expected {expected!r}")
        return value
    return shape


def fixed(size):
    def shape(value):
        if len(octets(value)) != size:
            raise FormatError(f"expected {size} bytes, found {len(value)}")
        return value
    return shape


def records(size):
    """A byte string cut into records of a fixed size."""
    def shape(value):
        if len(octets(value)) % size:
            raise FormatError(f"expected a multiple of {size} bytes")
        return [value[i:i + size] for i in range(0, len(value), size)]
    return shape


def nullable(inner):
    def shape(value):
        return None if value is None else inner(value)
    return shape


def array(inner, most=None):
    def shape(value):
        if type(value) is not list:
            raise FormatError("expected an array")
        if most is not None and len(value) > most:
            raise FormatError(f"more than {most} elements")
        return [inner(element) for element in value]
    return shape


def row(*inner):
    """An array with one shape for each place."""
    def shape(value):
        if type(value) is not list or len(value) != len(inner):
            raise FormatError(f"expected an array of {len(inner)}")
        return tuple(check(element) for check, element in zip(inner, value))
    return shape


def mapping(inner):
    """A map whose keys are data (user ids, group ids), not fields."""
    def shape(value):
        if type(value) is not dict:
            raise FormatError("expected a map")
        return {key: inner(element) for key, element in value.items()}
    return shape


def record(title, required, optional=None):
    """A map of numbered fields; gives a dictionary by name, None for an optional field that is absent."""
    optional = optional or {}
    fields = {**required, **optional}

    def shape(value):
        if type(value) is not dict:
            raise FormatError(f"{title}: expected a map")
        result = dict.fromkeys((name for name, _ in optional.values()), None)
        for key, element in value.items():
            if key in fields:
                name, inner = fields[key]
                result[name] = _field(title, key, inner, element)
            elif key < FIRST_IGNORABLE_KEY:
                raise FormatError(f"{title}: unknown critical key {key}")
        for key, (name, _) in required.items():
            if key not in value:
                raise FormatError(f"{title}: key {key} ({name}) is missing")
        return result
    return shape


def _field(title, key, inner, element):
    try:
        return inner(element)
    except FormatError as error:
        raise FormatError(f"{title}, key {key}: {error}") from error


def ascending(values, title):
    """Refuses values that repeat or do not ascend."""
    for before, after in zip(values, values[1:]):
        if not before < after:
            raise FormatError(f"{title}: not ascending")
