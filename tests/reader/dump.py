"""Writes in the clear what is known outside the domains of a subject: whoever reads all of it must not learn whose data there are."""

import os

import packs
import seal
from errors import FormatError
from objects import NAMES, hash_in_name

# The folder of sealed objects: its type, and the repository key that opens it.
SEALED = {"index": (seal.INDEX, "index"), "snapshots": (seal.SNAPSHOT, "snapshot"), "journal": (seal.JOURNAL, "journal")}
KINDS = ("content", "page", "list")


class Dump:
    """Each object of the site becomes files below the target, all under the object's own name. Shards of the keyring are left out."""

    def __init__(self, opened, target):
        self._site = opened.site
        self._ledger = opened.ledger
        self._keyring = opened.keyring
        self._repository_id = opened.repository["id"]
        self._target = target
        self.count = 0
        self.left_out = 0

    def write(self):
        for name in self._site.everything():
            if NAMES.fullmatch(name):
                self._write_object(name)
            else:
                raise FormatError(f"{name}: a foreign object")
        self._put("keyring/root", self._keyring.root_text)

    def _write_object(self, name):
        folder = name.split("/")[0]
        data = self._site.read(name)
        if folder in SEALED:
            kind, key = SEALED[folder]
            self._put(name, seal.open_sealed(data, kind, self._keyring.keys[key], self._repository_id))
        elif folder == "packs":
            self._write_pack(name, data)
        elif folder == "ledger":
            payload = self._ledger.entries[hash_in_name(name)].payload
            self._put(name, data)
            self._put(name + ".payload", seal.open_sealed(payload, seal.LEDGER_PAYLOAD, self._keyring.keys["ledger"], self._repository_id))
        elif folder != "keyring":
            self._put(name, data)

    def _write_pack(self, name, data):
        table_key = self._keyring.keys["table"]
        places, _, _ = packs.decode_pack(data, table_key, self._repository_id)
        start = len(data) - 4 - int.from_bytes(data[-4:], "big")
        self._put(name + ".table", seal.open_sealed(data[start:-4], seal.MEMBER_TABLE, table_key, self._repository_id))
        for place in places:
            domain = self._keyring.domains.get(place.domain_id)
            if domain is not None and domain.subject is None:
                self._write_member(name, data[place.offset:place.offset + place.length], domain)
            else:
                self.left_out += 1

    def _write_member(self, name, data, domain):
        member = packs.Member(lambda offset, size: data[offset:offset + size], len(data), domain, self._repository_id)
        for blob in member.blobs:
            plain = member.open_segment(blob.segment)[blob.offset:blob.offset + blob.length]
            packs.verify_blob(domain, blob, plain)
            self._put(f"{name}.{KINDS[blob.kind]}.{blob.id.hex()}", plain)

    def _put(self, name, text):
        path = os.path.join(self._target, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(text)
        self.count += 1
