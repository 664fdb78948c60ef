"""A small repository, written by the tests alone, read through the commands."""

import contextlib
import io
import os
import stat
import struct
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cli  # noqa: E402
import keys  # noqa: E402
import pages  # noqa: E402
import writer  # noqa: E402
from scene import Scene, entry, fill  # noqa: E402

DEPTH = 1100
BIG = [os.urandom(70_000), b"x" * 100_000, b"", b"end"]


def run(site, *command, recovery=True, secret=None):
    """(exit code, standard output, standard error) of the reader."""
    out, err = io.StringIO(), io.StringIO()
    with tempfile.NamedTemporaryFile() as file:
        file.write(secret or (keys.recovery_text(Scene.SEED).encode() if recovery else Scene.PASSPHRASE + b"\n"))
        file.flush()
        option = "--recovery-key-file" if recovery else "--passphrase-file"
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(["--site", site, option, file.name, *command])
    return code, out.getvalue(), err.getvalue()


def deep_tree(scene):
    tree = scene.page("bulk", pages.ENTRIES, [entry(pages.FILE, name=b"bottom", size=4, content=scene.content("bulk", b"deep"))])
    for _ in range(DEPTH):
        tree = scene.page("bulk", pages.ENTRIES, [entry(pages.DIRECTORY, 0o700, name=b"down" * 10, tree=tree)])
    return tree


def wide_tree(scene):
    """Entries below two levels of inner pages."""
    names = [b"n%03d" % i for i in range(12)]
    content = scene.content("bulk", b"wide")
    leaves = [[entry(pages.FILE, name=name, size=4, content=content) for name in names[i:i + 3]] for i in range(0, 12, 3)]
    rows = [[leaf[0][0], scene.page("bulk", pages.ENTRIES, leaf)] for leaf in leaves]
    halves = [[half[0][0], scene.page("bulk", pages.INNER, half)] for half in (rows[:2], rows[2:])]
    return scene.page("bulk", pages.INNER, halves)


def listed_content(scene):
    """Content through two levels of lists."""
    records = scene.content("bulk", *BIG)
    parts = [(records[:48], sum(map(len, BIG[:2]))), (records[48:], sum(map(len, BIG[2:])))]
    below = b"".join(scene.blob("bulk", 2, part) + struct.pack(">Q", size) for part, size in parts)
    total = sum(map(len, BIG))
    return {"size": total, "level": 2, "content": scene.blob("bulk", 2, below) + struct.pack(">Q", total)}


def everything():
    """A scene with one entry of every kind."""
    scene = Scene()
    shared = {"size": 6, "content": scene.content("bulk", b"shared"), "links": 2, "device": 7, "inode": 99}
    rows = [
        entry(pages.FILE, name=b"big", **listed_content(scene)),
        entry(pages.DIRECTORY, 0o500, name=b"deep", tree=deep_tree(scene)),
        entry(pages.FILE, 0o4711, name=b"empty", mtime=-2_000_000_000, attributes=[[b"user.note", b"\0\1"], [b"user.zero", b""]]),
        entry(pages.DIRECTORY, 0o1777, name=b"emptydir"),
        entry(pages.FIFO, 0o622, name=b"fifo"),
        entry(pages.FILE, name=b"hard1", **shared),
        entry(pages.FILE, name=b"hole", size=1 << 40, extents=[]),
        entry(pages.SYMLINK, 0o777, name=b"link", target=b"../\xff\n", mtime=5_000_000_000),
        entry(pages.SOCKET, 0o755, name=b"socket"),
        entry(pages.FILE, name=b"sparse", size=1 << 20, extents=[[4096, 3], [9000, 5]], content=scene.content("bulk", b"abcd", b"efgh")),
        entry(pages.DIRECTORY, 0o755, name=b"wide", tree=wide_tree(scene)),
        entry(pages.DIRECTORY, 0o755, name=b"zz", tree=scene.page("bulk", pages.ENTRIES, [entry(pages.FILE, name=b"hard2", **shared)])),
        entry(pages.FILE, name=b"\xff\n\x1b" + b"l" * 252, size=1, content=scene.content("bulk", b"y")),
    ]
    tree = scene.page("bulk", pages.ENTRIES, rows, self_=entry(pages.DIRECTORY, 0o711, mtime=77), users={os.getuid(): "somebody"})
    scene.snapshot(tree)
    scene.finish()
    return scene


