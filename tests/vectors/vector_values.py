"""Fixed inputs shared by the vectors."""

import hashlib

import writer


def fill(label, size):
    """Arbitrary bytes that are the same for ever."""
    return hashlib.shake_256(b"backup test vector: " + label.encode()).digest(size)


ROOT_SEED = fill("root key", 32)
OWNER_SEED = fill("owner key", 32)
REPOSITORY = writer.sha256(writer.public_of(ROOT_SEED))
