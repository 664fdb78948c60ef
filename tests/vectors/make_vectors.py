#!/usr/bin/python3
"""Writes derivations.json: every derivation of FORMAT.md with fixed inputs.

Byte strings are hex, numbers are numbers, a recovery key is its line. Each array is one derivation, each element one
case with all its inputs and outputs by name. All inputs are arbitrary but fixed, so that the file never changes by itself.
"""

import hmac
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "reader"))

import keys  # noqa: E402
import seal  # noqa: E402
import writer  # noqa: E402
import xwing  # noqa: E402
from cryptography.hazmat.primitives.hashes import SHA256  # noqa: E402
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand  # noqa: E402
from vector_packs import members, packs  # noqa: E402
from vector_refusals import refused_cbor, refused_sealed  # noqa: E402
from vector_texts import TEXTS, texts  # noqa: E402
from vector_values import OWNER_SEED, REPOSITORY, ROOT_SEED, fill  # noqa: E402


def repository_ids():
    cases = [ROOT_SEED, bytes(32)]
    return [{"root_seed": seed, "root_public_key": writer.public_of(seed),
             "repository_id": writer.sha256(writer.public_of(seed))} for seed in cases]


def object_keys():
    cases = []
    for kind in range(1, 12):
        parent, salt = fill(f"parent {kind}", 32), fill(f"salt {kind}", 32)
        key, commitment = seal.object_key(parent, kind, salt, REPOSITORY)
        cases.append({"type": kind, "parent_key": parent, "salt": salt, "repository_id": REPOSITORY,
                      "key": key, "commitment": commitment})
    return cases


def sealed_objects():
    cases = []
    for kind, text in sorted(TEXTS.items()):
        parent, salt = fill(f"parent {kind}", 32), fill(f"salt {kind}", 32)
        unpadded = kind in (seal.SLOT_SEED, seal.EPOCH_SHARE)
        write = writer.seal_unpadded if unpadded else writer.seal_text
        sealed = write(kind, parent, salt, REPOSITORY, text)
        cases.append({
            "type": kind, "parent_key": parent, "salt": salt, "repository_id": REPOSITORY, "text": text,
            "aad": seal.aad(REPOSITORY, kind, seal.NO_DOMAIN, salt, seal.HEADER_SIZE, len(sealed) - 88),
            "padding": "none" if unpadded else "padme", "object": sealed})
    return cases


def epoch_keys():
    return [{"share": fill(f"a {n}", 32), "secret": fill(f"S {n}", 32), "repository_id": REPOSITORY, "n": n,
             "random": fill(f"epoch {n}", 16),
             "epoch_key": keys.epoch_key(fill(f"a {n}", 32), fill(f"S {n}", 32), REPOSITORY, n, fill(f"epoch {n}", 16))}
            for n in (1, 2, 99_999_999)]


def xwing_cases():
    cases = []
    # The first case is the first test vector of the draft.
    draft = (bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26"),
             bytes.fromhex("3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e2"
                           "35b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2"))
    for seed, coins in [draft] + [(fill(f"seed {i}", 32), fill(f"coins {i}", 64)) for i in range(2)]:
        public = xwing.public_key(seed)
        secret, ciphertext = xwing.encapsulate(public, coins)
        forged = bytes([ciphertext[0] ^ 1]) + ciphertext[1:]
        cases.append({
            "seed": seed, "public_key": public, "coins_mlkem": coins[:32], "coins_x25519": coins[32:],
            "ciphertext": ciphertext, "shared_secret": secret,
            "forged_ciphertext": forged, "forged_shared_secret": xwing.decapsulate(seed, forged)})
    return cases


def blob_ids():
    return [{"id_key": fill("id key", 32), "kind": kind, "bytes": data,
             "blob_id": writer.blob_id(fill("id key", 32), kind, data)}
            for kind in (0, 1, 2) for data in (b"", b"hello", fill("blob", 200))]


