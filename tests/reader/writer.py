"""Writes sealed things for the vectors and for tests: the inverse of the reader, and never used by it."""

import hashlib
import hmac
import struct

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import seal


def cbor(value):
    return cbor2.dumps(value, canonical=True)


def sha256(data):
    return hashlib.sha256(data).digest()


def blob_id(id_key, kind, data):
    return hmac.new(id_key, bytes([kind]) + data, "sha256").digest()[:16]


def public_of(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(seed, message):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


class Sealer:
    def __init__(self, kind, parent, salt, repository, domain=seal.NO_DOMAIN):
        key, self.commitment = seal.object_key(parent, kind, salt, repository)
        self._aead = AESGCM(key)
        self._bound = (repository, kind, domain, salt)
        self.header = seal.MAGIC + bytes([kind, seal.SUITE, 0, 0]) + salt + self.commitment

    def frame(self, number, offset, plain):
        data = seal.aad(*self._bound, offset, len(plain))
        return self._aead.encrypt(number.to_bytes(12, "big"), plain, data)


def padded(text, frame_text_length):
    return struct.pack(">I", len(text)) + text + bytes(frame_text_length - 4 - len(text))


def seal_text(kind, parent, salt, repository, text, object_length=None):
    """A sealed object of one frame; padded to its Padmé length unless a length is given."""
    length = object_length or seal.padme(seal.unpadded_length(len(text)))
    plain = padded(text, length - seal.HEADER_SIZE - seal.TAG_SIZE)
    sealer = Sealer(kind, parent, salt, repository)
    return sealer.header + sealer.frame(0, seal.HEADER_SIZE, plain)


def seal_unpadded(kind, parent, salt, repository, text):
    return seal_text(kind, parent, salt, repository, text, seal.unpadded_length(len(text)))


def footer_text(segments):
    """Segments are (method, stored bytes, plain length, [(kind, blob id, length)])."""
    rows = []
    for method, stored, plain_length, blobs in segments:
        packed = b"".join(bytes([kind]) + name + struct.pack(">I", length) for kind, name, length in blobs)
        rows.append([len(stored) + seal.TAG_SIZE, method, plain_length, packed])
    return cbor({0: rows})


def member(domain, data_key, salt, repository, segments, pad):
    sealer = Sealer(seal.MEMBER, data_key, salt, repository, domain)
    data = sealer.header
    for number, (_, stored, _, _) in enumerate(segments, 1):
        data += sealer.frame(number, len(data), stored)
    text = footer_text(segments)
    rest = 4 + len(text) + seal.TAG_SIZE + 4
    length = seal.padme(len(data) + rest) if pad else len(data) + rest
    footer = sealer.frame(0, len(data), padded(text, length - len(data) - seal.TAG_SIZE - 4))
    return data + footer + struct.pack(">I", len(footer))


def pack(members, table_key, salt, repository, replaced=None):
    """Members are (domain id, content, bytes)."""
    data = b"BKPACK01"
    rows = []
    for domain, content, stored in members:
        rows.append([sha256(stored), domain, len(data), len(stored), content])
        data += stored
    text = cbor({0: rows, 1: replaced} if replaced else {0: rows})
    length = seal.padme(len(data) + seal.unpadded_length(len(text)) + 4)
    table = seal_text(seal.MEMBER_TABLE, table_key, salt, repository, text, length - len(data) - 4)
    return data + table + struct.pack(">I", len(table)), rows


def signed_repository(root_seed, created):
    public = public_of(root_seed)
    body = cbor({0: 1, 1: sha256(public), 2: 1, 3: public, 4: created, 5: []})
    return cbor([body, sign(root_seed, b"backup/1/repository" + body)])


def term(root_seed, repository, number, random, owner_public):
    message = b"backup/1/term" + repository + struct.pack(">Q", number) + random + owner_public
    return [number, random, owner_public, sign(root_seed, message)]


def ledger_entry(owner_seed, body, payload):
    packed = cbor(body)
    return cbor([packed, sign(owner_seed, b"backup/1/ledger" + packed), payload])
