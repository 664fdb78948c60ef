"""Pages and entries as they are stored (FORMAT.md, sections 9.1 and 9.2)."""

import cbor
from errors import FormatError
from schema import array, ascending, exactly, fixed, integer, mapping, nullable, octets, record, records, row, text, true, uint, within

FILE, DIRECTORY, SYMLINK, FIFO, SOCKET, CHARACTER_DEVICE, BLOCK_DEVICE = range(1, 8)
ENTRIES, INNER, GRAFTS, INNER_GRAFTS = range(4)
MAX_LEVEL = 8
BLOB_ID = fixed(16)
NANOSECONDS = within(0, 999_999_999)


def name(value):
    if not 1 <= len(octets(value)) <= 255 or value in (b".", b"..") or b"/" in value or b"\0" in value:
        raise FormatError(f"not a name: {value[:255]!r}")
    return value


METADATA = {
    1: ("kind", within(FILE, BLOCK_DEVICE)), 2: ("mode", within(0, 0o7777)), 3: ("user", uint), 4: ("group", uint),
    5: ("mtime", integer), 6: ("mtime_ns", NANOSECONDS), 7: ("ctime", integer), 8: ("ctime_ns", NANOSECONDS), 9: ("inode", uint),
}
MORE = {
    10: ("device", uint), 11: ("links", uint), 15: ("attributes", array(row(octets, octets))),
    21: ("class_", text), 22: ("period", text), 23: ("incomplete", true), 24: ("subject", text),
}
SELF = record("self", {**METADATA, 1: ("kind", exactly(DIRECTORY))}, MORE)
ENTRY = record("entry", {0: ("name", name), **METADATA}, {
    **MORE, 12: ("size", uint), 13: ("target", octets), 14: ("node", row(uint, uint)), 16: ("extents", array(row(uint, uint))),
    17: ("level", within(0, MAX_LEVEL)), 18: ("content", records(24)), 19: ("tree", BLOB_ID),
    20: ("grafts", BLOB_ID),
})
PAGE = record("page", {0: ("kind", within(ENTRIES, INNER_GRAFTS)), 2: ("items", lambda value: value)},
              {1: ("self", SELF), 3: ("users", mapping(text)), 4: ("groups", mapping(text))})
ITEMS = {
    ENTRIES: array(ENTRY), INNER: array(row(name, BLOB_ID)),
    GRAFTS: records(32), INNER_GRAFTS: records(32),
}
ONLY_FOR = {"size": (FILE,), "extents": (FILE,), "level": (FILE,), "content": (FILE,), "incomplete": (FILE, DIRECTORY), "target": (SYMLINK,),
            "node": (CHARACTER_DEVICE, BLOCK_DEVICE), "tree": (DIRECTORY,), "grafts": (DIRECTORY,)}
NEEDED_BY = {SYMLINK: "target", CHARACTER_DEVICE: "node", BLOCK_DEVICE: "node"}


def content_records(rows):
    """[(blob id, content bytes below)]."""
    return [(stored[:16], int.from_bytes(stored[16:], "big")) for stored in rows]


def data_extents(entry):
    """The stretches of a file that hold data."""
    if entry["extents"] is not None:
        return entry["extents"]
    return [(0, entry["size"])] if entry["size"] else []


def _check_file(entry):
    at = 0
    for offset, length in data_extents(entry):
        if offset < at or length == 0 or offset + length > (entry["size"] or 0):
            raise FormatError("extents that overlap, are empty or end beyond the size")
        at = offset + length
    wanted = sum(length for _, length in data_extents(entry))
    held = sum(below for _, below in content_records(entry["content"] or []))
    if held > wanted or held < wanted and not entry["incomplete"]:
        raise FormatError(f"{held} content bytes for extents of {wanted}")


def check_entry(entry):
    """What the shape of the map alone cannot say."""
    for field, kinds in ONLY_FOR.items():
        if entry.get(field) is not None and entry["kind"] not in kinds:
            raise FormatError(f"entry {entry['name']!r}: {field} does not fit its kind")
    needed = NEEDED_BY.get(entry["kind"])
    if needed and entry[needed] is None:
        raise FormatError(f"entry {entry['name']!r}: {needed} is missing")
    if entry["device"] is not None and entry["links"] is None:
        raise FormatError(f"entry {entry['name']!r}: a device without a link count")
    ascending([key for key, _ in entry["attributes"] or []], "attributes")
    if entry["kind"] == FILE:
        _check_file(entry)


def decode_page(data, kinds, first=True):
    """A page of one of the given kinds; only the first page of a tree may carry *self*."""
    page = PAGE(cbor.decode(data))
    if page["kind"] not in kinds:
        raise FormatError(f"a page of kind {page['kind']} where {kinds} belong")
    if page["self"] is not None and (not first or page["kind"] in (GRAFTS, INNER_GRAFTS)):
        raise FormatError("a page that carries self and is not the first of a tree")
    page["items"] = ITEMS[page["kind"]](page["items"])
    if page["kind"] == ENTRIES:
        ascending([entry["name"] for entry in page["items"]], "entries")
        for entry in page["items"]:
            check_entry(entry)
    elif page["kind"] == INNER:
        ascending([first_name for first_name, _ in page["items"]], "inner page")
    else:
        page["items"] = [(stored[:16], stored[16:]) for stored in page["items"]]
        ascending([domain_id for domain_id, _ in page["items"]], "grafts")
    if page["kind"] in (INNER, INNER_GRAFTS) and not page["items"]:
        raise FormatError("an inner page without anything below")
    return page


SNAPSHOT_COUNTS = ("files", "directories", "others", "bytes", "new_bytes")
STAMP = row(integer, NANOSECONDS)
SNAPSHOT = record("snapshot", {
    0: ("source", text), 1: ("host", text), 2: ("started", STAMP), 3: ("finished", STAMP), 4: ("domain", fixed(16)), 5: ("tree", BLOB_ID),
    7: ("counts", row(*[uint] * len(SNAPSHOT_COUNTS))), 8: ("tags", array(text)), 9: ("parent", nullable(fixed(32))),
    10: ("rules", fixed(32)), 11: ("version", text), 12: ("unreadable", uint), 13: ("kind", text), 14: ("class_", nullable(text)),
}, {6: ("grafts", BLOB_ID)})
