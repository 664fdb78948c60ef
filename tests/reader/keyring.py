"""The keyring root and its shards (FORMAT.md, sections 6.4 and 6.5), and the way to them (section 13)."""

import hashlib
import hmac
from collections import namedtuple

import cbor
import keys
import objects
import seal
import xwing
from errors import Damaged, FormatError, Missing, ReadError, WrongKey
from schema import array, ascending, fixed, integer, nullable, record, row, text, uint, within

KEY = fixed(32)
MAX_SHARD_BITS = 12
REPOSITORY_KEYS = ("index", "snapshot", "ledger", "table", "journal", "subject", "state")
LIVE, RESTRICTED, BLOCKED = 0, 1, 2

ROOT = record("keyring root", {
    0: ("n", uint), 1: ("random", fixed(16)), 2: ("root_seed", KEY), 3: ("keys", row(*[KEY] * 7)),
    4: ("slots", array(row(KEY, fixed(xwing.PUBLIC_KEY_SIZE), within(1, 2), text, integer), keys.MAX_SLOTS)),
    5: ("bits", within(0, MAX_SHARD_BITS)), 6: ("shards", array(nullable(row(KEY, KEY)), 1 << MAX_SHARD_BITS)),
}, {
    7: ("ties", array(array(text))),
    8: ("holds", array(row(fixed(16), nullable(text), nullable(text), integer, text))),
    9: ("restrictions", array(row(fixed(16), text, nullable(text), integer))),
    10: ("requests", array(row(
        fixed(16), array(KEY), text, text, integer, integer, array(fixed(16)), array(fixed(16)), array(row(KEY, integer)), within(0, 1)))),
    11: ("approvers", array(KEY)), 12: ("watched", array(row(KEY, integer))),
})
DOMAIN_ROW = row(fixed(16), KEY, KEY, KEY, nullable(text), nullable(text), nullable(text), integer, within(0, 2))
SHARD = record("keyring shard", {0: ("domains", array(DOMAIN_ROW))})

Domain = namedtuple("Domain", "id data_key id_key chunk_key subject class_ period created state")


def decode_root(data):
    root = ROOT(cbor.decode(data))
    if len(root["shards"]) != 1 << root["bits"]:
        raise FormatError("keyring root: the number of shards does not fit its bits")
    root["keys"] = dict(zip(REPOSITORY_KEYS, root["keys"]))
    return root


def decode_shard(data):
    domains = [Domain(*fields) for fields in SHARD(cbor.decode(data))["domains"]]
    ascending([domain.id for domain in domains], "domains of a shard")
    return domains


def shard_number(subject_key, subject, bits):
    digest = hmac.new(subject_key, (subject or "").encode(), hashlib.sha256).digest()
    return int.from_bytes(digest, "big") >> (256 - bits)


class Keyring:
    """Root and domains of the epoch that the head of the ledger names."""

    def __init__(self, site, ledger, seed):
        self._site = site
        self._repository_id = ledger.repository["id"]
        self.n, self.random, self.root_hash, current = ledger.head.fields["epoch"]
        self.current = dict(current)
        self.root = self._open_root(seed)
        if objects.public_of(self.root["root_seed"]) != ledger.repository["root_public_key"]:
            raise Damaged("keyring root: its root key is not the one of the repository")
        self.keys = self.root["keys"]
        self.domains = {}
        for number, shard in enumerate(self.root["shards"]):
            if shard is not None:
                self._open_shard(number, *shard)

    def _read_current(self, name):
        if name not in self.current:
            raise FormatError(f"{name}: the ledger's head does not name it as current")
        data = self._site.read(name)
        if objects.sha256(data) != self.current[name]:
            raise Damaged(f"{name}: not the bytes that the ledger's head names")
        return data

    def _open_root(self, seed):
        epoch = (self.n, self.random)
        folder = f"epochs/{self.n:08}-{self.random.hex()}"
        secret = keys.decode_site_secret(self._read_current(folder + "/s"), self._repository_id, epoch)
        self.shares = keys.decode_shares(self._read_current(folder + "/a"), self._repository_id, epoch)
        share = keys.open_any_share(seed, self.shares, self._repository_id)
        key = keys.epoch_key(share, secret, self._repository_id, *epoch)
        self.root_text = self._open_object(self.root_hash, seal.ROOT, key)
        root = decode_root(self.root_text)
        if (root["n"], root["random"]) != epoch:
            raise Damaged("keyring root: it is of another epoch")
        return root

    def _open_object(self, hash, kind, key):
        return seal.open_sealed(self._read_current(f"keyring/{hash.hex()}"), kind, key, self._repository_id)

    def _open_shard(self, number, hash, key):
        for domain in decode_shard(self._open_object(hash, seal.SHARD, key)):
            if shard_number(self.keys["subject"], domain.subject, self.root["bits"]) != number:
                raise Damaged(f"domain {domain.id.hex()} lies in the wrong shard")
            if domain.id in self.domains:
                raise Damaged(f"domain {domain.id.hex()} stands twice in the keyring")
            self.domains[domain.id] = domain


def find_seed(site, ledger, passphrase):
    """Tries a passphrase on every live passphrase slot."""
    tried = 0
    for slot_id in ledger.head.fields["live_slots"]:
        try:
            slot = keys.decode_slot(site.read(f"slots/{slot_id.hex()}"), ledger.repository["id"])
        except ReadError as error:
            ledger.alarms.append(f"slots/{slot_id.hex()}: {error}")
            continue
        if slot["kind"] != keys.PASSPHRASE:
            continue
        tried += 1
        try:
            return keys.passphrase_seed(slot, passphrase)
        except WrongKey:
            continue
    if not tried:
        raise Missing("no live slot with a passphrase at this site")
    raise WrongKey("wrong passphrase")
