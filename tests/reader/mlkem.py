"""ML-KEM-768 (FIPS 203), written out on SHA-3 and SHAKE.

It is not constant time: a reader for tests and for a last resort, not a server.
The algorithm numbers in the docstrings are those of FIPS 203.
"""

import hashlib
import hmac

from errors import FormatError

Q = 3329
N = 256
K = 3
ETA = 2
DU = 10
DV = 4
PUBLIC_KEY_SIZE = 384 * K + 32
CIPHERTEXT_SIZE = 32 * (DU * K + DV)


def _bit_reversed(i):
    return int(format(i, "07b")[::-1], 2)


ZETAS = [pow(17, _bit_reversed(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * _bit_reversed(i) + 1, Q) for i in range(128)]
INVERSE_128 = pow(128, -1, Q)


def _g(data):
    digest = hashlib.sha3_512(data).digest()
    return digest[:32], digest[32:]


def _noise(seed, counter):
    """PRF and Algorithm 8, SamplePolyCBD with eta = 2."""
    stream = hashlib.shake_256(seed + bytes([counter])).digest(64 * ETA)
    poly = []
    for byte in stream:
        for nibble in (byte & 15, byte >> 4):
            plus = (nibble & 1) + (nibble >> 1 & 1)
            minus = (nibble >> 2 & 1) + (nibble >> 3 & 1)
            poly.append((plus - minus) % Q)
    return poly


def _sample_ntt(rho, column, row):
    """Algorithm 7. Three blocks of SHAKE-128 are nearly always enough; more are drawn where not."""
    size = 168 * 3
    while True:
        stream = hashlib.shake_128(rho + bytes([column, row])).digest(size)
        poly = []
        for i in range(0, size, 3):
            a, b, c = stream[i], stream[i + 1], stream[i + 2]
            for value in (a | (b & 15) << 8, b >> 4 | c << 4):
                if value < Q and len(poly) < N:
                    poly.append(value)
        if len(poly) == N:
            return poly
        size += 168


def _ntt(poly):
    """Algorithm 9."""
    f = list(poly)
    i = 1
    length = 128
    while length >= 2:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i += 1
            for j in range(start, start + length):
                t = zeta * f[j + length] % Q
                f[j + length] = (f[j] - t) % Q
                f[j] = (f[j] + t) % Q
        length //= 2
    return f


def _inverse_ntt(poly):
    """Algorithm 10."""
    f = list(poly)
    i = 127
    length = 2
    while length <= 128:
        for start in range(0, N, 2 * length):
            zeta = ZETAS[i]
            i -= 1
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % Q
                f[j + length] = zeta * (f[j + length] - t) % Q
        length *= 2
    return [x * INVERSE_128 % Q for x in f]


def _multiply(f, g):
    """Algorithms 11 and 12."""
    h = []
    for i, gamma in enumerate(GAMMAS):
        a0, a1 = f[2 * i], f[2 * i + 1]
        b0, b1 = g[2 * i], g[2 * i + 1]
        h.append((a0 * b0 + a1 * b1 * gamma) % Q)
        h.append((a0 * b1 + a1 * b0) % Q)
    return h


def _add(f, g):
    return [(a + b) % Q for a, b in zip(f, g)]


def _subtract(f, g):
    return [(a - b) % Q for a, b in zip(f, g)]


def _inner_product(left, right):
    total = [0] * N
    for f, g in zip(left, right):
        total = _add(total, _multiply(f, g))
    return total


def _encode(poly, bits):
    """Algorithm 5."""
    packed = 0
    for i, value in enumerate(poly):
        packed |= value << (i * bits)
    return packed.to_bytes(32 * bits, "little")


def _decode(data, bits):
    """Algorithm 6, without the reduction modulo q: the caller decides about values beyond it."""
    packed = int.from_bytes(data, "little")
    mask = (1 << bits) - 1
    return [packed >> (i * bits) & mask for i in range(N)]


def _compress(poly, bits):
    return [((x << bits) + Q // 2) // Q & ((1 << bits) - 1) for x in poly]


def _decompress(poly, bits):
    return [(x * Q + (1 << (bits - 1))) >> bits for x in poly]


def _matrix(rho):
    return [[_sample_ntt(rho, column, row) for column in range(K)] for row in range(K)]


def generate(d, z):
    """Algorithm 16, KeyGen_internal: (public key, private key) from two seeds of 32 bytes."""
    rho, sigma = _g(d + bytes([K]))
    matrix = _matrix(rho)
    secret = [_ntt(_noise(sigma, i)) for i in range(K)]
    error = [_ntt(_noise(sigma, K + i)) for i in range(K)]
    t = [_add(_inner_product(matrix[i], secret), error[i]) for i in range(K)]
    public = b"".join(_encode(poly, 12) for poly in t) + rho
    private = b"".join(_encode(poly, 12) for poly in secret)
    return public, private + public + hashlib.sha3_256(public).digest() + z


def _encrypt(public, message, randomness):
    """Algorithm 14, K-PKE.Encrypt."""
    t = [_decode(public[384 * i:384 * (i + 1)], 12) for i in range(K)]
    matrix = _matrix(public[384 * K:])
    y = [_ntt(_noise(randomness, i)) for i in range(K)]
    u = []
    for i in range(K):
        column = [matrix[row][i] for row in range(K)]
        u.append(_add(_inverse_ntt(_inner_product(column, y)), _noise(randomness, K + i)))
    mu = _decompress(_decode(message, 1), 1)
    v = _add(_add(_inverse_ntt(_inner_product(t, y)), _noise(randomness, 2 * K)), mu)
    return b"".join(_encode(_compress(poly, DU), DU) for poly in u) + _encode(_compress(v, DV), DV)


def _decrypt(private, ciphertext):
    """Algorithm 15, K-PKE.Decrypt."""
    u = [_decompress(_decode(ciphertext[32 * DU * i:32 * DU * (i + 1)], DU), DU) for i in range(K)]
    v = _decompress(_decode(ciphertext[32 * DU * K:], DV), DV)
    secret = [_decode(private[384 * i:384 * (i + 1)], 12) for i in range(K)]
    product = _inverse_ntt(_inner_product(secret, [_ntt(poly) for poly in u]))
    return _encode(_compress(_subtract(v, product), 1), 1)


def encapsulate(public, message):
    """Algorithm 17, Encaps_internal: (shared secret, ciphertext) from 32 bytes of randomness."""
    if len(public) != PUBLIC_KEY_SIZE or len(message) != 32:
        raise FormatError("ML-KEM public key or randomness of a wrong length")
    for i in range(K):
        if max(_decode(public[384 * i:384 * (i + 1)], 12)) >= Q:
            raise FormatError("ML-KEM public key holds a value beyond the modulus")
    secret, randomness = _g(message + hashlib.sha3_256(public).digest())
    return secret, _encrypt(public, message, randomness)


def decapsulate(private, ciphertext):
    """Algorithm 18, Decaps_internal. A forged ciphertext gives a secret that nobody else knows."""
    if len(ciphertext) != CIPHERTEXT_SIZE:
        raise FormatError("ML-KEM ciphertext of a wrong length")
    pke = private[:384 * K]
    public = private[384 * K:384 * K + PUBLIC_KEY_SIZE]
    public_hash = private[-64:-32]
    z = private[-32:]
    message = _decrypt(pke, ciphertext)
    secret, randomness = _g(message + public_hash)
    rejected = hashlib.shake_256(z + ciphertext).digest(32)
    same = hmac.compare_digest(ciphertext, _encrypt(public, message, randomness))
    return secret if same else rejected
