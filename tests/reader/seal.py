"""Sealed objects and padding (FORMAT.md, section 4)."""

import hmac
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from errors import Damaged, FormatError, WrongKey

MAGIC = b"BKU1"
SUITE = 1
HEADER_SIZE = 72
TAG_SIZE = 16
NO_DOMAIN = bytes(16)

SLOT_SEED, EPOCH_SHARE, ROOT, SHARD, MEMBER, MEMBER_TABLE, INDEX, SNAPSHOT, LEDGER_PAYLOAD, JOURNAL, STATE = range(1, 12)


def hkdf(ikm, salt, info, length):
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(ikm)


def padme(length):
    if length < 2:
        return length
    e = length.bit_length() - 1
    s = e.bit_length()
    mask = (1 << (e - s)) - 1
    return (length + mask) & ~mask


def object_key(parent, kind, salt, repository):
    """(key, commitment) of one sealed object."""
    okm = hkdf(parent, salt, b"backup/1/sealed" + bytes([kind, SUITE]) + repository, 64)
    return okm[:32], okm[32:]


def aad(repository, kind, domain, salt, offset, plain_length):
    return repository + bytes([kind, SUITE]) + domain + salt + struct.pack(">QI", offset, plain_length)


class Header:
    """The first 72 bytes of a sealed object."""

    def __init__(self, data, kind):
        if len(data) < HEADER_SIZE:
            raise FormatError("a sealed object shorter than its header")
        if data[:4] != MAGIC:
            raise FormatError("not a sealed object")
        if data[4] != kind:
            raise FormatError(f"sealed object of type {data[4]}, expected {kind}")
        if data[5] != SUITE:
            raise FormatError(f"unknown suite {data[5]}")
        if data[6:8] != b"\0\0":
            raise FormatError("unknown critical features")
        self.kind = kind
        self.salt = data[8:40]
        self.commitment = data[40:72]


class Opener:
    """Opens the frames of one sealed object, once its commitment has been compared."""

    def __init__(self, header, parent, repository, domain=NO_DOMAIN):
        key, commitment = object_key(parent, header.kind, header.salt, repository)
        if not hmac.compare_digest(commitment, header.commitment):
            raise WrongKey(f"wrong key for a sealed object of type {header.kind}")
        self._aead = AESGCM(key)
        self._header = header
        self._repository = repository
        self._domain = domain

    def open(self, number, offset, frame):
        plain_length = len(frame) - TAG_SIZE
        if plain_length < 0:
            raise FormatError("a frame shorter than its tag")
        data = aad(self._repository, self._header.kind, self._domain, self._header.salt, offset, plain_length)
        try:
            return self._aead.decrypt(number.to_bytes(12, "big"), frame, data)
        except InvalidTag as error:
            raise Damaged(f"frame {number} of a sealed object of type {self._header.kind} was changed") from error


def unpad(padded):
    """The text of a padded text."""
    if len(padded) < 4:
        raise FormatError("a padded text without its length")
    size = int.from_bytes(padded[:4], "big")
    if size > len(padded) - 4:
        raise FormatError("a padded text longer than its frame")
    if padded[4 + size:].strip(b"\0"):
        raise FormatError("padding that is not zeros")
    return padded[4:4 + size]


def open_sealed(data, kind, parent, repository):
    """The text of a sealed object of one frame."""
    opener = Opener(Header(data, kind), parent, repository)
    return unpad(opener.open(0, HEADER_SIZE, data[HEADER_SIZE:]))


def unpadded_length(text_length):
    """Length of a sealed object of one frame before it is padded."""
    return HEADER_SIZE + 4 + text_length + TAG_SIZE
