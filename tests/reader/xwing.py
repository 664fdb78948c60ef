"""X-Wing (FORMAT.md, section 5.1; draft-connolly-cfrg-xwing-kem-09)."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import mlkem
from errors import FormatError

LABEL = bytes.fromhex("5C2E2F2F5E5C")
SEED_SIZE = 32
PUBLIC_KEY_SIZE = mlkem.PUBLIC_KEY_SIZE + 32
CIPHERTEXT_SIZE = mlkem.CIPHERTEXT_SIZE + 32


def x25519_public(private):
    key = X25519PrivateKey.from_private_bytes(private).public_key()
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _x25519(private, public):
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        return key.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise FormatError("X25519 public key of small order") from error


def expand(seed):
    """(ML-KEM public, ML-KEM private, X25519 public, X25519 private) of a seed."""
    if len(seed) != SEED_SIZE:
        raise FormatError("X-Wing seed of a wrong length")
    x = hashlib.shake_256(seed).digest(96)
    public_m, private_m = mlkem.generate(x[:32], x[32:64])
    return public_m, private_m, x25519_public(x[64:]), x[64:]


def public_key(seed):
    public_m, _, public_x, _ = expand(seed)
    return public_m + public_x


def _combine(secret_m, secret_x, ciphertext_x, public_x):
    return hashlib.sha3_256(secret_m + secret_x + ciphertext_x + public_x + LABEL).digest()


def encapsulate(public, coins):
    """(shared secret, ciphertext); coins are 32 bytes for ML-KEM and an X25519 ephemeral private key."""
    if len(public) != PUBLIC_KEY_SIZE or len(coins) != 64:
        raise FormatError("X-Wing public key or randomness of a wrong length")
    public_m, public_x = public[:mlkem.PUBLIC_KEY_SIZE], public[mlkem.PUBLIC_KEY_SIZE:]
    secret_m, ciphertext_m = mlkem.encapsulate(public_m, coins[:32])
    ciphertext_x = x25519_public(coins[32:])
    secret_x = _x25519(coins[32:], public_x)
    return _combine(secret_m, secret_x, ciphertext_x, public_x), ciphertext_m + ciphertext_x


def decapsulate(seed, ciphertext):
    if len(ciphertext) != CIPHERTEXT_SIZE:
        raise FormatError("X-Wing ciphertext of a wrong length")
    _, private_m, public_x, private_x = expand(seed)
    ciphertext_m, ciphertext_x = ciphertext[:mlkem.CIPHERTEXT_SIZE], ciphertext[mlkem.CIPHERTEXT_SIZE:]
    secret_m = mlkem.decapsulate(private_m, ciphertext_m)
    return _combine(secret_m, _x25519(private_x, ciphertext_x), ciphertext_x, public_x)