def persons():
    """A folder of two persons and three periods."""
    scene = Scene()
    for label, subject, period in (("anna24", "email:anna@example.org", "2024"), ("anna25", "email:anna@example.org", "2025"),
                                   ("bert24", "email:bert@example.org", "2024")):
        scene.add_domain(label, subject=subject, period=period)

    def graft(label, mtime, rows):
        return label, scene.page(label, pages.ENTRIES, rows, self_=entry(pages.DIRECTORY, 0o750, mtime=mtime))

    def file(label, name):
        return entry(pages.FILE, name=name, size=len(label), content=scene.content(label, label.encode()))

    def folder(label, mtime, *names):
        tree = scene.page(label, pages.ENTRIES, [file(label, name) for name in names])
        return entry(pages.DIRECTORY, 0o700, name=b"sub", mtime=mtime, tree=tree)

    pairs = [graft("anna24", 24, [file("anna24", b"a1"), folder("anna24", 1, b"x")]),
             graft("anna25", 25, [file("anna25", b"a2"), folder("anna25", 2, b"w", b"y")]),
             graft("bert24", 26, [file("bert24", b"b1")])]
    shared = scene.page("bulk", pages.ENTRIES, [file("bulk", b"common"), folder("bulk", 3, b"v")])
    mail = entry(pages.DIRECTORY, 0o755, name=b"mail", tree=shared, grafts=scene.grafts("bulk", *pairs), mtime=1)
    own = graft("anna24", 1, [file("anna24", b"rooted")])
    tree = scene.page("bulk", pages.ENTRIES, [mail], self_=entry(pages.DIRECTORY, 0o755))
    scene.snapshot(tree, grafts=scene.grafts("bulk", own))
    return scene


