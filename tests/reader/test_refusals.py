"""Bytes that a reader must refuse although their seal is right: nobody but the writer could have made them."""

import os
import struct
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import keyring  # noqa: E402
import keys  # noqa: E402
import mlkem  # noqa: E402
import objects  # noqa: E402
import packs  # noqa: E402
import pages  # noqa: E402
import seal  # noqa: E402
import writer  # noqa: E402
import xwing  # noqa: E402
import zstandard  # noqa: E402
from errors import Damaged, FormatError  # noqa: E402
from scene import Scene, SceneDomain, entry, fill  # noqa: E402

REPOSITORY = fill("repository", 32)
TABLE_KEY = fill("table", 32)


def domain():
    row = SceneDomain("bulk").row
    return keyring.Domain(*row)


def opened(segments, change=lambda data: data):
    owner = domain()
    data = change(writer.member(owner.id, owner.data_key, fill("salt", 32), REPOSITORY, segments, False))
    return packs.Member(lambda offset, size: data[offset:offset + size], len(data), owner, REPOSITORY)


def segment(method, stored, plain_length, *lengths, kind=0):
    return method, stored, plain_length, [(kind, fill(f"blob {i}", 16), length) for i, length in enumerate(lengths)]


class Members(unittest.TestCase):
    def test_a_good_one_opens(self):
        member = opened([segment(0, b"abc", 3, 1, 2), segment(1, zstandard.compress(b"x" * 99), 99, 99)])
        self.assertEqual((member.open_segment(0), member.open_segment(1)), (b"abc", b"x" * 99))

    def test_footers_that_do_not_fit(self):
        for what, row in {"lengths of a stored segment": segment(0, b"abc", 4, 4), "blobs beyond it": segment(0, b"abc", 3, 2, 2),
                          "blobs that leave a gap": segment(0, b"abc", 3, 2), "method": segment(2, b"abc", 3, 3),
                          "kind of blob": segment(0, b"abc", 3, 3, kind=3),
                          "size": segment(1, b"abc", (4 << 20) + 1, (4 << 20) + 1)}.items():
            with self.subTest(what), self.assertRaises(FormatError):
                opened([row])

    def test_zstd_that_is_refused(self):
        frame = zstandard.compress(b"x" * 99)
        unsized = zstandard.ZstdCompressor(write_content_size=False)
        wide = zstandard.ZstdCompressionParameters(window_log=24, enable_ldm=True, write_content_size=False)
        object_ = zstandard.ZstdCompressor(compression_params=wide).compressobj()
        huge_window = object_.compress(b"x" * 99) + object_.flush()
        for what, stored in {"bytes behind": frame + b"x", "two frames": frame + frame, "truncated": frame[:-1],
                             "shorter": zstandard.compress(b"x"),
                             "longer": unsized.compress(b"x" * 100), "bomb": unsized.compress(b"x" * (64 << 20)), "nothing": b"",
                             "window": huge_window, "skippable": bytes.fromhex("502a4d1800000000") + frame}.items():
            with self.subTest(what), self.assertRaises(FormatError):
                opened([segment(1, stored, 99, 99)]).open_segment(0)

    def test_a_swapped_segment_is_damage(self):
        def swap(data):
            return data[:72] + data[91:110] + data[72:91] + data[110:]
        with self.assertRaises(Damaged):
            opened([segment(0, b"abc", 3, 3), segment(0, b"def", 3, 3)], swap).open_segment(0)

    def test_a_footer_longer_than_the_member(self):
        with self.assertRaises(FormatError):
            opened([segment(0, b"abc", 3, 3)], lambda data: data[:-4] + b"\xff" * 4)


class Packs(unittest.TestCase):
    def setUp(self):
        owner = domain()
        self.member = writer.member(owner.id, owner.data_key, fill("salt", 32), REPOSITORY, [segment(0, b"abc", 3, 3)], False)
        self.data, self.rows = writer.pack([(owner.id, 1, self.member)], TABLE_KEY, fill("pack", 32), REPOSITORY)

    def decode(self, data):
        return packs.decode_pack(data, TABLE_KEY, REPOSITORY)

    def with_rows(self, rows):
        text = writer.cbor({0: rows})
        table = writer.seal_text(seal.MEMBER_TABLE, TABLE_KEY, fill("pack", 32), REPOSITORY, text)
        return b"BKPACK01" + self.member + table + struct.pack(">I", len(table))

    def test_refused(self):
        id, owner, offset, length, content = self.rows[0]
        self.assertEqual(len(self.decode(self.with_rows(self.rows))[0]), 1)
        for what, data in {"magic": b"X" + self.data[1:], "a gap": self.with_rows([[id, owner, offset + 1, length, content]]),
                           "too short": self.with_rows([[id, owner, offset, length - 1, content]]), "empty table": self.with_rows([]),
                           "content 0": self.with_rows([[id, owner, offset, length, 0]]), "a table too long": self.data[:-4] + b"\xff" * 4,
                           "twice": self.with_rows(self.rows * 2), "nothing": b""}.items():
            with self.subTest(what), self.assertRaises((FormatError, Damaged)):
                self.decode(data)

    def test_another_member_under_the_id(self):
        with self.assertRaises(Damaged):
            self.decode(self.with_rows([[fill("id", 32)] + self.rows[0][1:]]))

    def test_an_index_that_points_beyond_its_pack(self):
        with self.assertRaises(FormatError):
            packs.decode_index(writer.cbor({0: [[fill("pack", 32), 100, [[fill("m", 32), fill("d", 16), 8, 93, 1, b""]]]]}))


