"""Members and packs (FORMAT.md, section 7), and index objects (section 8.1)."""

import hashlib
import hmac
from collections import namedtuple

import zstandard

import cbor
import seal
from errors import Damaged, FormatError
from objects import MAX_PACK, sha256
from schema import array, fixed, record, records, row, within

MAGIC = b"BKPACK01"
MAX_SEGMENT = 4 << 20
MAX_WINDOW = 8 << 20
ZSTD_MAGIC = bytes.fromhex("28B52FFD")
STORED, ZSTD = 0, 1
CONTENT, PAGE, LIST = 0, 1, 2
BLOB_RECORD = 21

FOOTER = record("footer", {
    0: ("segments", array(row(within(seal.TAG_SIZE, MAX_PACK), within(STORED, ZSTD), within(0, MAX_SEGMENT), records(BLOB_RECORD)))),
})
PLACE = (fixed(32), fixed(16), within(len(MAGIC), MAX_PACK), within(seal.HEADER_SIZE, MAX_PACK), within(1, 3))
TABLE = record("member table", {0: ("members", array(row(*PLACE)))}, {1: ("replaced", array(fixed(32)))})
INDEX = record("index", {
    0: ("packs", array(row(fixed(32), within(0, MAX_PACK), array(row(*PLACE, records(16)))))),
})

Segment = namedtuple("Segment", "offset frame_length method plain_length")
Blob = namedtuple("Blob", "kind id segment offset length")
Place = namedtuple("Place", "member_id domain_id offset length content")


def blob_id(domain, kind, data):
    return hmac.new(domain.id_key, bytes([kind]) + data, hashlib.sha256).digest()[:16]


def _zstd_frame_end(data):
    """Where the frame ends, from its block headers: a decoder would skip what stands behind it."""
    at = zstandard.frame_header_size(data)
    last = False
    while not last:
        head = int.from_bytes(data[at:at + 3], "little")
        last, kind, size = head & 1, head >> 1 & 3, head >> 3
        at += 3 + (1 if kind == 1 else size)
        if at > len(data):
            raise FormatError("zstd: truncated frame")
    return at + (4 if zstandard.get_frame_parameters(data).has_checksum else 0)


def decompress(data, plain_length):
    if data[:4] != ZSTD_MAGIC:
        raise FormatError("zstd: not a frame")
    try:
        frame = zstandard.get_frame_parameters(data)
        if frame.window_size > MAX_WINDOW or frame.dict_id:
            raise FormatError("zstd: window beyond 8 MiB, or a dictionary")
        if frame.content_size not in (plain_length, zstandard.CONTENTSIZE_UNKNOWN):
            raise FormatError("zstd: another length than the footer says")
        if _zstd_frame_end(data) != len(data):
            raise FormatError("zstd: bytes behind the frame")
        plain = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).decompress(data, max_output_size=max(plain_length, 1))
    except zstandard.ZstdError as error:
        raise FormatError(f"zstd: {error}") from error
    if len(plain) != plain_length:
        raise FormatError("zstd: another length than the footer says")
    return plain


class Member:
    """One opened member: its footer is parsed, its segments are opened when asked for.

    `read(offset, size)` gives bytes counted from the first byte of the member.
    """

    def __init__(self, read, length, domain, repository_id):
        self._read = read
        self.length = length
        self.domain = domain
        self._opener = seal.Opener(seal.Header(read(0, seal.HEADER_SIZE), seal.MEMBER), domain.data_key, repository_id, domain.id)
        footer_length = int.from_bytes(read(length - 4, 4), "big")
        self._footer_offset = length - 4 - footer_length
        if self._footer_offset < seal.HEADER_SIZE:
            raise FormatError("a footer longer than its member")
        footer = self._opener.open(0, self._footer_offset, read(self._footer_offset, footer_length))
        text = seal.unpad(footer)
        self.unpadded_length = length - (len(footer) - 4 - len(text))
        self.segments = []
        self.blobs = []
        self._take(FOOTER(cbor.decode(text))["segments"])

    def _take(self, rows):
        offset = seal.HEADER_SIZE
        for number, (frame_length, method, plain_length, blobs) in enumerate(rows):
            if method == STORED and frame_length - seal.TAG_SIZE != plain_length:
                raise FormatError("a stored segment whose lengths differ")
            self.segments.append(Segment(offset, frame_length, method, plain_length))
            offset += frame_length
            self._take_blobs(number, blobs, plain_length)
        if offset != self._footer_offset:
            raise FormatError("the segments of a member do not fill it")

    def _take_blobs(self, number, blobs, plain_length):
        at = 0
        for blob in blobs:
            kind, length = blob[0], int.from_bytes(blob[17:], "big")
            if kind > LIST:
                raise FormatError(f"a blob of unknown kind {kind}")
            self.blobs.append(Blob(kind, blob[1:17], number, at, length))
            at += length
        if at != plain_length:
            raise FormatError("the blobs of a segment do not fill it")

    def open_segment(self, number):
        segment = self.segments[number]
        data = self._opener.open(number + 1, segment.offset, self._read(segment.offset, segment.frame_length))
        return data if segment.method == STORED else decompress(data, segment.plain_length)

    @property
    def content(self):
        """1 file content, 2 pages or lists, 3 both."""
        kinds = {blob.kind for blob in self.blobs}
        return (1 if CONTENT in kinds else 0) | (2 if kinds & {PAGE, LIST} else 0)


def verify_blob(domain, blob, data):
    if not hmac.compare_digest(blob_id(domain, blob.kind, data), blob.id):
        raise Damaged(f"blob {blob.id.hex()}: its bytes do not give its id")


def decode_pack(data, table_key, repository_id):
    """(places, packs that this one replaces, unpadded length) of a whole pack."""
    if len(data) < len(MAGIC) + 4 or data[:8] != MAGIC:
        raise FormatError("not a pack")
    table_length = int.from_bytes(data[-4:], "big")
    start = len(data) - 4 - table_length
    if start < len(MAGIC):
        raise FormatError("a member table longer than its pack")
    text = seal.open_sealed(data[start:-4], seal.MEMBER_TABLE, table_key, repository_id)
    table = TABLE(cbor.decode(text))
    places = [Place(*fields) for fields in table["members"]]
    at = len(MAGIC)
    for place in places:
        if place.offset != at:
            raise FormatError("the members of a pack do not stand one behind the other")
        at += place.length
        if sha256(data[place.offset:at]) != place.member_id:
            raise Damaged(f"member {place.member_id.hex()}: its bytes do not hash to its id")
    if at != start:
        raise FormatError("the members of a pack do not fill it")
    return places, table["replaced"] or [], start + seal.unpadded_length(len(text)) + 4


def decode_index(text):
    """[(pack id, pack length, [(place, blob ids)])]."""
    packs = []
    for pack_id, length, rows in INDEX(cbor.decode(text))["packs"]:
        members = [(Place(*fields[:5]), fields[5]) for fields in rows]
        if any(place.offset + place.length > length for place, _ in members):
            raise FormatError("index: a member beyond its pack")
        packs.append((pack_id, length, members))
    return packs
