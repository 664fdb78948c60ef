"""What a reader must refuse (FORMAT.md, sections 1 and 4)."""

import seal
import writer
from vector_values import REPOSITORY, fill


def refused_cbor():
    cases = [
        ("", "nothing"), ("0000", "bytes after the item"), ("1801", "integer 1 in two bytes"), ("190017", "integer 23 in three bytes"),
        ("1a0000ffff", "integer 65535 in five bytes"), ("1b00000000ffffffff", "integer in nine bytes that fits five"),
        ("3801", "negative integer that is not the shortest"), ("580161", "length that is not the shortest"),
        ("780161", "text length that is not the shortest"), ("980100", "array length that is not the shortest"),
        ("b8010000", "map length that is not the shortest"), ("5f4161ff", "byte string of indefinite length"),
        ("7f6161ff", "text of indefinite length"), ("9f00ff", "array of indefinite length"), ("bf0000ff", "map of indefinite length"),
        ("a201000000", "map keys that do not ascend"), ("a200000001", "a map key that repeats"), ("a1616100", "a map key that is a text"),
        ("a12000", "a map key that is negative"), ("c000", "tag"), ("c24101", "big number"), ("d9d9f700", "self-described CBOR"),
        ("f90000", "half float"), ("fa00000000", "float"), ("fb0000000000000000", "double"), ("f7", "undefined"), ("e0", "simple value 0"),
        ("f818", "simple value in two bytes"), ("ff", "break"), ("1c", "reserved head"), ("61ff", "text that is not UTF-8"),
        ("62c080", "text in overlong UTF-8"), ("63eda080", "text with a surrogate"), ("4261", "truncated byte string"),
        ("8200", "truncated array"), ("a100", "truncated map"), ("19ff", "truncated integer"),
        ("5bffffffffffffffff", "byte string of 2^64-1 bytes"), ("9b7fffffffffffffff", "array of 2^63-1 elements"),
        ("bb7fffffffffffffff", "map of 2^63-1 elements"), ("81" * 200 + "00", "arrays 200 deep")]
    return [{"cbor": bytes.fromhex(data), "reason": reason} for data, reason in cases]


def refused_sealed():
    parent, salt, text = fill("parent 7", 32), fill("salt 7", 32), b"the text"
    good = writer.seal_text(seal.INDEX, parent, salt, REPOSITORY, text)

    def flipped(at):
        return good[:at] + bytes([good[at] ^ 1]) + good[at + 1:]

    def framed(plain):
        sealer = writer.Sealer(seal.INDEX, parent, salt, REPOSITORY)
        return sealer.header + sealer.frame(0, seal.HEADER_SIZE, plain)

    unbound = writer.Sealer(seal.INDEX, parent, salt, REPOSITORY, fill("domain", 16))
    moved = writer.Sealer(seal.INDEX, parent, salt, REPOSITORY)
    plain = writer.padded(text, 32)
    other_type = writer.seal_text(seal.SNAPSHOT, parent, salt, REPOSITORY, text)
    other_repository = writer.seal_text(seal.INDEX, parent, salt, fill("repository", 32), text)
    cases = [
        (flipped(0), "malformed", "magic"), (other_type, "malformed", "another type"), (flipped(5), "malformed", "unknown suite"),
        (flipped(7), "malformed", "unknown critical feature"), (flipped(8), "wrong key", "salt"), (flipped(40), "wrong key", "commitment"),
        (writer.seal_text(seal.INDEX, fill("other", 32), salt, REPOSITORY, text), "wrong key", "another key"),
        (other_repository, "wrong key", "another repository"),
        (good[:4] + bytes([seal.INDEX]) + other_type[5:], "wrong key", "a type relabelled"),
        (flipped(72), "damaged", "ciphertext"), (flipped(len(good) - 1), "damaged", "tag"), (good[:-1], "damaged", "a byte less"),
        (good + b"\0", "damaged", "a byte more"), (unbound.header + unbound.frame(0, 72, plain), "damaged", "a domain in the AAD"),
        (moved.header + moved.frame(1, 72, plain), "damaged", "another nonce"),
        (moved.header + moved.frame(0, 73, plain), "damaged", "another offset"),
        (good[:71], "malformed", "shorter than a header"), (good[:80], "malformed", "shorter than a tag"),
        (framed(plain[:-1] + b"\1"), "malformed", "padding that is not zeros"),
        (framed(b"\0\0\0\x09" + text), "malformed", "a text longer than its frame"), (framed(b"\0\0\0"), "malformed", "no length")]
    return [{"type": seal.INDEX, "parent_key": parent, "repository_id": REPOSITORY, "object": data, "outcome": outcome,
             "reason": reason} for data, outcome, reason in cases]