class Pages(unittest.TestCase):
    def decode(self, value, **more):
        return pages.decode_page(writer.cbor(value), range(4), **more)

    def test_entries_that_are_refused(self):
        content = fill("blob", 16) + struct.pack(">Q", 4)
        good = entry(1, name=b"a", size=4, content=content)
        self.assertEqual(len(self.decode({0: 0, 2: [good]})["items"]), 1)
        for what, change in {
                "unknown critical key": {25: 1}, "unknown kind": {1: 8}, "mode of 13 bits": {2: 0o10000}, "nanoseconds": {6: 10**9},
                "no content": {12: 5}, "too much content": {12: 3}, "size of a directory": {1: 2}, "device without links": {10: 1},
                "a target": {13: b"x"}, "extents beyond the size": {16: [[1, 4]]}, "overlapping extents": {12: 9, 16: [[0, 3], [2, 1]]},
                "empty extent": {16: [[0, 0], [0, 4]]}, "attributes that descend": {15: [[b"b", b""], [b"a", b""]]}, "level": {17: 9},
                "a record cut off": {18: content[:-1]}, "incomplete: false": {23: False}, "name as text": {0: "a"}}.items():
            with self.subTest(what), self.assertRaises(FormatError):
                self.decode({0: 0, 2: [{**good, **change}]})
        for name in (b"", b".", b"..", b"a/b", b"a\0", b"/", b"x" * 256):
            with self.subTest(name), self.assertRaises(FormatError):
                self.decode({0: 0, 2: [{**good, 0: name}]})

    def test_an_ignorable_key_is_ignored(self):
        self.decode({0: 0, 2: [{**entry(4, name=b"a"), 64: "new"}], 64: 1})

    def test_pages_that_are_refused(self):
        first, second = entry(4, name=b"a"), entry(4, name=b"b")
        for what, value in {
                "names that descend": {0: 0, 2: [second, first]}, "a name twice": {0: 0, 2: [first, first]}, "kind": {0: 4, 2: []},
                "empty inner page": {0: 1, 2: []}, "a graft cut off": {0: 2, 2: bytes(31)}, "a domain twice": {0: 2, 2: bytes(64)},
                "critical key": {0: 0, 2: [], 5: 0}, "no items": {0: 0}, "self of grafts": {0: 2, 1: entry(2), 2: b""},
                "self that is a file": {0: 0, 1: entry(1), 2: []}, "self with a name": {0: 0, 1: entry(2, name=b"x"), 2: []}}.items():
            with self.subTest(what), self.assertRaises(FormatError):
                self.decode(value)
        with self.assertRaises(FormatError):
            self.decode({0: 0, 1: entry(2), 2: []}, first=False)


class Keys(unittest.TestCase):
    def test_argon2_beyond_the_bounds(self):
        scene = Scene()
        base = {0: 1, 1: scene.repository, 2: 2, 3: bytes(1216), 5: b""}
        for row in ([65_535, 1, 1, bytes(16)], [1_048_577, 1, 1, bytes(16)], [65_536, 0, 1, bytes(16)], [65_536, 17, 1, bytes(16)],
                    [65_536, 1, 2, bytes(16)], [65_536, 1, 1, bytes(15)]):
            with self.subTest(row=row), self.assertRaises(FormatError):
                keys.decode_slot(writer.cbor({**base, 4: row}), scene.repository)

    def test_a_slot_whose_fields_do_not_fit_its_kind(self):
        scene = Scene()
        for value in ({2: 2}, {2: 1, 5: b""}, {2: 3}):
            with self.assertRaises(FormatError):
                keys.decode_slot(writer.cbor({0: 1, 1: scene.repository, 3: bytes(1216), **value}), scene.repository)

    def test_public_keys_that_are_none(self):
        with self.assertRaises(FormatError):
            mlkem.encapsulate(b"\xff" * mlkem.PUBLIC_KEY_SIZE, bytes(32))
        ciphertext = bytes(xwing.CIPHERTEXT_SIZE)
        with self.assertRaises(FormatError):
            xwing.decapsulate(bytes(32), ciphertext)

    def test_a_repository_signed_by_another_key(self):
        data = writer.signed_repository(fill("root", 32), 1)
        other = writer.signed_repository(fill("other", 32), 1)
        self.assertEqual(objects.decode_repository(data)["created"], 1)
        with self.assertRaises(Damaged):
            objects.decode_repository(data[:-64] + other[-64:])
        with self.assertRaises(Damaged):
            objects.decode_repository(data, expected_id=bytes(32))

    def test_a_recovery_key_without_its_prefix(self):
        with self.assertRaises(FormatError):
            keys.recovery_seed(keys.recovery_text(bytes(32))[5:])


if __name__ == "__main__":
    unittest.main()
