"""From a site and a secret to everything that can be opened (FORMAT.md, section 13)."""

import blobs
import keyring
import keys
import ledger
import objects
import tree
from errors import FormatError, Missing, ReadError


class Opened:
    """A repository at one site, unlocked."""

    def __init__(self, site, repository, book, ring):
        self.site = site
        self.repository = repository
        self.ledger = book
        self.keyring = ring
        self.store = blobs.BlobStore(site, book, ring)

    def snapshots(self):
        """(id, snapshot or the error that its object gave) of those the ledger names as live, the oldest first."""
        found = {}
        for id in sorted(self.ledger.snapshots):
            try:
                found[id] = self.snapshot(id)
            except ReadError as error:
                # One broken snapshot must not hide the others.
                found[id] = error
        return sorted(found.items(), key=_start)

    def snapshot(self, id):
        data = self.site.read(f"snapshots/{id.hex()}")
        return tree.decode_snapshot(data, self.keyring.keys["snapshot"], self.repository["id"])

    def find_snapshot(self, prefix):
        prefix = prefix.lower()
        if len(prefix) < 4:
            raise FormatError("name a snapshot by at least four hex digits")
        found = [id for id in self.ledger.snapshots if id.hex().startswith(prefix)]
        if len(found) != 1:
            raise Missing(f"{len(found)} snapshots begin with {prefix}")
        return self.snapshot(found[0])


def _start(found):
    id, snapshot = found
    return (0, 0) if isinstance(snapshot, ReadError) else snapshot["started"], id


def unlock(path, recovery_line=None, passphrase=None, repository_id=None):
    site = objects.Site(path)
    repository = objects.decode_repository(site.read("repository"), repository_id)
    book = ledger.Ledger(site, repository)
    if recovery_line is not None:
        seed = keys.recovery_seed(recovery_line)
    else:
        seed = keyring.find_seed(site, book, passphrase)
    ring = keyring.Keyring(site, book, seed)
    book.open_payloads(ring.keys["ledger"])
    return Opened(site, repository, book, ring)
