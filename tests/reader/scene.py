"""A small repository for the tests, written object by object as FORMAT.md says."""

import hashlib
import hmac
import os
import struct
from collections import defaultdict

import keys
import seal
import writer
import xwing
import zstandard

NOW = 1_767_225_600
SECRET_KINDS = ("index", "snapshot", "ledger", "table", "journal", "subject", "state")


def fill(label, size):
    return hashlib.shake_256(b"scene: " + label.encode()).digest(size)


class SceneDomain:
    def __init__(self, label, subject=None, period=None, state=0):
        self.id = fill(label, 16)
        self.data, self.id_key, self.chunk = (fill(f"{label} {part}", 32) for part in ("data", "id", "chunk"))
        self.subject = subject
        self.row = [self.id, self.data, self.id_key, self.chunk, subject, "mail" if subject else None, period, NOW, state]


class Scene:
    SEED = fill("seed", 32)
    PASSPHRASE = b"open sesame"

    def __init__(self):
        self.root_seed, self.owner_seed = fill("root", 32), fill("owner", 32)
        self.repository = writer.sha256(writer.public_of(self.root_seed))
        self.keys = {name: fill(f"key {name}", 32) for name in SECRET_KINDS}
        self.objects = {}
        self.domains = {}
        self.blobs = defaultdict(dict)
        self.salts = 0
        self.erased = []
        self.inventory = []
        self.n = 1
        self.shards = {}
        self.add_domain("bulk")

    def salt(self):
        self.salts += 1
        return fill(f"salt {self.salts}", 32)

    def add_domain(self, label, **more):
        self.domains[label] = SceneDomain(label, **more)

    def seal(self, kind, key, value):
        return writer.seal_text(kind, key, self.salt(), self.repository, writer.cbor(value))

    def put(self, folder, data):
        name = writer.sha256(data)
        self.objects[f"{folder}/{name.hex()}"] = data
        return name

    def blob(self, label, kind, data):
        id = writer.blob_id(self.domains[label].id_key, kind, data)
        self.blobs[label][id] = (kind, data)
        return id

    def content(self, label, *chunks):
        return b"".join(self.blob(label, 0, chunk) + struct.pack(">Q", len(chunk)) for chunk in chunks)

    def page(self, label, kind, items, **more):
        numbers = {"self_": 1, "users": 3, "groups": 4}
        value = {0: kind, 2: items, **{numbers[key]: field for key, field in more.items()}}
        return self.blob(label, 1, writer.cbor(value))

    def grafts(self, label, *pairs):
        """A graft page in a domain; pairs are (label of the grafted domain, tree id)."""
        return self.page(label, 2, b"".join(sorted(self.domains[grafted].id + tree for grafted, tree in pairs)))

    def _slots(self):
        base = {0: 1, 1: self.repository, 3: xwing.public_key(self.SEED)}
        salt = fill("argon", 16)
        other = fill("other seed", 32)
        sealed = writer.seal_unpadded(seal.SLOT_SEED, keys.argon2id(self.PASSPHRASE, 65_536, 1, salt), self.salt(),
                                      self.repository, other)
        by_passphrase = {**base, 2: 2, 3: xwing.public_key(other), 4: [65_536, 1, 1, salt], 5: sealed}
        return [(self.put("slots", writer.cbor({**base, 2: 1})), base[3], 1),
                (self.put("slots", writer.cbor(by_passphrase)), by_passphrase[3], 2)]

    def fill_of_epoch(self, label, size):
        return fill(label if self.n == 1 else f"{label} {self.n}", size)

    def site_secret(self):
        return self.fill_of_epoch("S", 32)

    def epoch_key(self, share, random):
        return keys.epoch_key(share, self.site_secret(), self.repository, self.n, random)

    def _epoch(self, slots):
        n, random, share = self.n, self.fill_of_epoch("epoch", 16), self.fill_of_epoch("a", 32)
        rows = []
        for slot, public, _ in sorted(slots):
            shared, ciphertext = xwing.encapsulate(public, self.fill_of_epoch(slot.hex(), 64))
            rows.append([slot, ciphertext, writer.seal_unpadded(seal.EPOCH_SHARE, shared, self.salt(), self.repository, share)])
        base = {0: 1, 1: self.repository, 2: n, 3: random}
        folder = f"epochs/{n:08}-{random.hex()}"
        self.objects[folder + "/s"] = writer.cbor({**base, 4: self.site_secret()})
        self.objects[folder + "/a"] = writer.cbor({**base, 4: rows})
        return n, random, self.epoch_key(share, random)

    def shard_key(self, number):
        return self.fill_of_epoch(f"shard {number}", 32)

    def _shards(self):
        """A shard from which nothing goes is taken over as it is, with its key."""
        halves = ([], [])
        for domain in self.domains.values():
            digest = hmac.new(self.keys["subject"], (domain.subject or "").encode(), "sha256").digest()
            halves[digest[0] >> 7].append(domain.row)
        for number, half in enumerate(map(sorted, halves)):
            if number not in self.shards or self.shards[number][0] != half:
                key = self.shard_key(number)
                self.shards[number] = half, [self.put("keyring", self.seal(seal.SHARD, key, {0: half})), key] if half else None
        return [self.shards[number][1] for number in range(len(halves))]

    def _keyring(self, n, random, key, slots):
        rows = [[slot, public, kind, "label", NOW] for slot, public, kind in slots]
        return self.put("keyring", self.seal(seal.ROOT, key, {
            0: n, 1: random, 2: self.root_seed, 3: list(self.keys.values()), 4: rows, 5: 1, 6: self._shards()}))

    def _member(self, label):
        segments = []
        for number, (id, (kind, data)) in enumerate(self.blobs[label].items()):
            # One blob a segment, stored and compressed by turns.
            stored = zstandard.compress(data) if number % 2 else data
            segments.append((number % 2, stored, len(data), [(kind, id, len(data))]))
        domain = self.domains[label]
        return writer.member(domain.id, domain.data, self.salt(), self.repository, segments, domain.subject is not None)

    def _packs(self):
        members = []
        for label in self.blobs:
            kinds = {kind for kind, _ in self.blobs[label].values()}
            content = (1 if 0 in kinds else 0) | (2 if kinds & {1, 2} else 0)
            members.append((self.domains[label].id, content, self._member(label)))
        data, rows = writer.pack(members, self.keys["table"], self.salt(), self.repository)
        self.pack_id = writer.sha256(data)
        self.objects[f"packs/{self.pack_id.hex()[:2]}/{self.pack_id.hex()}"] = data
        rows = [row + [b"".join(self.blobs[label])] for row, label in zip(rows, self.blobs)]
        index = self.seal(seal.INDEX, self.keys["index"], {0: [[self.pack_id, len(data), rows]]})
        self.inventory += [[1, self.pack_id, len(data)], [2, self.put("index", index), len(index)]]

    def snapshot(self, tree, grafts=None, counts=(0, 0, 0, 0)):
        value = {0: "files", 1: "host", 2: [NOW, 0], 3: [NOW + 1, 5], 4: self.domains["bulk"].id, 5: tree, 7: [*counts, 0], 8: [],
                 9: None, 10: fill("rules", 32), 11: "test", 12: 0, 13: "files", 14: None}
        sealed = self.seal(seal.SNAPSHOT, self.keys["snapshot"], {**value, 6: grafts} if grafts else value)
        self.snapshot_id = self.put("snapshots", sealed)
        self.inventory.append([3, self.snapshot_id, len(sealed)])

    def body(self, payload, **more):
        """The body of the next ledger entry; `more` are its keys by number, as k9=…"""
        names = [name for name in self.objects if name.startswith(("epochs/", "keyring/"))]
        current = sorted([name, writer.sha256(self.objects[name])] for name in names)
        public = writer.public_of(self.owner_seed)
        return {0: 1, 1: self.repository, 2: 1, 3: [], 4: NOW,
                5: writer.term(self.root_seed, self.repository, 1, fill("term", 16), public),
                6: [*self.epoch, self.root_hash, current], 7: [slot for slot, _, _ in self.slots],
                8: [["a", "local", "Berlin", "DE", 1, NOW]], 12: self.erased, 13: writer.sha256(payload), 14: 2,
                **{int(key[1:]): value for key, value in more.items()}}

    def payload(self, added=(), removed=(), **more):
        """`more` are optional keys by number, as k5=…"""
        value = {0: list(added), 1: list(removed), 2: [], 3: [], 4: [], **{int(key[1:]): list(ids) for key, ids in more.items()}}
        return self.seal(seal.LEDGER_PAYLOAD, self.keys["ledger"], value)

    def put_entry(self, body, payload, owner_seed=None):
        entry = writer.ledger_entry(owner_seed or self.owner_seed, body, payload)
        name = writer.sha256(entry)
        self.objects[f"ledger/{body[2]:010}-{name.hex()}"] = entry
        return name

    def next_epoch(self, removed=()):
        """A new epoch without some domains, and a ledger entry that names them as erased. The objects of older epochs are gone."""
        older = {row[0].hex() for _, row in self.shards.values() if row}
        for label in removed:
            self.erased.append([self.domains.pop(label).id, NOW])
        for name in [name for name in self.objects if name.startswith("epochs/")]:
            del self.objects[name]
        self.n += 1
        n, random, key = self._epoch(self.slots)
        self.epoch = (n, random)
        del self.objects[f"keyring/{self.root_hash.hex()}"]
        self.root_hash = self._keyring(n, random, key, self.slots)
        for name in older - {row[0].hex() for _, row in self.shards.values() if row}:
            del self.objects[f"keyring/{name}"]
        payload = self.payload()
        self.last_entry = self.put_entry(self.body(payload, k2=n, k3=[self.last_entry], k14=14), payload)

    def finish(self):
        """Everything around the trees, ending with one ledger entry."""
        self.slots = self._slots()
        n, random, key = self._epoch(self.slots)
        self.epoch = (n, random)
        self.root_hash = self._keyring(n, random, key, self.slots)
        self._packs()
        inventory = writer.cbor({0: 1, 1: self.repository, 2: self.inventory, 3: []})
        payload = self.payload([self.snapshot_id])
        body = self.body(payload, k9=[self.put("inventory", inventory), len(inventory)])
        self.first_entry = self.last_entry = self.put_entry(body, payload)
        self.objects["repository"] = writer.signed_repository(self.root_seed, NOW)

    def write(self, folder, objects=None):
        for name, data in (self.objects if objects is None else objects).items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
        return folder


def entry(kind, mode=0o644, **more):
    """An entry of a page, or *self* where no name is given."""
    numbers = {"name": 0, "mtime": 5, "inode": 9, "device": 10, "links": 11, "size": 12, "target": 13, "node": 14, "attributes": 15,
               "extents": 16, "level": 17, "content": 18, "tree": 19, "grafts": 20, "incomplete": 23}
    base = {1: kind, 2: mode, 3: os.getuid(), 4: os.getgid(), 5: NOW, 6: 123_456_789, 7: NOW, 8: 0, 9: 1}
    return {**base, **{numbers[key]: value for key, value in more.items()}}
