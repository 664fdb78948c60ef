"""Everything in which a name may be left must be found, and nothing else."""

import base64
import contextlib
import gzip
import io
import os
import sqlite3
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cli  # noqa: E402
import zstandard  # noqa: E402
from test_attack import Case, Person  # noqa: E402

TEXT = "Jürgen Müller"


class Forms(Case):
    def search(self, *texts):
        options = [option for text in texts or (TEXT,) for option in ("--text", text)]
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()):
            code = cli.main(["search", *options, self.kept])
        self.printed = out.getvalue()
        return code

    def assert_found(self, data, form):
        self.keep("file", b"\x00\xffsome " + data + b" more")
        self.assertEqual(self.search(), 1)
        self.assertIn(f"file: offset 7: {TEXT} as {form}\n", self.printed)

    def test_nothing(self):
        self.keep("file", os.urandom(200_000) + "Jurgen Muller, Jürgen M.".encode())
        self.assertEqual(self.search(), 0)
        self.assertEqual(self.printed, "")

    def test_encodings(self):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
            with self.subTest(encoding):
                self.assert_found(TEXT.encode(encoding), encoding)

    def test_cases(self):
        for spelled in (TEXT.upper(), TEXT.lower(), "JüRgEN müLLer"):
            with self.subTest(spelled):
                self.assert_found(spelled.encode(), "utf-8")

    def test_hex(self):
        self.assert_found(TEXT.encode().hex().encode(), "hex of utf-8")
        self.assert_found(TEXT.encode("utf-16-le").hex().upper().encode(), "hex of utf-16-le")

    def test_base64_of_all_alignments(self):
        for before in range(3):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                with self.subTest(before=before, encode=encode.__name__):
                    self.keep("file", encode(b"<" * before + TEXT.encode() + b"?"))
                    self.assertEqual(self.search(), 1)
                    self.assertIn("as base64 of utf-8", self.printed)

    def test_name_of_a_file_and_of_a_folder(self):
        os.makedirs(os.path.join(self.kept, TEXT))
        self.assertEqual(self.search(), 1)
        self.assertIn("in the name", self.printed)

    def test_target_of_a_link(self):
        os.symlink("/home/" + TEXT, os.path.join(self.kept, "link"))
        self.assertEqual(self.search(), 1)

    def test_compressed(self):
        for pack in (zstandard.compress, gzip.compress):
            for inner in (bytes, gzip.compress):
                with self.subTest(pack=pack.__name__, inner=inner.__name__):
                    self.keep("file", b"head" + pack(inner(b"x" * 5000 + TEXT.encode())) + b"tail")
                    self.assertEqual(self.search(), 1)

    def test_database(self):
        with contextlib.closing(sqlite3.connect(os.path.join(self.kept, "d"))) as database, database:
            database.execute('create table "a ""b" (x)')
            # Across the end of a page, so that only the value as a whole has the text.
            for at in range(0, 12_000, 7):
                database.execute('insert into "a ""b" values (?)', (b"x" * at + TEXT.encode() + b"x" * (12_000 - at),))
        self.assertEqual(self.search(), 1)
        self.assertIn('table a "b, row 0, column 0', self.printed)

    def test_a_torn_frame(self):
        self.keep("file", zstandard.compress(TEXT.encode() + os.urandom(500_000))[:-1000])
        self.assertEqual(self.search(), 1)

    def test_several_texts(self):
        self.keep("file", b"customer:4711")
        self.assertEqual(self.search(TEXT, "CUSTOMER:4711"), 1)
        self.assertIn("CUSTOMER:4711 as utf-8", self.printed)

    def test_folders_stand_anywhere(self):
        self.keep("file", TEXT.encode())
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(cli.main(["search", self.kept, "--text", TEXT, self.kept]), 1)
            self.assertEqual(cli.main(["search", self.kept, "--text", "Jemand", self.kept]), 0)

    def test_short_texts_are_refused(self):
        with self.assertRaises(SystemExit) as stopped:
            self.search("Al")
        self.assertEqual(stopped.exception.code, 2)


class Sealed(Case):
    def search(self, *texts, key=True):
        options = [option for text in texts for option in ("--text", text)]
        if key:
            return self.run_cli("search", *options, self.kept, "--site", self.site)
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
            code = cli.main(["search", *options, self.site])
        return code, out.getvalue(), err.getvalue()

    def test_before_the_erasure_the_keyring_names_her(self):
        Person().build().write(self.site)
        code, out, _ = self.search("anna@example.org")
        self.assertEqual(code, 1)
        self.assertIn("shard at 0 of", out)
        self.assertEqual(self.search("anna@example.org", key=False)[0], 0)

    def test_after_the_erasure_nothing_does(self):
        self.erase()
        code, out, err = self.search("anna@example.org", "anna.txt")
        self.assertEqual((code, out), (0, ""))
        self.assertIn("sealed texts: 0 hits", err)
        self.assertEqual(self.search("bert@example.org")[0], 1)

    def test_files_of_others_may_name_her(self):
        self.erase()
        self.assertEqual(self.search("a letter of bert")[0], 0)

    def test_what_is_nobodys_is_searched(self):
        scene = Person()
        scene.content("bulk", b"a note on anna@example.org")
        scene.build()
        scene.next_epoch(removed=("anna",))
        scene.write(self.site)
        code, out, _ = self.search("anna@example.org")
        self.assertEqual(code, 1)
        self.assertIn("blob ", out)


if __name__ == "__main__":
    unittest.main()