class Case(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.mkdtemp()
        # Python's own removal calls itself for each level, which the deep tree is too deep for.
        self.addCleanup(subprocess.run, ["rm", "-rf", temporary], check=True)
        self.site = os.path.join(temporary, "site")
        self.target = os.fsencode(os.path.join(temporary, "target"))

    def restored(self, *names):
        return os.path.join(self.target, *names)

    def content(self, *names):
        with open(self.restored(*names), "rb") as file:
            return file.read()

    def restore(self, scene, expected=0):
        code, _, err = run(scene.write(self.site), "restore", scene.snapshot_id.hex()[:6], os.fsdecode(self.target))
        self.assertEqual(code, expected, err)
        return err


class Everything(Case):
    @classmethod
    def setUpClass(cls):
        cls.scene = everything()

    def test_check_finds_nothing(self):
        code, out, err = run(self.scene.write(self.site), "check")
        self.assertEqual((code, [line for line in err.splitlines() if "counts" not in line]), (0, []), out)
        self.assertIn("1 snapshots", out)

    def test_list_and_ls(self):
        site = self.scene.write(self.site)
        code, out, err = run(site, "list")
        self.assertEqual((code, err), (0, ""))
        self.assertTrue(out.startswith(self.scene.snapshot_id.hex()))
        code, out, _ = run(site, "ls", self.scene.snapshot_id.hex()[:4])
        self.assertEqual(code, 0)
        self.assertIn("\\xff\\n\\x1b" + "l" * 252, out)
        self.assertEqual(len(out.splitlines()), 1 + 13 + DEPTH + 1 + 12 + 1)

    def test_passphrase_opens_as_well(self):
        site = self.scene.write(self.site)
        self.assertEqual(run(site, "list", recovery=False)[0], 0)
        self.assertEqual(run(site, "list", recovery=False, secret=b"wrong")[0], 12)
        self.assertEqual(run(site, "list", secret=keys.recovery_text(fill("no", 32)).encode())[0], 12)
        self.assertEqual(run(site, "list", secret=b"BKR1-AAAA")[0], 12)

    def test_restore_content(self):
        self.restore(self.scene)
        self.assertEqual(self.content(b"big"), b"".join(BIG))
        self.assertEqual(self.content(b"wide", b"n011"), b"wide")
        self.assertEqual(self.content(b"\xff\n\x1b" + b"l" * 252), b"y")
        sparse = self.content(b"sparse")
        self.assertEqual((sparse[4096:4099], sparse[9000:9005], len(sparse), sparse.count(0)), (b"abc", b"defgh", 1 << 20, (1 << 20) - 8))
        hole = os.stat(self.restored(b"hole"))
        self.assertEqual((hole.st_size, hole.st_blocks), (1 << 40, 0))

    def test_restore_metadata(self):
        self.restore(self.scene)
        empty = os.stat(self.restored(b"empty"))
        self.assertEqual((stat.S_IMODE(empty.st_mode), empty.st_size), (0o4711, 0))
        self.assertEqual(empty.st_mtime_ns, -2_000_000_000 * 10**9 + 123_456_789)
        self.assertEqual(os.getxattr(self.restored(b"empty"), "user.note"), b"\0\1")
        self.assertEqual(os.getxattr(self.restored(b"empty"), "user.zero"), b"")
        self.assertEqual(stat.S_IMODE(os.stat(self.restored(b"emptydir")).st_mode), 0o1777)
        self.assertEqual(os.stat(self.restored(b"deep")).st_mtime_ns, 1_767_225_600_123_456_789)
        root = os.stat(self.target)
        self.assertEqual((stat.S_IMODE(root.st_mode), root.st_mtime_ns), (0o711, 77_123_456_789))
        os.chmod(self.restored(b"deep"), 0o700)

    def test_restore_nodes_and_links(self):
        self.restore(self.scene)
        self.assertEqual(os.readlink(self.restored(b"link")), b"../\xff\n")
        self.assertEqual(os.lstat(self.restored(b"link")).st_mtime_ns, 5_000_000_000_123_456_789)
        self.assertTrue(stat.S_ISFIFO(os.stat(self.restored(b"fifo")).st_mode))
        self.assertTrue(stat.S_ISSOCK(os.stat(self.restored(b"socket")).st_mode))
        first, second = os.stat(self.restored(b"hard1")), os.stat(self.restored(b"zz", b"hard2"))
        self.assertEqual((first.st_ino, first.st_nlink), (second.st_ino, 2))
        self.assertEqual(len(os.listdir(self.target)), 13)

    def test_restore_into_a_used_folder_is_refused(self):
        os.makedirs(self.restored(b"something"))
        self.restore(self.scene, expected=1)


class Persons(Case):
    def test_grafts_are_overlaid_by_name(self):
        scene = persons()
        scene.finish()
        self.assertEqual(run(scene.write(self.site), "check")[0], 0)
        self.restore(scene)
        self.assertEqual(sorted(os.listdir(self.restored(b"mail"))), [b"a1", b"a2", b"b1", b"common", b"sub"])
        self.assertEqual(sorted(os.listdir(self.restored(b"mail", b"sub"))), [b"v", b"w", b"x", b"y"])
        self.assertEqual(self.content(b"mail", b"sub", b"y"), b"anna25")
        self.assertEqual(self.content(b"rooted"), b"anna24")

    def test_metadata_is_that_of_the_own_entry_and_below_that_of_the_newest_period(self):
        scene = persons()
        scene.finish()
        self.restore(scene)
        mail = os.stat(self.restored(b"mail"))
        self.assertEqual((int(mail.st_mtime), stat.S_IMODE(mail.st_mode)), (1, 0o755))
        self.assertEqual(int(os.stat(self.restored(b"mail", b"sub")).st_mtime), 2)

    def test_an_erased_domain_is_shown_and_the_rest_restored(self):
        scene = persons()
        scene.erased = [[scene.domains["bert24"].id, 1_767_300_000]]
        scene.finish()
        self.assertIn("erased: mail: domain", self.restore(scene))
        self.assertNotIn(b"b1", os.listdir(self.restored(b"mail")))

    def test_a_domain_without_key_that_was_not_erased_is_damage(self):
        scene = persons()
        scene.finish()
        broken = persons()
        lost = broken.domains["bert24"]
        broken._shards = lambda: Scene._shards(_without(broken, lost))
        broken.finish()
        self.assertIn("damage: mail: domain", self.restore(broken, expected=3))

    def test_a_restricted_domain_is_left_out_unless_asked_for(self):
        scene = persons()
        scene.domains["bert24"].row[8] = 1
        scene.finish()
        self.assertIn("restricted", self.restore(scene, expected=3))
        _, out, _ = run(self.site, "--include-restricted", "ls", scene.snapshot_id.hex())
        self.assertIn("mail/b1", out)


    def test_dump_holds_nothing_of_a_person(self):
        scene = persons()
        scene.finish()
        code, _, err = run(scene.write(self.site), "dump", os.fsdecode(self.target))
        self.assertEqual(code, 0, err)
        self.assertIn("3 members of a subject left out", err)
        everything = b""
        for folder, _, files in os.walk(self.target):
            for file in files:
                with open(os.path.join(folder, file), "rb") as content:
                    everything += os.path.relpath(folder, self.target) + b"/" + file + content.read()
        self.assertEqual([word for word in (b"common", b"mail", b"anna", b"bert", b"rooted") if word in everything], [b"common", b"mail"])


def _without(scene, lost):
    """The same scene for one who does not know a domain."""
    other = Scene.__new__(Scene)
    other.__dict__ = {**scene.__dict__, "domains": {label: domain for label, domain in scene.domains.items() if domain is not lost}}
    return other


class Ledgers(Case):
    def setUp(self):
        super().setUp()
        self.scene = persons()
        self.scene.finish()

    def add(self, owner_seed=None, **fields):
        payload = self.scene.payload(removed=[self.scene.snapshot_id])
        body = {**self.scene.body(payload), 2: 2, 3: [self.scene.first_entry], **{int(key[1:]): value for key, value in fields.items()}}
        return self.scene.put_entry(body, payload, owner_seed)

    def snapshots(self):
        code, out, err = run(self.scene.write(self.site), "list")
        self.assertEqual(code, 0, err)
        return len(out.splitlines()), err

    def test_a_restored_snapshot_lives_again_if_the_restorer_knew_of_the_removal(self):
        def put(after, number, *removed, **more):
            payload = self.scene.payload(removed=removed, **more)
            return self.scene.put_entry({**self.scene.body(payload), 2: number, 3: sorted(after)}, payload)

        snapshot = self.scene.snapshot_id
        removed = put([self.scene.first_entry], 2, snapshot)
        restored = put([removed], 3, k5=[snapshot], k6=[snapshot])
        self.assertEqual(self.snapshots(), (1, ""))
        other = put([self.scene.first_entry], 2, snapshot, k7=[snapshot])
        put([restored, other], 4)
        self.assertEqual(self.snapshots(), (0, ""))

    def test_a_valid_entry_counts(self):
        self.add()
        self.assertEqual(self.snapshots(), (0, ""))

    def test_entries_that_are_ignored_with_an_alarm(self):
        other = fill("stranger", 32)
        term = writer.term(other, self.scene.repository, 9, fill("t", 16), writer.public_of(other))
        cases = {"a wrong term signature": {"k5": term, "owner_seed": other}, "a wrong signature": {"owner_seed": other},
                 "another repository": {"k1": fill("r", 32)}, "another payload": {"k13": fill("p", 32)},
                 "an unknown critical key": {"k17": 0}, "another format": {"k0": 2}}
        for what, fields in cases.items():
            with self.subTest(what):
                before = dict(self.scene.objects)
                self.add(**fields)
                count, err = self.snapshots()
                self.assertEqual(count, 1)
                self.assertIn("ignored", err)
                self.scene.objects = before
                os.unlink(os.path.join(self.site, err.split()[1].rstrip(":")))

    def test_an_unknown_key_that_is_not_critical_is_ignored(self):
        self.add(k64="later")
        self.assertEqual(self.snapshots(), (0, ""))

    def test_branches_are_joined_and_told(self):
        self.add()
        self.add(k4=5)
        count, err = self.snapshots()
        self.assertEqual(count, 0)
        self.assertIn("a branch that was not joined", err)


class Damage(Case):
    def setUp(self):
        super().setUp()
        self.scene = persons()
        self.scene.finish()
        self.scene.write(self.site)

    def test_one_flipped_bit_anywhere_is_found(self):
        for name, data in self.scene.objects.items():
            for at in {0, len(data) // 2, len(data) - 1}:
                with self.subTest(name, at=at):
                    self._overwrite(name, data[:at] + bytes([data[at] ^ 4]) + data[at + 1:])
                    self.assertNotEqual(run(self.site, "check")[0], 0)
            self._overwrite(name, data)
        self.assertEqual(run(self.site, "check")[0], 0)

    def test_a_missing_object_is_found(self):
        for name, data in self.scene.objects.items():
            with self.subTest(name):
                os.unlink(os.path.join(self.site, name))
                self.assertNotEqual(run(self.site, "check")[0], 0)
                self._overwrite(name, data)

    def test_without_index_and_slots_everything_still_restores(self):
        for name in self.scene.objects:
            if name.startswith(("index/", "slots/", "inventory/")):
                os.unlink(os.path.join(self.site, name))
        code, _, err = run(self.site, "restore", self.scene.snapshot_id.hex(), os.fsdecode(self.target))
        self.assertEqual((code, self.content(b"mail", b"sub", b"y")), (0, b"anna25"), err)

    def test_a_foreign_object_is_found_and_tmp_is_not_read(self):
        self._overwrite("tmp/half", b"x")
        self.assertEqual(run(self.site, "check")[0], 0)
        self._overwrite("packs/notes.txt", b"x")
        self.assertEqual(run(self.site, "check")[0], 3)

    def _overwrite(self, name, data):
        path = os.path.join(self.site, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)


if __name__ == "__main__":
    unittest.main()
