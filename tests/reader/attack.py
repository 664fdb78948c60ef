"""What somebody can open who kept every byte he ever saw: by brute force, to a fixpoint, past every rule that is only a rule.

He asks no ledger what is current, condemned, erased or restricted. He opens whatever any key opens that he can derive, and what that
yields is tried again. Of the format only the cryptography can hold him (FORMAT.md, sections 4 to 6).
"""

import hmac
from collections import defaultdict

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import cbor
import keyring
import keys
import packs
import seal
import xwing
from corpus import View
from errors import FormatError, ReadError
from finds import Finds, byte_strings

KEY_OF_REPOSITORY = {"index": seal.INDEX, "snapshot": seal.SNAPSHOT, "ledger": seal.LEDGER_PAYLOAD, "table": seal.MEMBER_TABLE,
                     "journal": seal.JOURNAL, "state": seal.STATE}
# Members come last: by then it is known whose they are, as far as anything tells.
ORDER = [kind for kind in range(seal.SLOT_SEED, seal.STATE + 1) if kind != seal.MEMBER] + [seal.MEMBER]
NAMES = {seal.SLOT_SEED: "slot seed", seal.EPOCH_SHARE: "epoch share", seal.ROOT: "root", seal.SHARD: "shard", seal.MEMBER: "member",
         seal.MEMBER_TABLE: "member table", seal.INDEX: "index", seal.SNAPSHOT: "snapshot", seal.LEDGER_PAYLOAD: "ledger payload",
         seal.JOURNAL: "journal record", seal.STATE: "state file"}
PAGE_NAME, PAGE_ITEMS = 0, 2


class Key:
    """32 bytes that may open something, and the way to them."""

    __slots__ = ("value", "what", "parents")

    def __init__(self, value, what, parents):
        self.value = value
        self.what = what
        self.parents = parents

    def way(self):
        """The steps to this key, the last one first."""
        return [self.what] + [step for parent in self.parents for step in parent.way()]


class DomainFound:
    """What became known of one domain."""

    def __init__(self):
        self.subject = None
        self.keys = {}
        self.members = set()
        self.opened = set()
        self.blobs = set()
        self.names = set()
        self.way = []


def commitment(parent, sealed, repository):
    """The key commitment that a parent key would give: HKDF as in `seal.object_key`, without what is not compared."""
    info = b"backup/1/sealed" + bytes([sealed.kind, seal.SUITE]) + repository
    extracted = hmac.digest(sealed.salt, parent, "sha256")
    first = hmac.digest(extracted, info + b"\1", "sha256")
    return hmac.digest(extracted, first + info + b"\2", "sha256")


def unauthenticated(key, data):
    """The text of a sealed object of one frame, wherever it ends: who only wants to read needs no tag."""
    stream = Cipher(algorithms.AES(key), modes.CTR(bytes(12) + b"\0\0\0\2")).decryptor()
    size = int.from_bytes(stream.update(data[:4]), "big")
    return stream.update(data[4:4 + size])


