"""Recognises the objects of the format by their content, wherever they stand in a stretch of bytes, and whatever stands around them."""

import base64
import re

import cbor
import keys
import packs
import seal
from errors import FormatError
from objects import sha256

SEALED = re.compile(seal.MAGIC + rb"[\x01-\x0b]\x01\x00\x00")
# Slots, site secrets, shares, inventories and the bodies of ledger entries and of `repository` begin like this: format 1, repository id.
MAP = re.compile(rb"[\xa2-\xb7]\x00\x01\x01\x58\x20")
RECOVERY_LINE = re.compile(rb"(?i)BKR1-[A-Z2-7 -]{58,80}")
HEX_KEY = re.compile(rb"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
BASE64_KEY = re.compile(rb"(?<![0-9A-Za-z+/_-])[0-9A-Za-z+/_-]{43}=?(?![0-9A-Za-z+/_=-])")
KEY_SIZE = 32
# Of a stretch that is nothing known and as short as this, every 32 bytes are taken for a key.
SHORT = 512
MAX_TEXT_SEARCHED = 1 << 20


class Place:
    """Where a sealed object stands, and where it may end."""

    __slots__ = ("view", "offset", "ends")

    def __init__(self, view, offset, ends):
        self.view = view
        self.offset = offset
        self.ends = ends


class Sealed:
    """One sealed object. It is known by its header: a salt is never used twice, so copies have the same."""

    __slots__ = ("kind", "salt", "commitment", "places", "tried", "guessed", "key", "repository", "domains")

    def __init__(self, header):
        self.kind = header.kind
        self.salt = header.salt
        self.commitment = header.commitment
        self.places = []
        self.tried = 0
        self.guessed = 0
        self.key = None
        self.repository = None
        # Of a member: the domains that a member table or an index names for it.
        self.domains = set()


class Finds:
    """Everything that was recognised, without a key."""

    def __init__(self):
        self.repositories = set()
        self.sealed = {}
        # {(repository id, n, random): {S_n: view}} and {…: [(slot id, ciphertext, header of the sealed share, view)]}
        self.secrets = {}
        self.shares = {}
        # {(public key, parameters of Argon2id or None): view}
        self.slots = {}
        # {possible id of a member: its objects}, {(view, offset): object}
        self.members_by_id = {}
        self.members_at = {}
        # {id of a pack: view}, {view: where packs begin in it}
        self.packs = {}
        self.pack_starts = {}
        self.recovery_lines = {}
        # 32 bytes that may be a key because of how they stand there.
        self.loose = {}

    def take(self, view, data):
        """Recognises what stands in one view."""
        hits = [hit.start() for hit in SEALED.finditer(data)]
        for number, at in enumerate(hits):
            if at + seal.HEADER_SIZE <= len(data):
                self._take_sealed(view, data, at, hits[number + 1] if number + 1 < len(hits) else None)
        maps = [hit.start() for hit in MAP.finditer(data)]
        for at in maps:
            self._take_map(view, data, at)
        self._take_packs(view, data)
        if len(data) <= MAX_TEXT_SEARCHED:
            self._take_texts(view, data)
            self._take_loose(view, data, bool(hits or maps))

    def _take_sealed(self, view, data, at, following):
        header = data[at:at + seal.HEADER_SIZE]
        found = self.sealed.get(header)
        if found is None:
            found = self.sealed[header] = Sealed(seal.Header(header, header[4]))
        ends = [end for end in (_end_in_cbor(data, at), following or len(data)) if end is not None]
        if found.kind == seal.MEMBER:
            for end in ends:
                self.members_by_id.setdefault(sha256(data[at:end]), set()).add(found)
            self.members_at[view, at] = found
        found.places.append(Place(view, at, ends))

    def _take_map(self, view, data, at):
        try:
            value, _ = cbor.decode_prefix(data, at)
            repository = value[1]
        except (FormatError, KeyError):
            return
        self.repositories.add(repository)
        for shape, take in ((keys.SITE_SECRET, self._take_secret), (keys.SHARES, self._take_shares), (keys.SLOT, self._take_slot)):
            try:
                fields = shape(value)
            except FormatError:
                continue
            take(view, fields)
            return

    def _take_secret(self, view, fields):
        epoch = (fields["repository"], fields["n"], fields["random"])
        self.secrets.setdefault(epoch, {}).setdefault(fields["secret"], view)

    def _take_shares(self, view, fields):
        epoch = (fields["repository"], fields["n"], fields["random"])
        rows = self.shares.setdefault(epoch, {})
        for slot_id, ciphertext, sealed in fields["shares"]:
            rows.setdefault((slot_id, ciphertext, sealed[:seal.HEADER_SIZE]), view)

    def _take_slot(self, view, fields):
        self.slots.setdefault((fields["public_key"], fields["argon2"]), view)

    def _take_packs(self, view, data):
        if data.startswith(packs.MAGIC):
            self.packs[sha256(data)] = view
        at = data.find(packs.MAGIC)
        while at >= 0:
            self.pack_starts.setdefault(view, []).append(at)
            at = data.find(packs.MAGIC, at + 1)

    def _take_texts(self, view, data):
        for hit in RECOVERY_LINE.finditer(data):
            self.recovery_lines.setdefault(hit.group().decode(), view)
        for hit in HEX_KEY.finditer(data):
            self.loose.setdefault(bytes.fromhex(hit.group().decode()), view)
        for hit in BASE64_KEY.finditer(data):
            text = hit.group().rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            self.loose.setdefault(base64.b64decode(text + b"="), view)

    def _take_loose(self, view, data, recognised):
        for value in byte_strings(data):
            self.loose.setdefault(value, view)
        if len(data) == KEY_SIZE or not recognised and not view.inside and len(data) <= SHORT:
            for at in range(len(data) - KEY_SIZE + 1):
                self.loose.setdefault(data[at:at + KEY_SIZE], view)


def _end_in_cbor(data, at):
    """Where the byte string ends whose head stands before an offset."""
    for size, initial in ((1, 0x58), (2, 0x59), (4, 0x5a)):
        if at > size and data[at - size - 1] == initial:
            length = int.from_bytes(data[at - size:at], "big")
            if seal.HEADER_SIZE <= length <= len(data) - at:
                return at + length
    return None


def byte_strings(data):
    """The byte strings of 32 bytes in what one CBOR item encodes; none where it is something else."""
    try:
        waiting = [cbor.decode(data)]
    except FormatError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, bytes) and len(value) == KEY_SIZE:
            yield value
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            waiting += value.values()
