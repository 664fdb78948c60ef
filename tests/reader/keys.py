"""From the recovery key or a passphrase to the key of an epoch (FORMAT.md, sections 5 and 6.2, 6.3)."""

import base64
import binascii
import hashlib
import hmac
import re
import struct

from argon2.low_level import Type, hash_secret_raw

import cbor
import seal
import xwing
from errors import Damaged, FormatError, MalformedKey, WrongKey
from schema import array, ascending, exactly, fixed, octets, record, row, uint, within

RECOVERY, PASSPHRASE = 1, 2
MAX_SLOTS = 64
PREFIX = "BKR1"
LETTERS = 58

ARGON_ROW = row(within(65_536, 1_048_576), within(1, 16), exactly(1), fixed(16))
SLOT = record("slot", {
    0: ("format", exactly(1)), 1: ("repository", fixed(32)), 2: ("kind", within(1, 2)),
    3: ("public_key", fixed(xwing.PUBLIC_KEY_SIZE)),
}, {4: ("argon2", ARGON_ROW), 5: ("sealed_seed", octets)})

EPOCH_FIELDS = {0: ("format", exactly(1)), 1: ("repository", fixed(32)), 2: ("n", uint), 3: ("random", fixed(16))}
SITE_SECRET = record("site secret", {**EPOCH_FIELDS, 4: ("secret", fixed(32))})
SHARES = record("epoch shares", {
    **EPOCH_FIELDS, 4: ("shares", array(row(fixed(32), fixed(xwing.CIPHERTEXT_SIZE), octets), MAX_SLOTS)),
})


def _check_value(seed):
    return hashlib.sha256(b"backup/1/recovery" + seed).digest()[:4]


def recovery_text(seed):
    letters = base64.b32encode(seed + _check_value(seed)).decode().rstrip("=")
    return "-".join([PREFIX] + [letters[i:i + 6] for i in range(0, LETTERS, 6)])


def recovery_seed(line):
    """The seed in a line of text. Case, blanks and hyphens do not matter, everything else does."""
    compact = re.sub(r"[\s-]", "", line).upper()
    if not compact.startswith(PREFIX):
        raise MalformedKey("recovery key malformed: it does not begin with BKR1-")
    letters = compact[len(PREFIX):]
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8)) if len(letters) == LETTERS else b""
    except (binascii.Error, ValueError) as error:
        raise MalformedKey("recovery key malformed: a letter that base32 does not have") from error
    seed = data[:32]
    if len(data) != 36 or not hmac.compare_digest(data[32:], _check_value(seed)):
        raise MalformedKey("recovery key malformed: letters are missing or mistyped")
    if recovery_text(seed).replace("-", "") != compact:
        raise MalformedKey("recovery key malformed: bits beyond its end")
    return seed


def decode_slot(data, repository):
    slot = SLOT(cbor.decode(data))
    if slot["repository"] != repository:
        raise FormatError("a slot of another repository")
    wanted = slot["kind"] == PASSPHRASE
    if (slot["argon2"] is not None) != wanted or (slot["sealed_seed"] is not None) != wanted:
        raise FormatError("a slot whose fields do not fit its kind")
    return slot


def argon2id(passphrase, memory, passes, salt):
    return hash_secret_raw(passphrase, salt, passes, memory, 1, 32, Type.ID, 0x13)


def passphrase_seed(slot, passphrase):
    """The seed that a passphrase slot keeps; WrongKey where the passphrase is another."""
    memory, passes, _, salt = slot["argon2"]
    parent = argon2id(passphrase, memory, passes, salt)
    seed = seal.open_sealed(slot["sealed_seed"], seal.SLOT_SEED, parent, slot["repository"])
    if len(seed) != xwing.SEED_SIZE:
        raise FormatError("a slot seed of a wrong length")
    if not hmac.compare_digest(xwing.public_key(seed), slot["public_key"]):
        raise Damaged("the seed of a slot does not belong to its public key")
    return seed


def _decode_epoch(shape, data, repository, epoch):
    value = shape(cbor.decode(data))
    if (value["repository"], value["n"], value["random"]) != (repository, *epoch):
        raise FormatError("an object of another epoch or repository")
    return value


def decode_site_secret(data, repository, epoch):
    return _decode_epoch(SITE_SECRET, data, repository, epoch)["secret"]


def decode_shares(data, repository, epoch):
    """{slot id: (ciphertext, sealed share)}."""
    shares = _decode_epoch(SHARES, data, repository, epoch)["shares"]
    ascending([slot_id for slot_id, _, _ in shares], "epoch shares")
    return {slot_id: (ciphertext, sealed) for slot_id, ciphertext, sealed in shares}


def open_share(seed, share, repository):
    ciphertext, sealed = share
    value = seal.open_sealed(sealed, seal.EPOCH_SHARE, xwing.decapsulate(seed, ciphertext), repository)
    if len(value) != 32:
        raise FormatError("an epoch share of a wrong length")
    return value


def open_any_share(seed, shares, repository):
    """The commitment says which element is ours, so that a site which lost its slots still opens."""
    for share in shares.values():
        try:
            return open_share(seed, share, repository)
        except WrongKey:
            continue
    raise WrongKey("the key opens no slot of this epoch")


def epoch_key(share, secret, repository, n, random):
    return seal.hkdf(share, secret, b"backup/1/epoch" + repository + struct.pack(">Q", n) + random, 32)
