"""Reads everything at a site and compares everything with everything (FORMAT.md as a whole)."""

import cbor
import keys
import packs
import pages
import seal
import tree
from check_trees import TreeChecker
from errors import ReadError
from ledger import INDEX, PACK, SNAPSHOT, decode_inventory
from objects import NAMES, hash_in_name, pack_name
from schema import array, fixed, integer, record, text

FOLDER_OF_CLASS = {PACK: "packs", INDEX: "index", SNAPSHOT: "snapshots"}
JOURNAL = record("journal record", {
    0: ("time", integer), 1: ("host", text), 2: ("verb", text), 3: ("domains", array(fixed(16))), 4: ("commitment", fixed(32)),
})


class Checker:
    """`problems` contradict the format; `notes` are allowed but worth knowing."""

    def __init__(self, opened):
        self._opened = opened
        self._site = opened.site
        self._ledger = opened.ledger
        self._keyring = opened.keyring
        self._repository_id = opened.repository["id"]
        self.problems = []
        self.notes = []
        self._tables = {}
        self._blob_ids = {}
        # {domain id: {blob id: (kind, length)}} of every blob that was read and verified.
        self._verified = {}
        self._counts = dict.fromkeys(("objects", "packs", "members", "blobs", "snapshots", "entries"), 0)

    def run(self):
        self._check_names()
        self._check_ledger()
        self._check_keyring()
        for name in self._site.list("packs"):
            self._try(name, self._check_pack)
        for name in self._site.list("index"):
            self._try(name, self._check_index)
        for name in self._site.list("journal"):
            self._try(name, self._check_journal)
        self._check_inventories()
        self._check_snapshots()
        self.problems += self._opened.store.problems

    def summary(self):
        words = ", ".join(f"{count} {what}" for what, count in self._counts.items())
        return f"{words}: {len(self.problems)} problems"

    def _try(self, name, checking):
        self._counts["objects"] += 1
        try:
            checking(name)
        except ReadError as error:
            self.problems.append(f"{name}: {error}")

    def _check_names(self):
        for name in self._site.everything():
            if not NAMES.fullmatch(name):
                self.problems.append(f"{name}: a foreign object")

    def _check_padding(self, name, data, text):
        if len(data) != seal.padme(seal.unpadded_length(len(text))):
            self.problems.append(f"{name}: not padded to its Padmé length")

    def _open(self, name, kind, key):
        """The text of a sealed object that stands alone."""
        data = self._site.read(name)
        opened = seal.open_sealed(data, kind, key, self._repository_id)
        self._check_padding(name, data, opened)
        return opened

    def _check_ledger(self):
        self._counts["objects"] += len(self._ledger.entries)
        self.problems += self._ledger.alarms
        for id, entry in self._ledger.entries.items():
            if id in self._ledger.payloads:
                opened = seal.open_sealed(entry.payload, seal.LEDGER_PAYLOAD, self._keyring.keys["ledger"], self._repository_id)
                self._check_padding(entry.name, entry.payload, opened)
            checkpoint = entry.fields["checkpoint"]
            if (checkpoint is not None) != (entry.fields["seq"] % 100 == 0):
                self.problems.append(f"{entry.name}: a checkpoint stands in every hundredth entry and nowhere else")

    def _check_keyring(self):
        live = self._ledger.head.fields["live_slots"]
        if {row[0] for row in self._keyring.root["slots"]} != set(live):
            self.problems.append("keyring root: other slots than the ledger's head names")
        if set(self._keyring.shares) != set(live):
            self.problems.append("epoch: the share is not encapsulated to exactly the live slots")
        public_keys = {row[0]: row[1] for row in self._keyring.root["slots"]}
        for id in live:
            self._try(f"slots/{id.hex()}", lambda name: self._check_slot(name, public_keys.get(id)))
        current = set(self._keyring.current) | {f"slots/{id.hex()}" for id in live}
        for name in self._keyring.current:
            self._try(name, self._site.read)
        for folder in ("slots", "epochs", "keyring"):
            for name in sorted(set(self._site.list(folder)) - current):
                # An old epoch opens what was erased; an old object of the keyring opens nothing without it.
                found = self.problems if folder == "epochs" else self.notes
                found.append(f"{name}: not current, is to be destroyed")

    def _check_slot(self, name, public_key):
        slot = keys.decode_slot(self._site.read(name), self._repository_id)
        if public_key is not None and slot["public_key"] != public_key:
            self.problems.append(f"{name}: another public key than the keyring holds")

    def _check_pack(self, name):
        pack_id = hash_in_name(name)
        data = self._site.read(name)
        places, _, unpadded = packs.decode_pack(data, self._keyring.keys["table"], self._repository_id)
        self._counts["packs"] += 1
        self._tables[pack_id] = (len(data), places)
        if len(data) != seal.padme(unpadded):
            self.problems.append(f"{name}: not padded to its Padmé length")
        for place in places:
            self._try(name, lambda _: self._check_member(name, place, data[place.offset:place.offset + place.length]))

    def _check_member(self, name, place, data):
        where = f"{name}: member {place.member_id.hex()}"
        domain = self._keyring.domains.get(place.domain_id)
        if domain is None:
            known = place.domain_id in self._ledger.erased
            (self.notes if known else self.problems).append(f"{where}: no key for domain {place.domain_id.hex()}")
            return
        member = packs.Member(lambda offset, size: data[offset:offset + size], len(data), domain, self._repository_id)
        expected = seal.padme(member.unpadded_length) if domain.subject is not None else member.unpadded_length
        if len(data) != expected:
            self.problems.append(f"{where}: wrong padding")
        if member.content != place.content:
            self.problems.append(f"{where}: the table says content {place.content}, the footer {member.content}")
        self._blob_ids[place.member_id] = [blob.id for blob in member.blobs]
        self._check_blobs(domain, member)

    def _check_blobs(self, domain, member):
        verified = self._verified.setdefault(domain.id, {})
        self._counts["members"] += 1
        opened, segment = None, b""
        for blob in member.blobs:
            if blob.segment != opened:
                opened, segment = blob.segment, member.open_segment(blob.segment)
            packs.verify_blob(domain, blob, segment[blob.offset:blob.offset + blob.length])
            verified[blob.id] = (blob.kind, blob.length)
            self._counts["blobs"] += 1

    def _check_index(self, name):
        opened = self._open(name, seal.INDEX, self._keyring.keys["index"])
        if self._ledger.is_gone(hash_in_name(name)):
            return
        for pack_id, length, members in packs.decode_index(opened):
            if self._ledger.is_gone(pack_id):
                continue
            if pack_id not in self._tables:
                self.problems.append(f"{name}: {pack_name(pack_id)} is missing or damaged")
            elif self._tables[pack_id] != (length, [place for place, _ in members]):
                self.problems.append(f"{name}: differs from the member table of {pack_name(pack_id)}")
            for place, blob_ids in members:
                if self._blob_ids.get(place.member_id, blob_ids) != blob_ids:
                    self.problems.append(f"{name}: other blobs than the footer of member {place.member_id.hex()}")

    def _check_journal(self, name):
        JOURNAL(cbor.decode(self._open(name, seal.JOURNAL, self._keyring.keys["journal"])))

    def _check_inventories(self):
        self._ledger_names = set()
        for id, length in self._ledger.inventories.items():
            name = f"inventory/{id.hex()}"
            self._ledger_names.add(name)
            if not self._ledger.is_gone(id):
                self._try(name, lambda name: self._check_inventory(name, length))
        for id, (kind, length) in self._ledger.added.items():
            folder = FOLDER_OF_CLASS[kind]
            name = pack_name(id) if kind == PACK else f"{folder}/{id.hex()}"
            self._ledger_names.add(name)
            if self._ledger.is_gone(id):
                continue
            if not self._site.exists(name):
                self.problems.append(f"{name}: missing, an inventory names it")
            elif self._site.size(name) != length:
                self.problems.append(f"{name}: another length than its inventory says")
        for folder in ("packs", "index", "snapshots", "inventory"):
            for name in set(self._site.list(folder)) - self._ledger_names:
                self.notes.append(f"{name}: no inventory names it")

    def _check_inventory(self, name, length):
        data = self._site.read(name)
        decode_inventory(data, self._repository_id)
        if len(data) != length:
            self.problems.append(f"{name}: another length than the ledger says")

    def _check_snapshots(self):
        walker = TreeChecker(self._opened, self._verified, self._report)
        for id in sorted(self._ledger.snapshots):
            self._counts["snapshots"] += 1
            self._try(f"snapshots/{id.hex()}", lambda name: self._check_snapshot(name, walker))
        for name in self._site.list("snapshots"):
            if hash_in_name(name) not in self._ledger.snapshots and not self._ledger.is_gone(hash_in_name(name)):
                self.notes.append(f"{name}: no live snapshot of the ledger")
        self._counts["entries"] = walker.entries

    def _check_snapshot(self, name, walker):
        snapshot = pages.SNAPSHOT(cbor.decode(self._open(name, seal.SNAPSHOT, self._keyring.keys["snapshot"])))
        self._current_snapshot = name
        found = walker.check(snapshot)
        if found != snapshot["counts"][:4]:
            # Not a contradiction: where domains were erased less is found than was stored.
            self.notes.append(f"{name}: counts {snapshot['counts'][:4]}, found {found}")

    def _report(self, path, what, message):
        words = f"{self._current_snapshot}: {b'/'.join(path)!r}: {message}"
        (self.notes if what == tree.ERASED else self.problems).append(words)
