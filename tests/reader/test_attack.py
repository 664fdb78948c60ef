"""Before and after an erasure, rightly done and done wrong: the attacker must find every mistake, or his silence proves nothing."""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import attack  # noqa: E402
import cli  # noqa: E402
import finds  # noqa: E402
import keys  # noqa: E402
import objects  # noqa: E402
import pages  # noqa: E402
import seal  # noqa: E402
import writer  # noqa: E402
import zstandard  # noqa: E402
from scene import Scene, entry, fill  # noqa: E402

SECRET = "/s"


class Person(Scene):
    """Two persons, one folder. Each method that is a mistake may be put in the place of the right one."""

    def build(self):
        for label in ("anna", "bert"):
            self.add_domain(label, subject=f"email:{label}@example.org")
        pairs = []
        for label in ("anna", "bert"):
            content = self.content(label, b"a letter of " + label.encode(), os.urandom(5000))
            size = 5000 + 12 + len(label)
            rows = [entry(pages.FILE, name=label.encode() + b".txt", size=size, content=content)]
            pairs.append((label, self.page(label, pages.ENTRIES, rows, self_=entry(pages.DIRECTORY))))
        mail = entry(pages.DIRECTORY, name=b"mail", grafts=self.grafts("bulk", *pairs))
        self.snapshot(self.page("bulk", pages.ENTRIES, [mail], self_=entry(pages.DIRECTORY)))
        self.finish()
        self.before = dict(self.objects)
        self.secret = next(data for name, data in self.before.items() if name.endswith(SECRET))
        self.anna = self.domains["anna"].id.hex()
        self.bert = self.domains["bert"].id.hex()
        return self


class SameShardKey(Person):
    def shard_key(self, number):
        return fill(f"shard {number}", 32)


class NoSecretInEpoch(Person):
    def epoch_key(self, share, random):
        return keys.epoch_key(share, b"", self.repository, self.n, random)


class SameSecret(Person):
    def site_secret(self):
        return fill("S", 32)


