"""Objects at a site that is a directory, and the `repository` object (FORMAT.md, sections 3 and 6.1)."""

import hashlib
import os
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import cbor
from errors import Damaged, FormatError, Missing
from schema import array, exactly, fixed, integer, octets, record, row, text

MAX_OBJECT = 256 << 20
MAX_PACK = 64 << 20
HASHED = ("slots", "keyring", "packs", "index", "inventory", "snapshots", "ledger", "journal")
HEX = "[0-9a-f]"
NAMES = re.compile("|".join([
    "repository", f"(?:slots|keyring|index|inventory|snapshots|journal)/{HEX}{{64}}", rf"packs/({HEX}{{2}})/\1{HEX}{{62}}",
    f"epochs/[0-9]{{8}}-{HEX}{{32}}/[as]", f"ledger/[0-9]{{10}}-{HEX}{{64}}"]))

SIGNED = row(octets, fixed(64))
REPOSITORY = record("repository", {
    0: ("format", exactly(1)), 1: ("id", fixed(32)), 2: ("suite", exactly(1)), 3: ("root_public_key", fixed(32)),
    4: ("created", integer), 5: ("features", array(text)),
})


def sha256(data):
    return hashlib.sha256(data).digest()


def public_of(seed):
    """The Ed25519 public key of a private one."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def verify_signature(public_key, signature, message, what):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise Damaged(f"{what}: wrong signature") from error


def hash_in_name(name):
    return bytes.fromhex(name[-64:])


def pack_name(pack_id):
    return f"packs/{pack_id.hex()[:2]}/{pack_id.hex()}"


class Site:
    """Reads objects by name. It writes nothing."""

    def __init__(self, path):
        self._path = path
        if not os.path.isdir(path):
            raise Missing(f"{path}: no such directory")

    def _open(self, name):
        if not NAMES.fullmatch(name):
            raise FormatError(f"{name}: not a name of the format")
        try:
            return os.open(os.path.join(self._path, name), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise Missing(f"{name} is missing at this site") from error

    def read(self, name):
        """The whole object, compared with the hash in its name."""
        limit = MAX_PACK if name.startswith("packs/") else MAX_OBJECT
        with open(self._open(name), "rb") as file:
            if os.fstat(file.fileno()).st_size > limit:
                raise FormatError(f"{name}: larger than the format allows")
            data = file.read()
        if name.startswith(HASHED) and sha256(data) != hash_in_name(name):
            raise Damaged(f"{name}: its bytes do not hash to its name")
        return data

    def open_range_reader(self, name, start, length):
        """A function (offset, size) -> bytes inside one stretch of an object, and a function that closes it."""
        descriptor = self._open(name)

        def read(offset, size):
            if offset < 0 or size < 0 or offset + size > length:
                raise FormatError(f"{name}: a read beyond the member")
            data = os.pread(descriptor, size, start + offset)
            if len(data) != size:
                raise Damaged(f"{name}: shorter than the index says")
            return data
        return read, lambda: os.close(descriptor)

    def exists(self, name):
        return os.path.exists(os.path.join(self._path, name))

    def size(self, name):
        return os.stat(os.path.join(self._path, name)).st_size

    def list(self, prefix):
        """Names of the format under a prefix, ascending."""
        return [name for name in self.everything(prefix) if NAMES.fullmatch(name)]

    def everything(self, prefix=""):
        """Every file below, foreign ones included, but not `tmp/`."""
        found = []
        top = os.path.join(self._path, prefix)
        for folder, folders, files in os.walk(top):
            if not prefix and folder == top and "tmp" in folders:
                folders.remove("tmp")
            found += [os.path.relpath(os.path.join(folder, file), self._path) for file in files]
        return sorted(found)


def decode_repository(data, expected_id=None):
    """The checked body of `repository`."""
    body, signature = SIGNED(cbor.decode(data))
    repository = REPOSITORY(cbor.decode(body))
    if sha256(repository["root_public_key"]) != repository["id"]:
        raise Damaged("repository: its id is not the hash of its root key")
    verify_signature(repository["root_public_key"], signature, b"backup/1/repository" + body, "repository")
    if repository["features"]:
        raise FormatError(f"repository: unknown critical features {repository['features']}")
    if expected_id is not None and repository["id"] != expected_id:
        raise Damaged("repository: another repository than the one asked for")
    return repository