class Attack:
    """`on_text(where, kind, domain id or None, text)` is called with everything that was opened."""

    def __init__(self, on_text=None):
        self.finds = Finds()
        self._on_text = on_text or (lambda where, kind, domain_id, text: None)
        self.known = {}
        # {type of sealed object: keys that the format has for it}
        self.keys_for = defaultdict(list)
        self.domains = defaultdict(DomainFound)
        self.shares = defaultdict(dict)
        self.opened = defaultdict(set)
        self.epochs_opened = set()
        self._epochs_tried = set()
        self._offered = set()
        self._passphrases = []
        self._passphrases_tried = set()
        self._seeds = {}
        self._decapsulated = set()
        self._lines_taken = set()
        self._members_of_tables = {}
        self._progress = False

    def learn(self, value, what, *parents):
        """Keeps a key; of two ways to the same one the first counts."""
        key = self.known.get(value)
        if key is None:
            key = self.known[value] = Key(value, what, parents)
            self._progress = True
        return key

    def offer(self, kind, key):
        """From now on the key is tried on all objects of a type."""
        if (kind, key.value) not in self._offered:
            self._offered.add((kind, key.value))
            self.keys_for[kind].append(key)
            self._progress = True

    def take_recovery_line(self, line, where):
        self.take_seed(self.learn(keys.recovery_seed(line), f"the recovery key in {where}"))

    def take_passphrase(self, passphrase, where):
        self._passphrases.append((passphrase, where))

    def run(self):
        """Derives everything that the format derives, until nothing new comes."""
        self._progress = True
        while self._progress:
            self._progress = False
            self._take_lines()
            self._try_passphrases()
            self._open_shares()
            self._derive_epochs()
            for kind in ORDER:
                for sealed in [sealed for sealed in self.finds.sealed.values() if sealed.kind == kind and sealed.key is None]:
                    self._try_keys(sealed)

    def _take_lines(self):
        for line, view in list(self.finds.recovery_lines.items()):
            if line in self._lines_taken:
                continue
            self._lines_taken.add(line)
            try:
                self.take_recovery_line(line, view)
            except FormatError:
                continue

    def _try_passphrases(self):
        for passphrase, where in self._passphrases:
            for (_, argon), view in list(self.finds.slots.items()):
                if argon is None or (passphrase, argon) in self._passphrases_tried:
                    continue
                self._passphrases_tried.add((passphrase, argon))
                memory, passes, _, salt = argon
                value = keys.argon2id(passphrase, memory, passes, salt)
                self.offer(seal.SLOT_SEED, self.learn(value, f"the passphrase in {where}, with the salt of a slot in {view}"))

    def take_seed(self, key):
        """Whether the seed is a new one."""
        new = key.value not in self._seeds
        self._seeds.setdefault(key.value, key)
        return new

    def _open_shares(self):
        """Every seed on every element of every `a`, whatever slot it is made out to."""
        for epoch, rows in list(self.finds.shares.items()):
            for row, view in list(rows.items()):
                for seed in self._seeds.values():
                    if (seed.value, row) not in self._decapsulated:
                        self._decapsulated.add((seed.value, row))
                        self._open_share(epoch, row, view, seed)

    def _open_share(self, epoch, row, view, seed):
        slot_id, ciphertext, header = row
        try:
            value = xwing.decapsulate(seed.value, ciphertext)
        except ReadError:
            return
        sealed = self.finds.sealed.get(header)
        for repository in self.finds.repositories if sealed else ():
            if commitment(value, sealed, repository) == sealed.commitment:
                key = self.learn(value, f"X-Wing: element of slot {slot_id.hex()[:8]} of epoch {epoch[1]} in {view}", seed)
                self.offer(seal.EPOCH_SHARE, key)

    def _derive_epochs(self):
        """E_n of every a_n and every S_n that were found of one epoch."""
        for epoch, secrets in list(self.finds.secrets.items()):
            for share in list(self.shares[epoch].values()):
                for secret, view in list(secrets.items()):
                    self._derive_epoch(share, self.learn(secret, f"S of epoch {epoch[1]} in {view}"), epoch)

    def _derive_epoch(self, share, secret, epoch):
        tried = (share.value, secret.value, epoch)
        if tried in self._epochs_tried:
            return
        self._epochs_tried.add(tried)
        repository, n, random = epoch
        value = keys.epoch_key(share.value, secret.value, repository, n, random)
        self.offer(seal.ROOT, self.learn(value, f"E of epoch {n}", share, secret))

    def _candidates(self, sealed):
        """The keys that the format may have for an object. A member whose domain is told has those of that domain."""
        if sealed.kind == seal.MEMBER and sealed.domains:
            return [key for domain_id in sealed.domains for key in self.domains[domain_id].keys.values()]
        candidates = self.keys_for[sealed.kind][sealed.tried:]
        sealed.tried = len(self.keys_for[sealed.kind])
        return candidates

    def _try_keys(self, sealed):
        for key in self._candidates(sealed):
            if self.try_key(sealed, key):
                return

    def try_key(self, sealed, key):
        """Whether the key opens the object. If so, what it holds is taken."""
        for repository in self.finds.repositories:
            if commitment(key.value, sealed, repository) == sealed.commitment:
                sealed.key, sealed.repository = key, repository
                self._progress = True
                self.opened[sealed.kind].add(sealed)
                self._take(sealed, key)
                return True
        return False

    def _take(self, sealed, key):
        if sealed.kind == seal.MEMBER:
            self._take_member(sealed, key)
            return
        inner, _ = seal.object_key(key.value, sealed.kind, sealed.salt, sealed.repository)
        for text, place in self._texts(sealed, inner):
            where = f"{NAMES[sealed.kind]} at {place.offset} of {place.view}"
            self._on_text(where, sealed.kind, None, text)
            opened = Key(key.value, f"opens the {where}", (key,))
            try:
                TAKERS.get(sealed.kind, Attack._take_nothing)(self, sealed, text, place, opened)
                return
            except ReadError:
                # Not what it should be, but what stands in it may still be keys.
                for value in byte_strings(text):
                    self.learn(value, f"32 bytes in a broken {where}", opened)

    def _texts(self, sealed, inner):
        """What each copy gives, in case one is torn; equal ones once."""
        seen = set()
        for place in sealed.places:
            size = place.view.size - place.offset - seal.HEADER_SIZE
            text = unauthenticated(inner, place.view.read(place.offset + seal.HEADER_SIZE, size))
            if text not in seen:
                seen.add(text)
                yield text, place

    def _take_nothing(self, sealed, text, place, key):
        pass

    def _take_slot_seed(self, sealed, text, place, key):
        if len(text) == xwing.SEED_SIZE:
            self.take_seed(self.learn(text, "a seed", key))

    def _take_share(self, sealed, text, place, key):
        header = seal.MAGIC + bytes([sealed.kind, seal.SUITE, 0, 0]) + sealed.salt + sealed.commitment
        for epoch, rows in self.finds.shares.items():
            if any(row[2] == header for row in rows):
                self.shares[epoch][text] = self.learn(text, f"a of epoch {epoch[1]}", key)

    def _take_root(self, sealed, text, place, key):
        root = keyring.decode_root(text)
        self.epochs_opened.add(root["n"])
        for name, value in root["keys"].items():
            found = self.learn(value, f"repository key {name} of epoch {root['n']}", key)
            if name in KEY_OF_REPOSITORY:
                self.offer(KEY_OF_REPOSITORY[name], found)
        self.learn(root["root_seed"], f"root seed of epoch {root['n']}", key)
        for number, shard in enumerate(root["shards"]):
            if shard is not None:
                self.offer(seal.SHARD, self.learn(shard[1], f"key of shard {number} of epoch {root['n']}", key))

    def _take_shard(self, sealed, text, place, key):
        for domain in keyring.decode_shard(text):
            found = self.domains[domain.id]
            found.subject = domain.subject or found.subject
            data_key = self.learn(domain.data_key, f"data key of domain {domain.id.hex()}", key)
            found.keys[domain.data_key] = data_key
            found.way = found.way or data_key.way()
            self.offer(seal.MEMBER, data_key)
            self.learn(domain.id_key, f"id key of domain {domain.id.hex()}", key)
            self.learn(domain.chunk_key, f"chunk key of domain {domain.id.hex()}", key)

    def _take_table(self, sealed, text, place, key):
        """A member table says whose the members of its pack are, and where they end."""
        table = packs.TABLE(cbor.decode(text))
        starts = [at for at in self.finds.pack_starts.get(place.view, []) if at < place.offset]
        for row in table["members"]:
            self._attribute(packs.Place(*row), place.view, starts[-1] if starts else None)

    def _take_index(self, sealed, text, place, key):
        for pack_id, _, members in packs.decode_index(text):
            for member, _ in members:
                self._attribute(member, self.finds.packs.get(pack_id), 0)

    def _attribute(self, row, view, start):
        self.domains[row.domain_id]
        at = None if view is None or start is None else start + row.offset
        for sealed in self._members_by_id(row.member_id) | (self._members_at(view, at) if at is not None else set()):
            if row.domain_id not in sealed.domains:
                sealed.domains.add(row.domain_id)
                self.domains[row.domain_id].members.add(sealed)
                self._progress = True
            for place in sealed.places:
                if place.view is view and place.offset == at:
                    place.ends.insert(0, at + row.length)

    def _members_by_id(self, id):
        return self.finds.members_by_id.get(id, set())

    def _members_at(self, view, at):
        found = self.finds.members_at.get((view, at))
        return {found} if found else set()

    def _take_state(self, sealed, text, place, key):
        """A state file may hold a seed, or anything: what it holds is searched like a file of its own."""
        if len(text) == xwing.SEED_SIZE:
            self.take_seed(self.learn(text, "a seed in a state file", key))
        self.finds.take(View(place.view.paths, "opened state file", text), text)

    def _take_member(self, sealed, key):
        domain_ids = sealed.domains or {id for id, found in self.domains.items() if key.value in found.keys} or set(self.domains)
        for place in sealed.places:
            for domain_id in sorted(domain_ids):
                if self._open_member(sealed, key, place, domain_id):
                    return
        # The key is right, but no copy is whole: what matters is that he holds the key.
        for domain_id in domain_ids if len(domain_ids) == 1 else ():
            self._opened_member(sealed, key, place, domain_id)

    def _open_member(self, sealed, key, place, domain_id):
        domain = keyring.Domain(domain_id, key.value, None, None, None, None, None, 0, 0)
        def read(offset, size):
            return place.view.read(place.offset + offset, size)

        for end in place.ends:
            try:
                member = packs.Member(read, end - place.offset, domain, sealed.repository)
            except ReadError:
                continue
            self._opened_member(sealed, key, place, domain_id)
            self._read_member(member, place, self.domains[domain_id], domain_id)
            return True
        return False

    def _opened_member(self, sealed, key, place, domain_id):
        found = self.domains[domain_id]
        found.members.add(sealed)
        if not found.opened:
            found.way = [f"member at {place.offset} of {place.view}"] + key.way()
        found.opened.add(sealed)

    def _read_member(self, member, place, found, domain_id):
        for number in range(len(member.segments)):
            try:
                segment = member.open_segment(number)
            except ReadError:
                continue
            for blob in member.blobs:
                if blob.segment != number:
                    continue
                data = segment[blob.offset:blob.offset + blob.length]
                found.blobs.add((blob.kind, blob.id))
                if blob.kind == packs.PAGE:
                    found.names |= names_in_page(data)
                where = f"blob {blob.id.hex()} (kind {blob.kind}) of domain {domain_id.hex()} in {place.view}"
                self._on_text(where, seal.MEMBER, domain_id, data)


TAKERS = {seal.SLOT_SEED: Attack._take_slot_seed, seal.EPOCH_SHARE: Attack._take_share, seal.ROOT: Attack._take_root,
          seal.SHARD: Attack._take_shard, seal.MEMBER_TABLE: Attack._take_table, seal.INDEX: Attack._take_index,
          seal.STATE: Attack._take_state}


def names_in_page(data):
    """The names of the entries in a page, whatever else is wrong with it."""
    try:
        page = cbor.decode(data)
        rows = page[PAGE_ITEMS]
    except (FormatError, KeyError, TypeError):
        return set()
    names = [row.get(PAGE_NAME) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {name for name in names if isinstance(name, bytes)}