class OtherMemberKey(Person):
    """Anna's member is sealed under the key of Bert."""

    def _member(self, label):
        own = self.domains["anna"]
        data, own.data = own.data, self.domains["bert"].data
        member = super()._member(label)
        own.data = data
        return member


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.kept = self.path("kept")
        self.site = self.path("site")
        os.makedirs(self.kept)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def keep(self, name, data):
        with open(os.path.join(self.kept, name), "wb") as file:
            file.write(data)

    def erase(self, shape=Person):
        """What somebody kept of epoch 1, but for its S, and a site of today without Anna."""
        scene = shape().build()
        scene.next_epoch(removed=("anna",))
        scene.write(self.site)
        scene.write(self.path("kept", "old"), {name: data for name, data in scene.before.items() if not name.endswith(SECRET)})
        self.assertNotIn(scene.secret, scene.objects.values() if shape is not SameSecret else ())
        return scene

    def run_cli(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        key, passphrase = self.path("recovery"), self.path("passphrase")
        for name, data in ((key, keys.recovery_text(Scene.SEED).encode()), (passphrase, Scene.PASSPHRASE + b"\n")):
            with open(name, "wb") as file:
                file.write(data)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main([*arguments, "--recovery-key-file", key, "--passphrase-file", passphrase])
        return code, out.getvalue(), err.getvalue()

    def attack(self, scene, *more, domain=None):
        code, out, err = self.run_cli("attack", "--kept", self.kept, "--site", self.site, "--domain", domain or scene.anna, "--json", *more)
        result = json.loads(out)
        self.found = next(row for row in result["domains"] if row["domain"] == (domain or scene.anna))
        return code, result, err

    def assert_open(self, scene):
        """The attack gets in, and says how."""
        code, result, err = self.attack(scene)
        self.assertEqual(code, 1, result)
        self.assertIn("OPEN", err)
        self.assertEqual(self.found["members_opened"], 1)
        self.assertEqual(self.found["blobs_opened"], 3)
        self.assertEqual(self.found["names"], ["anna.txt"])
        self.assertEqual(self.attack(scene, "--expect-open")[0], 0)
        return result


class DoneRight(Case):
    def test_nothing_of_the_erased_person_opens(self):
        scene = self.erase()
        code, result, _ = self.attack(scene)
        self.assertEqual(code, 0)
        counts = [self.found[what] for what in ("keys", "members_found", "members_opened", "blobs_opened")]
        self.assertEqual(counts, [0, 1, 0, 0])
        self.assertEqual((result["epochs"]["found"], result["epochs"]["opened"]), (2, [2]))
        self.assertEqual((result["epochs"]["site_secrets"], result["epochs"]["shares_opened"]), (1, 2))
        self.assertEqual(result["root"], {"found": 2, "opened": 1})
        self.assertEqual(result["guesses"]["hits"], [])
        self.assertFalse(result["guesses"]["capped"])
        self.assertEqual(self.attack(scene, "--expect-open")[0], 1)

    def test_the_others_open_all_the_same(self):
        scene = self.erase()
        self.assertEqual(self.attack(scene, "--expect-open", domain=scene.bert)[0], 0)
        self.assertEqual(self.found["names"], ["bert.txt"])
        self.assertEqual(self.attack(scene, domain=scene.bert)[0], 1)

    def test_before_the_erasure_everything_opens(self):
        scene = Person().build()
        scene.write(self.site)
        self.assertEqual(self.attack(scene, "--expect-open")[0], 0)
        self.assertEqual(self.found["subject"], "email:anna@example.org")

    def test_a_new_epoch_alone_without_the_old_sites_opens_nothing_old(self):
        scene = self.erase()
        shutil.rmtree(self.site)
        code, out, _ = self.run_cli("attack", "--kept", self.kept, "--domain", scene.anna, "--json")
        self.assertEqual((code, json.loads(out)["root"]), (0, {"found": 1, "opened": 0}))

    def test_the_reader_agrees(self):
        scene = self.erase()
        key = self.path("recovery")
        with open(key, "w") as file:
            file.write(keys.recovery_text(Scene.SEED))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
            code = cli.main(["--site", self.site, "--recovery-key-file", key, "ls", scene.snapshot_id.hex()])
        self.assertEqual(code, 0, err.getvalue())
        self.assertIn("erased", err.getvalue())


class DoneWrong(Case):
    def test_the_secret_was_kept(self):
        scene = self.erase()
        self.keep("some file", scene.secret)
        self.assert_open(scene)
        self.assertIn("E of epoch 1", self.found["way"])
        self.assertTrue(any("S of epoch 1" in step and "some file" in step for step in self.found["way"]))

    def test_the_secret_was_left_at_a_site(self):
        scene = self.erase()
        name = next(name for name in scene.before if name.endswith(SECRET))
        scene.write(self.site, {name: scene.secret})
        self.assert_open(scene)

    def test_the_secret_stands_in_the_middle_of_something(self):
        scene = self.erase()
        self.keep("spool", b"\x58" * 99 + scene.secret + b"\xa5\0\1\1\x58\x20")
        self.assert_open(scene)

    def test_the_secret_stands_in_a_database(self):
        scene = self.erase()
        with contextlib.closing(sqlite3.connect(os.path.join(self.kept, "x"))) as database, database:
            database.execute("create table t (a, b)")
            database.execute("insert into t values (?, ?)", (1, os.urandom(9000) + scene.secret + os.urandom(9000)))
        self.assert_open(scene)

    def test_the_secret_stands_in_something_compressed(self):
        scene = self.erase()
        self.keep("log.zst", b"head" + zstandard.compress(b"x" * 1000 + scene.secret))
        self.assert_open(scene)

    def test_the_secret_stands_in_a_log(self):
        scene = self.erase()
        self.keep("log", b"S = " + scene.secret[-32:].hex().encode() + b"\n")
        self.assertEqual(len(self.assert_open(scene)["guesses"]["hits"]), 1)

    def test_the_secret_stands_by_itself(self):
        scene = self.erase()
        self.keep("raw", scene.secret[-32:])
        self.assert_open(scene)

    def test_a_shard_kept_its_key(self):
        self.assert_open(self.erase(SameShardKey))
        self.assertTrue(any(step.startswith("key of shard") and step.endswith("of epoch 2") for step in self.found["way"]))

    def test_the_key_of_an_epoch_does_without_the_secret(self):
        result = self.assert_open(self.erase(NoSecretInEpoch))
        self.assertIn("zeros", self.found["way"])
        self.assertTrue(result["guesses"]["hits"])

    def test_the_new_epoch_took_the_old_secret(self):
        self.assert_open(self.erase(SameSecret))

    def test_the_keyring_of_today_still_has_the_domain(self):
        scene = Person().build()
        scene.next_epoch()
        scene.write(self.site)
        self.assert_open(scene)

    def test_a_member_lies_under_a_key_of_somebody_else(self):
        result = self.assert_open(self.erase(OtherMemberKey))
        self.assertEqual((self.found["keys"], len(result["guesses"]["hits"])), (0, 1))

    def test_a_data_key_was_left_in_a_state(self):
        scene = self.erase()
        self.keep("state", writer.cbor({0: "anna", 1: [fill("anna data", 32)]}))
        self.assert_open(scene)

    def test_a_seed_was_left_in_a_state(self):
        """With S still there, whoever has neither key nor passphrase gets in by a seed that lies about."""
        scene = Person().build()
        scene.write(self.site)
        command = ["attack", "--site", self.site, "--kept", self.kept, "--domain", scene.anna]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(cli.main(command), 0)
            self.keep("draft", Scene.SEED)
            self.assertEqual(cli.main(command), 1)

    def test_a_recovery_key_lies_about(self):
        scene = Person().build()
        scene.write(self.site)
        self.keep("sheet.txt", b"Recovery key:\n  " + keys.recovery_text(Scene.SEED).encode() + b"\n")
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(cli.main(["attack", "--site", self.site, "--kept", self.kept, "--domain", scene.anna]), 1)

    def test_keys_alone_count_though_no_member_was_kept(self):
        scene = self.erase()
        self.keep("s", scene.secret)
        for top in (self.kept, self.site):
            for folder, _, files in os.walk(top):
                for name in files:
                    if "packs" in folder:
                        os.remove(os.path.join(folder, name))
        code, _, err = self.attack(scene)
        self.assertEqual((code, self.found["keys"], self.found["members_found"]), (1, 1, 0))
        self.assertIn("no member", err)


class Places(Case):
    """Objects where no site has them."""

    def members(self, scene):
        pack = next(data for name, data in scene.before.items() if name.startswith("packs/"))
        starts = [hit.start() for hit in finds.SEALED.finditer(pack)]
        return pack, [pack[at:end] for at, end in zip(starts, starts[1:])]

    def without_packs(self, scene):
        for objects_of in (scene.before, scene.objects):
            for name in [name for name in objects_of if name.startswith("packs/")]:
                del objects_of[name]
        return scene

    def test_members_by_themselves(self):
        scene = Person().build()
        _, members = self.members(scene)
        for number, member in enumerate(members):
            self.keep(f"m{number}", member)
        self.without_packs(scene).write(self.site)
        self.assertEqual(self.attack(scene, "--expect-open")[0], 0)

    def test_members_by_themselves_without_an_index(self):
        scene = Person().build()
        _, members = self.members(scene)
        self.keep("all", writer.cbor(members))
        self.without_packs(scene)
        scene.write(self.site, {name: data for name, data in scene.objects.items() if not name.startswith("index/")})
        self.assertEqual(self.attack(scene, "--expect-open")[0], 0)

    def test_a_pack_with_holes(self):
        scene = Person().build()
        pack, members = self.members(scene)
        anna = list(scene.blobs).index("anna")
        for number, member in enumerate(members):
            if number != anna:
                pack = pack.replace(member, bytes(len(member)))
        self.keep("holes", pack)
        self.without_packs(scene).write(self.site)
        self.assertEqual(self.attack(scene, "--expect-open")[0], 0)

    def test_a_torn_member_counts_as_opened(self):
        scene = Person().build()
        _, members = self.members(scene)
        self.keep("torn", members[list(scene.blobs).index("anna")][:-1])
        self.without_packs(scene).write(self.site)
        code, _, _ = self.attack(scene)
        self.assertEqual((code, self.found["members_opened"], self.found["blobs_opened"]), (1, 1, 0))
        self.assertEqual(self.attack(scene, "--expect-open")[0], 1)


class States(Case):
    """A state file may hold a draft: the seed of a slot, sealed under the repository key *state*."""

    def test_a_seed_in_a_state_file(self):
        # The passphrase opens today's epoch alone; the epoch before was made out to the recovery key alone.
        scene = Person().build()
        passphrase_slot = next(slot for slot in scene.slots if slot[2] == 2)
        recovery_slot = next(slot for slot in scene.slots if slot[2] == 1)
        scene.objects = {name: data for name, data in scene.objects.items() if not name.startswith("epochs/")}
        scene._epoch([recovery_slot])
        old = dict(scene.objects)
        scene.slots = [passphrase_slot]
        scene.next_epoch(removed=("anna",))
        scene.write(self.site)
        scene.write(self.path("kept", "old"), old)
        passphrase = self.path("passphrase")
        with open(passphrase, "wb") as file:
            file.write(Scene.PASSPHRASE)
        command = ["attack", "--site", self.site, "--kept", self.kept, "--domain", scene.anna, "--passphrase-file", passphrase]
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(cli.main(command), 0)
            self.keep("draft", writer.seal_text(seal.STATE, scene.keys["state"], fill("draft", 32), scene.repository, Scene.SEED))
            self.assertEqual(cli.main(command), 1)


class Options(Case):
    def test_a_low_limit_is_told(self):
        _, result, _ = self.attack(self.erase(), "--tries", "10")
        self.assertTrue(result["guesses"]["capped"])

    def test_a_key_of_another_repository_proves_nothing(self):
        scene = self.erase()
        key = self.path("other")
        with open(key, "w") as file:
            file.write(keys.recovery_text(fill("another seed", 32)))
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as err:
            code = cli.main(["attack", "--site", self.site, "--kept", self.kept, "--domain", scene.anna, "--recovery-key-file", key])
        self.assertEqual(code, 12)
        self.assertIn("nothing was proved", err.getvalue())

    def test_the_report_for_people(self):
        scene = self.erase()
        self.keep("s", scene.secret)
        code, out, _ = self.run_cli("attack", "--kept", self.kept, "--site", self.site, "--domain", scene.anna)
        self.assertEqual(code, 1)
        self.assertIn("(email:anna@example.org): 1 keys, 1 members found, 1 opened, 3 blobs, 1 names", out)
        self.assertIn("<- S of epoch 1 in " + self.kept, out)

    def test_a_folder_that_is_not_there(self):
        self.assertEqual(self.run_cli("attack", "--kept", self.path("nowhere"))[0], 2)


class Commitment(unittest.TestCase):
    def test_it_is_that_of_the_format(self):
        header = seal.MAGIC + bytes([seal.ROOT, 1, 0, 0]) + fill("salt", 32) + bytes(32)
        repository = objects.sha256(b"repository")
        _, expected = seal.object_key(fill("key", 32), seal.ROOT, fill("salt", 32), repository)
        self.assertEqual(attack.commitment(fill("key", 32), finds.Sealed(seal.Header(header, seal.ROOT)), repository), expected)


if __name__ == "__main__":
    unittest.main()
