"""The committed repositories: whatever the program becomes, what it once wrote must be readable from the document alone."""

import contextlib
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cli  # noqa: E402
import tree  # noqa: E402
import unlock  # noqa: E402

TESTS = os.path.dirname(HERE)
GOLDEN = os.path.join(TESTS, "golden")
ROOT = "tmp/golden/data"


def repositories():
    return sorted(entry.name for entry in os.scandir(GOLDEN) if entry.is_dir())


def place(kind, *names):
    return os.path.join(GOLDEN, kind, *names)


def expected(kind):
    """Snapshot id → manifest."""
    found = {}
    for id in os.listdir(place(kind, "expected")):
        with open(place(kind, "expected", id), encoding="ascii") as file:
            found[id] = file.read()
    return found


def manifest(folder):
    return subprocess.run(
        [sys.executable, os.path.join(TESTS, "manifest.py"), "--no-names", folder], check=True, capture_output=True, text=True).stdout


def fingerprint():
    """Name, mode, times and content of everything in the golden folder."""
    found = {}
    for folder, _, names in os.walk(GOLDEN):
        for path in [folder, *(os.path.join(folder, name) for name in names)]:
            status = os.lstat(path)
            digest = None
            if not os.path.isdir(path):
                with open(path, "rb") as file:
                    digest = hashlib.sha256(file.read()).digest()
            found[path] = status.st_mode, status.st_mtime_ns, digest
    return found


def run(kind, secret, *command):
    out, err = io.StringIO(), io.StringIO()
    option = {"recovery.key": "--recovery-key-file", "passphrase": "--passphrase-file"}[secret]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.main(["--site", place(kind, "site"), option, place(kind, secret), *command])
    return code, out.getvalue(), err.getvalue()


class Golden(unittest.TestCase):
    """Owners and nodes come back for root only."""

    @classmethod
    def setUpClass(cls):
        cls.before = fingerprint()

    @classmethod
    def tearDownClass(cls):
        if cls.before != fingerprint():
            raise AssertionError("a test wrote to the golden repositories")

    def test_there_are_two_and_each_has_two_snapshots(self):
        self.assertEqual(repositories(), ["persons", "plain"])
        for kind in repositories():
            self.assertEqual(len(expected(kind)), 2)

    def test_both_secrets_list_the_snapshots(self):
        for kind in repositories():
            for secret in ("recovery.key", "passphrase"):
                with self.subTest(kind, secret=secret):
                    code, out, err = run(kind, secret, "list")
                    self.assertEqual((code, err), (0, ""))
                    self.assertEqual({line.split()[0] for line in out.splitlines()}, set(expected(kind)))

    def test_every_snapshot_restores_exactly(self):
        for kind in repositories():
            for number, (id, wanted) in enumerate(sorted(expected(kind).items())):
                with self.subTest(kind, id=id), tempfile.TemporaryDirectory() as target:
                    code, _, err = run(kind, ("recovery.key", "passphrase")[number], "restore", id, os.path.join(target, "t"))
                    self.assertEqual(code, 0, err)
                    restored = manifest(os.path.join(target, "t", ROOT))
                    self.assertEqual(restored.splitlines(), wanted.splitlines())

    def test_check_finds_nothing(self):
        for kind in repositories():
            with self.subTest(kind):
                code, out, err = run(kind, "recovery.key", "check")
                self.assertEqual(code, 0, err)
                self.assertIn(": 0 problems", out)

    def test_a_key_of_the_other_repository_opens_nothing(self):
        with contextlib.redirect_stderr(io.StringIO()):
            code = cli.main(["--site", place("persons", "site"), "--recovery-key-file", place("plain", "recovery.key"), "list"])
        self.assertEqual(code, 12)

    def test_a_folder_carries_grafts_of_two_persons_and_three_periods(self):
        with open(place("persons", "recovery.key"), encoding="ascii") as file:
            opened = unlock.unlock(place("persons", "site"), recovery_line=file.read())
        walker = tree.Tree(opened.store, opened.ledger, opened.keyring, self.fail)
        found = set()
        for id, _ in opened.snapshots():
            directory = walker.root(opened.snapshot(id))
            for name in ("tmp", "golden", "data", "mail"):
                node = next(node for node in directory.children if node.name == name.encode())
                directory = walker.open(node, ())
            found |= {(candidate.domain.subject, candidate.domain.period) for node in directory.children for candidate in node.candidates}
        self.assertEqual({subject for subject, _ in found if subject}, {"email:anna@example.org", "email:bert@example.org"})
        self.assertLessEqual({"2021", "2022", "2023"}, {period for _, period in found})


if __name__ == "__main__":
    unittest.main()
