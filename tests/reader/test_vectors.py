"""The committed vectors, read with the reader's own functions, and its KEM compared with another implementation."""

import ctypes
import glob
import hashlib
import hmac
import json
import os
import platform
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "..", "vectors")
sys.path[:0] = [HERE, VECTORS]

import cbor  # noqa: E402
import keyring  # noqa: E402
import keys  # noqa: E402
import ledger  # noqa: E402
import make_vectors  # noqa: E402
import objects  # noqa: E402
import packs  # noqa: E402
import pages  # noqa: E402
import seal  # noqa: E402
import xwing  # noqa: E402
from check import JOURNAL  # noqa: E402
from errors import Damaged, FormatError, WrongKey  # noqa: E402


def from_hex(value):
    """Byte strings again; `line` is a text."""
    if isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(value, list):
        return [from_hex(element) for element in value]
    if isinstance(value, dict):
        texts = ("line", "also", "reason", "outcome", "what", "name", "s_name", "a_name", "padding")
        return {key: element if key in texts else from_hex(element) for key, element in value.items()}
    return value


with open(os.path.join(VECTORS, "derivations.json"), encoding="ascii") as file:
    COMMITTED = file.read()
CASES = from_hex(json.loads(COMMITTED))


class Vectors(unittest.TestCase):
    def each(self, name):
        self.assertTrue(CASES[name])
        return CASES[name]

    def test_committed_file_is_what_the_generator_writes(self):
        self.assertEqual(COMMITTED, make_vectors.render())

    def test_object_keys(self):
        for case in self.each("object_key"):
            made = seal.object_key(case["parent_key"], case["type"], case["salt"], case["repository_id"])
            self.assertEqual(made, (case["key"], case["commitment"]))

    def test_sealed_objects_open(self):
        for case in self.each("sealed_object"):
            self.assertEqual(seal.open_sealed(case["object"], case["type"], case["parent_key"], case["repository_id"]), case["text"])

    def test_sealed_objects_that_are_refused(self):
        outcomes = {"malformed": FormatError, "wrong key": WrongKey, "damaged": Damaged}
        for case in self.each("sealed_object_refused"):
            with self.assertRaises(outcomes[case["outcome"]], msg=case["reason"]):
                seal.open_sealed(case["object"], case["type"], case["parent_key"], case["repository_id"])

    def test_cbor_that_is_refused(self):
        for case in self.each("cbor_refused"):
            with self.assertRaises(FormatError, msg=case["reason"]):
                cbor.decode(case["cbor"])

    def test_blob_ids(self):
        for case in self.each("blob_id"):
            domain = keyring.Domain(None, None, case["id_key"], None, None, None, None, 0, 0)
            self.assertEqual(packs.blob_id(domain, case["kind"], case["bytes"]), case["blob_id"])

    def test_gear_tables(self):
        for case in self.each("gear_table"):
            table = expanded(case["chunk_key"], b"backup/1/gear", 2048)
            values = [table[i:i + 8] for i in range(0, 2048, 8)]
            self.assertEqual((values[:4], values[-4:]), (case["first_values"], case["last_values"]))
            self.assertEqual(objects.sha256(table), case["sha256_of_table"])

    def test_padme_lengths(self):
        for case in self.each("padme"):
            self.assertEqual(seal.padme(case["length"]), case["padded"])

    def test_term_signatures(self):
        for case in self.each("term_signature"):
            entry = ledger.Entry.__new__(ledger.Entry)
            repository = {"id": case["repository_id"], "root_public_key": objects.public_of(case["root_seed"])}
            entry.fields = {"term": (case["number"], case["random"], case["owner_public_key"], case["signature"])}
            entry.check_term(repository)
            entry.fields = {"term": (case["number"] + 1, case["random"], case["owner_public_key"], case["signature"])}
            with self.assertRaises(Damaged):
                entry.check_term(repository)

    def test_every_derivation_is_read_here(self):
        with open(__file__, encoding="ascii") as file:
            source = file.read()
        self.assertEqual([name for name in CASES if f'self.each("{name}")' not in source and f'CASES["{name}"]' not in source], [])

    def test_members(self):
        for case in self.each("member"):
            domain = keyring.Domain(case["domain_id"], case["data_key"], case["id_key"], None, None, None, None, 0, 0)
            data = case["member"]
            member = packs.Member(lambda offset, size: data[offset:offset + size], len(data), domain, case["repository_id"])
            self.assertEqual(objects.sha256(data), case["member_id"])
            for number, segment in enumerate(case["segments"]):
                self.assertEqual(member.open_segment(number), segment["plain"])
            stored = [blob for segment in case["segments"] for blob in segment["blobs"]]
            self.assertEqual([blob.id for blob in member.blobs], [blob["blob_id"] for blob in stored])
            for blob in member.blobs:
                packs.verify_blob(domain, blob, member.open_segment(blob.segment)[blob.offset:blob.offset + blob.length])

    def test_packs(self):
        for case in self.each("pack"):
            places, replaced, unpadded = packs.decode_pack(case["pack"], case["table_key"], case["repository_id"])
            self.assertEqual([place.offset for place in places], case["offsets"])
            self.assertEqual(replaced, case["replaced"])
            self.assertEqual(seal.padme(unpadded), len(case["pack"]))

    def test_epoch_keys(self):
        for case in self.each("epoch_key"):
            made = keys.epoch_key(case["share"], case["secret"], case["repository_id"], case["n"], case["random"])
            self.assertEqual(made, case["epoch_key"])

    def test_epoch_objects(self):
        for case in self.each("epoch_objects"):
            epoch = (case["n"], case["random"])
            self.assertEqual(keys.decode_site_secret(case["s"], case["repository_id"], epoch), case["secret"])
            for share in keys.decode_shares(case["a"], case["repository_id"], epoch).values():
                self.assertEqual(keys.open_share(case["seed"], share, case["repository_id"]), case["share"])

    def test_xwing(self):
        for case in self.each("xwing"):
            self.assertEqual(xwing.public_key(case["seed"]), case["public_key"])
            self.assertEqual(xwing.decapsulate(case["seed"], case["ciphertext"]), case["shared_secret"])
            self.assertEqual(xwing.decapsulate(case["seed"], case["forged_ciphertext"]), case["forged_shared_secret"])

    def test_xwing_first_vector_of_the_draft(self):
        secret = "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384"
        self.assertEqual(CASES["xwing"][0]["shared_secret"].hex(), secret)

    def test_recovery_keys(self):
        for case in self.each("recovery_key"):
            for line in [case["line"]] + case["also"]:
                self.assertEqual(keys.recovery_seed(line), case["seed"])
        for case in self.each("recovery_key_refused"):
            with self.assertRaises(FormatError, msg=case["reason"]):
                keys.recovery_seed(case["line"])

    def test_slots(self):
        recovery, by_passphrase = CASES["slot"]
        self.assertEqual(keys.decode_slot(recovery["object"], recovery["repository_id"])["public_key"], xwing.public_key(recovery["seed"]))
        slot = keys.decode_slot(by_passphrase["object"], by_passphrase["repository_id"])
        self.assertEqual(keys.passphrase_seed(slot, by_passphrase["passphrase"]), by_passphrase["seed"])
        with self.assertRaises(WrongKey):
            keys.passphrase_seed(slot, by_passphrase["passphrase"] + b"\n")

    def test_repository_objects(self):
        for case in self.each("repository_object"):
            self.assertEqual(objects.decode_repository(case["object"])["created"], case["created"])

    def test_ledger_entries(self):
        repository = {"id": CASES["repository_id"][0]["repository_id"], "root_public_key": CASES["repository_id"][0]["root_public_key"]}
        for case in self.each("ledger_entry"):
            self.assertEqual(ledger.Entry(case["name"], case["entry"], repository).payload, case["payload"])

    def test_subject_hmacs(self):
        for case in self.each("subject_hmac"):
            for row in case["shards"]:
                self.assertEqual(keyring.shard_number(case["subject_key"], case["subject"].decode(), row["bits"]), row["shard"])

    def test_texts_are_understood(self):
        readers = {
            "root": keyring.decode_root, "shard": keyring.decode_shard, "index": packs.decode_index,
            "member table": lambda text: packs.TABLE(cbor.decode(text)), "snapshot": lambda text: pages.SNAPSHOT(cbor.decode(text)),
            "ledger payload": lambda text: ledger.PAYLOAD(cbor.decode(text)), "journal record": lambda text: JOURNAL(cbor.decode(text)),
            "inventory": lambda text: ledger.decode_inventory(text, CASES["repository_id"][0]["repository_id"]),
        }
        readers["checkpoint inventory"] = readers["inventory"]
        for kind, what in enumerate(("page of entries", "inner page", "page of grafts", "inner page of grafts")):
            readers[what] = lambda text, kind=kind: pages.decode_page(text, (kind,))
        self.assertEqual({case["what"] for case in CASES["text"]}, set(readers))
        for case in self.each("text"):
            self.assertTrue(readers[case["what"]](case["text"]))