def recovery_keys():
    cases = []
    for seed in (bytes(32), bytes([255] * 32), fill("seed 0", 32)):
        line = keys.recovery_text(seed)
        cases.append({"seed": seed, "line": line, "also": [
            line.lower(), line.replace("-", ""), line.replace("-", " "), "  " + line + "\r\n"]})
    return cases


def refused_recovery_keys():
    line = keys.recovery_text(fill("seed 0", 32))
    swapped = line[:12] + line[13] + line[12] + line[14:]
    assert swapped != line
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"["ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".index(line[-1]) + 1]
    return [{"line": bad, "reason": reason} for bad, reason in [
        ("", "empty"), (line[4:], "no BKR1"), ("BKR2" + line[4:], "another version"), (line[:-1], "a letter is missing"),
        (line + "A", "a letter too many"), (swapped, "two letters swapped"), (line[:-1] + last, "bits beyond the end"),
        (line[:8] + "1" + line[9:], "a letter that base32 does not have"), (line + "=", "padding")]]


def padme_lengths():
    lengths = set(range(0, 40)) | {100, 1000, 1500, 4096, 10_000, 123_456, 1_000_000, 10_000_000, 67_108_864}
    for power in range(3, 33):
        lengths |= {2 ** power - 1, 2 ** power, 2 ** power + 1, 2 ** power + 2 ** (power - 1) + 1}
    return [{"length": length, "padded": seal.padme(length)} for length in sorted(lengths)]


def gear_tables():
    cases = []
    for key in (fill("chunk key", 32), bytes(32)):
        table = HKDFExpand(algorithm=SHA256(), length=2048, info=b"backup/1/gear").derive(key)
        values = [table[i:i + 8] for i in range(0, 2048, 8)]
        cases.append({"chunk_key": key, "first_values": values[:4], "last_values": values[-4:],
                      "sha256_of_table": writer.sha256(table)})
    return cases


def subject_hmacs():
    cases = []
    for subject in ("", "email:anna@example.org", "customer:4711"):
        value = hmac.new(fill("subject key", 32), subject.encode(), "sha256").digest()
        cases.append({"subject_key": fill("subject key", 32), "subject": subject.encode(), "hmac": value,
                      "shards": [{"bits": bits, "shard": int.from_bytes(value, "big") >> (256 - bits)}
                                 for bits in (0, 1, 4, 8, 12)]})
    return cases


def signed_repositories():
    return [{"root_seed": ROOT_SEED, "created": created, "object": writer.signed_repository(ROOT_SEED, created)}
            for created in (0, 1_767_225_600)]


def term_signatures():
    cases = []
    for number in (1, 2 ** 40):
        random, public = fill(f"term {number}", 16), writer.public_of(OWNER_SEED)
        cases.append({"root_seed": ROOT_SEED, "repository_id": REPOSITORY, "number": number, "random": random,
                      "owner_public_key": public,
                      "signature": writer.term(ROOT_SEED, REPOSITORY, number, random, public)[3]})
    return cases


def ledger_entries():
    payload = writer.seal_text(seal.LEDGER_PAYLOAD, fill("parent 9", 32), fill("salt 9", 32), REPOSITORY,
                               TEXTS[seal.LEDGER_PAYLOAD])
    epoch = fill("epoch 1", 16)
    name = f"epochs/00000001-{epoch.hex()}/"
    current = sorted([[name + "s", fill("s", 32)], [name + "a", fill("a", 32)],
                      ["keyring/" + fill("root", 32).hex(), fill("root", 32)]])
    first = {
        0: 1, 1: REPOSITORY, 2: 1, 3: [], 4: 1_767_225_600,
        5: writer.term(ROOT_SEED, REPOSITORY, 1, fill("term 1", 16), writer.public_of(OWNER_SEED)),
        6: [1, epoch, fill("root", 32), current], 7: [fill("slot", 32)],
        8: [["a", "local", "Berlin", "DE", 1, 1_767_225_600]], 13: writer.sha256(payload), 14: 1}
    second = {**first, 2: 2, 3: [writer.sha256(writer.ledger_entry(OWNER_SEED, first, payload))], 9: [fill("inventory", 32), 500],
              10: [fill("condemned", 32)], 11: [fill("deleted", 32)], 12: [[fill("domain", 16), 1_767_225_700]], 14: 2,
              16: [["packs/00/" + "00" * 32, "compliance", 1_767_999_999]]}
    cases = []
    for body in (first, second):
        entry = writer.ledger_entry(OWNER_SEED, body, payload)
        cases.append({"owner_seed": OWNER_SEED, "repository_id": REPOSITORY, "body": writer.cbor(body), "payload": payload,
                      "entry": entry, "name": f"ledger/{body[2]:010}-{writer.sha256(entry).hex()}"})
    return cases


