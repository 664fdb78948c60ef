"""The ledger and its joined state (FORMAT.md, section 10), and inventories (section 8.2)."""

import struct

import cbor
import seal
from errors import Damaged, FormatError, ReadError
from objects import hash_in_name, sha256, verify_signature
from schema import array, ascending, exactly, fixed, integer, nullable, octets, record, row, text, true, uint, within

HASH = fixed(32)
DOMAIN = fixed(16)
IDS = array(HASH)
TERM = row(uint, fixed(16), fixed(32), fixed(64))
EPOCH = row(uint, fixed(16), HASH, array(row(text, HASH)))
SITE_ROW = row(text, text, text, text, within(0, 2), integer)
SIZED = row(HASH, uint)
ERASED = array(row(DOMAIN, integer))

ENTRY = row(octets, fixed(64), octets)
BODY = record("ledger entry", {
    0: ("format", exactly(1)), 1: ("repository", HASH), 2: ("seq", uint), 3: ("predecessors", IDS), 4: ("time", integer),
    5: ("term", TERM), 6: ("epoch", EPOCH), 7: ("live_slots", IDS), 8: ("sites", array(SITE_ROW)),
    13: ("payload_hash", HASH), 14: ("kind", within(1, 18)),
}, {
    9: ("inventory", SIZED), 10: ("condemned", IDS), 11: ("deleted", IDS), 12: ("erased", ERASED),
    15: ("checkpoint", SIZED), 16: ("locks", array(row(text, text, integer))),
})
PAYLOAD = record("ledger payload", {
    0: ("added", IDS), 1: ("removed", IDS), 2: ("complete", array(row(HASH, text))), 3: ("accesses", IDS),
    4: ("facts", array(row(nullable(text), text, text))),
}, {5: ("restored", IDS), 6: ("pinned", IDS), 7: ("unpinned", IDS)})
PACK, INDEX, SNAPSHOT = 1, 2, 3
INVENTORY = record("inventory", {
    0: ("format", exactly(1)), 1: ("repository", HASH), 2: ("added", array(row(within(1, 3), HASH, uint))),
    3: ("condemned", array(row(within(1, 3), HASH))),
}, {4: ("checkpoint", true), 5: ("erased", ERASED)})


class Entry:
    def __init__(self, name, data, repository):
        body, signature, payload = ENTRY(cbor.decode(data))
        self.name = name
        self.id = hash_in_name(name)
        self.fields = BODY(cbor.decode(body))
        self.payload = payload
        self.check_term(repository)
        if self.fields["repository"] != repository["id"]:
            raise Damaged("an entry of another repository")
        verify_signature(self.fields["term"][2], signature, b"backup/1/ledger" + body, "entry")
        if sha256(payload) != self.fields["payload_hash"]:
            raise Damaged("its payload is another one")
        if int(name[7:17]) != self.fields["seq"]:
            raise Damaged("its name shows another number")
        ascending(self.fields["predecessors"], "predecessors")
        ascending([name.encode() for name, _ in self.fields["epoch"][3]], "names of the epoch")

    def check_term(self, repository):
        number, random, owner, signature = self.fields["term"]
        message = b"backup/1/term" + repository["id"] + struct.pack(">Q", number) + random + owner
        verify_signature(repository["root_public_key"], signature, message, "term")

    @property
    def rank(self):
        return self.fields["term"][:2], self.fields["seq"], self.id


class Ledger:
    """All valid entries of a site; wrong ones are ignored and listed in `alarms`."""

    def __init__(self, site, repository):
        self._site = site
        self.repository = repository
        self.entries = {}
        self.alarms = []
        for name in site.list("ledger"):
            try:
                entry = Entry(name, site.read(name), repository)
                self.entries[entry.id] = entry
            except ReadError as error:
                self.alarms.append(f"{name}: ignored: {error}")
        self._find_heads()
        self._check_chain()
        self._join()

    def _find_heads(self):
        named = {id for entry in self.entries.values() for id in entry.fields["predecessors"]}
        heads = sorted((entry for entry in self.entries.values() if entry.id not in named), key=lambda entry: entry.rank)
        if not heads:
            raise Damaged("the ledger has no valid entry: " + "; ".join(self.alarms))
        self.head = heads.pop()
        self.branches = heads
        self.alarms += [f"{branch.name}: a branch that was not joined" for branch in heads]

    def _check_chain(self):
        for entry in self.entries.values():
            before = entry.fields["predecessors"]
            lost = [id for id in before if id not in self.entries]
            self.alarms += [f"{entry.name}: its predecessor {id.hex()} is missing" for id in lost]
            largest = max((self.entries[id].fields["seq"] for id in before if id in self.entries), default=0)
            if not lost and entry.fields["seq"] != largest + 1:
                self.alarms.append(f"{entry.name}: its number does not follow its predecessors")

    def _join(self):
        self.erased = {}
        self.condemned = set()
        self.deleted = set()
        self.added = {}
        self.inventories = {}
        for entry in self.entries.values():
            fields = entry.fields
            self.erased.update(fields["erased"] or [])
            self.condemned.update(fields["condemned"] or [])
            self.deleted.update(fields["deleted"] or [])
            for named in (fields["inventory"], fields["checkpoint"]):
                if named is not None:
                    self._take_inventory(*named)

    def _take_inventory(self, id, length):
        self.inventories[id] = length
        # A checkpoint may have made an older inventory superfluous, so its absence is not damage by itself.
        if id in self.condemned or not self._site.exists(f"inventory/{id.hex()}"):
            return
        try:
            inventory = decode_inventory(self._site.read(f"inventory/{id.hex()}"), self.repository["id"])
        except ReadError as error:
            self.alarms.append(f"inventory/{id.hex()}: {error}")
            return
        self.added.update({id: (kind, length) for kind, id, length in inventory["added"]})
        self.condemned.update(id for _, id in inventory["condemned"])
        self.erased.update(inventory["erased"] or [])

    def open_payloads(self, ledger_key):
        """Learns which snapshots live; wants the repository key *ledger*."""
        self.payloads = {}
        for entry in self.entries.values():
            try:
                data = seal.open_sealed(entry.payload, seal.LEDGER_PAYLOAD, ledger_key, self.repository["id"])
                self.payloads[entry.id] = PAYLOAD(cbor.decode(data))
            except ReadError as error:
                self.alarms.append(f"{entry.name}: its payload does not open: {error}")
        payloads = self.payloads.values()
        self.snapshots = {id for payload in payloads for id in payload["added"]} - self._removed()

    def _removed(self):
        restored = {}
        for at, payload in self.payloads.items():
            for id in payload["restored"] or []:
                restored.setdefault(id, []).append(self._below(at))
        return {id for at, payload in self.payloads.items() for id in payload["removed"]
                if not any(at in below for below in restored.get(id, []))}

    def _below(self, at):
        below, waiting = set(), [at]
        while waiting:
            entry = self.entries.get(waiting.pop())
            for id in entry.fields["predecessors"] if entry else []:
                if id not in below:
                    below.add(id)
                    waiting.append(id)
        return below

    def is_gone(self, id):
        return id in self.condemned or id in self.deleted


def decode_inventory(data, repository_id):
    inventory = INVENTORY(cbor.decode(data))
    if inventory["repository"] != repository_id:
        raise FormatError("an inventory of another repository")
    if (inventory["checkpoint"] is None) != (inventory["erased"] is None):
        raise FormatError("an inventory that is half a checkpoint")
    return inventory