def expanded(key, info, length):
    """HKDF-Expand of RFC 5869, section 2.3, in its own words."""
    made, block = b"", b""
    while len(made) < length:
        block = hmac.new(key, block + info + bytes([len(made) // 32 + 1]), hashlib.sha256).digest()
        made += block
    return made[:length]


def libsodium():
    machine = {"x86_64": "linux-x64", "aarch64": "linux-arm64"}[platform.machine()]
    packages = os.environ.get("NUGET_PACKAGES", os.path.expanduser("~/.nuget/packages"))
    found = glob.glob(os.path.join(packages, "libsodium", "*", "runtimes", machine, "native", "libsodium.so"))
    if not found:
        raise AssertionError(f"no libsodium below {packages}: run `dotnet restore` first")
    library = ctypes.CDLL(sorted(found)[-1])
    library.sodium_init()
    return library


class AgainstLibsodium(unittest.TestCase):
    """Another implementation of the same draft, by other people."""

    def test_same_keys_secrets_and_rejections(self):
        library = libsodium()
        for number in range(4):
            seed, coins = os.urandom(32), os.urandom(64)
            public, private = ctypes.create_string_buffer(1216), ctypes.create_string_buffer(32)
            ciphertext, secret = ctypes.create_string_buffer(1120), ctypes.create_string_buffer(32)
            library.crypto_kem_xwing_seed_keypair(public, private, seed)
            library.crypto_kem_xwing_enc_deterministic(ciphertext, secret, public, coins)
            self.assertEqual(xwing.public_key(seed), public.raw)
            self.assertEqual(xwing.encapsulate(public.raw, coins), (secret.raw, ciphertext.raw))
            self.assertEqual(xwing.decapsulate(seed, ciphertext.raw), secret.raw)
            forged = bytearray(ciphertext.raw)
            forged[number * 300] ^= 1
            library.crypto_kem_xwing_dec(secret, bytes(forged), private)
            self.assertEqual(xwing.decapsulate(seed, bytes(forged)), secret.raw)


if __name__ == "__main__":
    unittest.main()