def slots():
    passphrase, salt, seed = "correct horse – ünïcode".encode(), fill("argon", 16), fill("seed 1", 32)
    parent = keys.argon2id(passphrase, 65_536, 3, salt)
    sealed = writer.seal_unpadded(seal.SLOT_SEED, parent, fill("salt slot", 32), REPOSITORY, seed)
    head = {0: 1, 1: REPOSITORY, 3: xwing.public_key(seed)}
    recovery = writer.cbor({**head, 2: 1})
    by_passphrase = writer.cbor({**head, 2: 2, 4: [65_536, 3, 1, salt], 5: sealed})
    return [
        {"kind": 1, "seed": seed, "repository_id": REPOSITORY, "object": recovery, "slot_id": writer.sha256(recovery)},
        {"kind": 2, "seed": seed, "repository_id": REPOSITORY, "passphrase": passphrase, "memory": 65_536, "passes": 3,
         "argon_salt": salt, "argon2id": parent, "seal_salt": fill("salt slot", 32), "sealed_seed": sealed,
         "object": by_passphrase, "slot_id": writer.sha256(by_passphrase)}]


def epochs():
    n, random, share, seed = 1, fill("epoch 1", 16), fill("a 1", 32), fill("seed 1", 32)
    rows = []
    for slot in sorted(case["slot_id"] for case in slots()):
        secret, ciphertext = xwing.encapsulate(xwing.public_key(seed), fill("coins " + slot.hex(), 64))
        rows.append([slot, ciphertext, writer.seal_unpadded(
            seal.EPOCH_SHARE, secret, fill("salt " + slot.hex(), 32), REPOSITORY, share)])
    head = {0: 1, 1: REPOSITORY, 2: n, 3: random}
    name = f"epochs/{n:08}-{random.hex()}/"
    return [{"repository_id": REPOSITORY, "n": n, "random": random, "share": share, "secret": fill("S 1", 32), "seed": seed,
             "s": writer.cbor({**head, 4: fill("S 1", 32)}), "s_name": name + "s",
             "a": writer.cbor({**head, 4: rows}), "a_name": name + "a"}]


DERIVATIONS = {
    "repository_id": repository_ids, "object_key": object_keys, "sealed_object": sealed_objects, "member": members,
    "pack": packs, "epoch_key": epoch_keys, "xwing": xwing_cases, "blob_id": blob_ids, "recovery_key": recovery_keys,
    "recovery_key_refused": refused_recovery_keys, "padme": padme_lengths, "gear_table": gear_tables,
    "subject_hmac": subject_hmacs, "repository_object": signed_repositories, "term_signature": term_signatures,
    "ledger_entry": ledger_entries, "slot": slots, "epoch_objects": epochs, "text": texts,
    "cbor_refused": refused_cbor, "sealed_object_refused": refused_sealed,
}


def in_hex(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return [in_hex(element) for element in value]
    if isinstance(value, dict):
        return {key: in_hex(element) for key, element in value.items()}
    return value


def render():
    vectors = {name: in_hex(make()) for name, make in DERIVATIONS.items()}
    return json.dumps(vectors, sort_keys=True, indent=1, ensure_ascii=True) + "\n"


if __name__ == "__main__":
    with open(os.path.join(HERE, "derivations.json"), "w", encoding="ascii") as file:
        file.write(render())
