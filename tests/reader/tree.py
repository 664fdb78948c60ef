"""Walks the trees of a snapshot, grafts overlaid (FORMAT.md, section 9)."""

import heapq
from collections import namedtuple
from itertools import groupby

import cbor
import keyring as keyrings
import packs
import pages
import seal
from errors import FormatError, Missing, ReadError
from schema import records

ERASED, LIMITED, DAMAGE = "erased", "not restored", "damage"

# One of the domains in which a name stands. `own` is true where no graft was crossed.
Candidate = namedtuple("Candidate", "domain own entry owner")
Layer = namedtuple("Layer", "domain own page")
Directory = namedtuple("Directory", "entry owner children")


class Node:
    """One name of a directory: the entry that won, and for a directory all that are merged into it."""

    __slots__ = ("name", "candidates", "winner")

    def __init__(self, candidates):
        self.winner = max(candidates, key=_rank)
        everywhere = all(candidate.entry["kind"] == pages.DIRECTORY for candidate in candidates)
        self.candidates = candidates if everywhere else [self.winner]
        self.name = self.winner.entry["name"]

    @property
    def entry(self):
        return self.winner.entry

    @property
    def is_directory(self):
        return self.entry["kind"] == pages.DIRECTORY


def _rank(candidate):
    period = candidate.domain.period
    return period is not None, (period or "").encode(), candidate.own, candidate.domain.id


def _owner(page, entry):
    return (page["users"] or {}).get(entry["user"]), (page["groups"] or {}).get(entry["group"])


class Tree:
    """Gives directories one by one; what cannot be opened goes to `report(path, what, message)`."""

    def __init__(self, store, ledger, keyring, report, include_restricted=False):
        self._store = store
        self._erased = ledger.erased
        self._domains = keyring.domains
        self._report = report
        self._include_restricted = include_restricted

    def root(self, snapshot):
        """The root directory of a snapshot."""
        path = ()
        domain = self._usable(snapshot["domain"], path)
        if domain is None:
            raise Missing("the root of the snapshot lies in a domain that cannot be opened")
        page = self._first_page(domain, snapshot["tree"])
        entry = {**page["self"], "tree": None, "grafts": snapshot["grafts"]}
        candidate = Candidate(domain, True, entry, _owner(page, entry))
        return self._overlay([candidate], [Layer(domain, True, page)], path)

    def open(self, node, path):
        """The directory behind a node."""
        layers = []
        for domain, own, entry, _ in node.candidates:
            if entry["tree"] is not None:
                try:
                    layers.append(Layer(domain, own, self._page(domain, entry["tree"], (pages.ENTRIES, pages.INNER))))
                except ReadError as error:
                    self._report(path, DAMAGE, str(error))
        return self._overlay(node.candidates, layers, path)

    def _overlay(self, candidates, layers, path):
        layers = list(layers)
        for domain, _, entry, _ in candidates:
            if entry["grafts"] is not None:
                layers += self._open_grafts(domain, entry["grafts"], path)
        # What hangs as a graft may be older than the directory it hangs in, so its self does not compete.
        winner = max(candidates, key=_rank)
        return Directory(winner.entry, winner.owner, self._children(layers, path))

    def _open_grafts(self, domain, first, path):
        opened = []
        for graft_domain, tree in self._grafts(domain, first, path):
            usable = self._usable(graft_domain, path)
            if usable is None:
                continue
            try:
                page = self._first_page(usable, tree)
            except ReadError as error:
                self._report(path, DAMAGE, f"graft of domain {graft_domain.hex()}: {error}")
                continue
            opened.append(Layer(usable, False, page))
        return opened

    def _usable(self, domain_id, path):
        if domain_id in self._erased:
            self._report(path, ERASED, f"domain {domain_id.hex()} was erased at {self._erased[domain_id]}")
            return None
        domain = self._domains.get(domain_id)
        if domain is None:
            self._report(path, DAMAGE, f"domain {domain_id.hex()} is not in the keyring and the ledger does not name it as erased")
        elif domain.state != keyrings.LIVE and not self._include_restricted:
            self._report(path, LIMITED, f"domain {domain_id.hex()} is restricted or blocked")
            return None
        return domain

    def _page(self, domain, id, kinds, first=True):
        return pages.decode_page(self._store.get(domain, packs.PAGE, id), kinds, first)

    def _first_page(self, domain, id):
        page = self._page(domain, id, (pages.ENTRIES, pages.INNER))
        if page["self"] is None:
            raise FormatError("the first page of a root or of a graft carries no self")
        return page

    def _grafts(self, domain, id, path, depth=0, first_below=None):
        """(domain id, tree id) of every graft below a graft page."""
        try:
            page = self._page(domain, id, (pages.GRAFTS, pages.INNER_GRAFTS))
            if first_below is not None and page["items"] and page["items"][0][0] != first_below:
                raise FormatError("a graft page that does not begin as its inner page says")
            if depth > pages.MAX_LEVEL:
                raise FormatError("inner pages nested too deep")
        except ReadError as error:
            self._report(path, DAMAGE, f"graft page: {error}")
            return
        if page["kind"] == pages.GRAFTS:
            yield from page["items"]
            return
        for first, below in page["items"]:
            yield from self._grafts(domain, below, path, depth + 1, first)

    def _children(self, layers, path):
        streams = [self._entries(layer, path) for layer in layers]
        if len(streams) == 1:
            for candidate in streams[0]:
                yield Node([candidate])
            return
        merged = heapq.merge(*streams, key=lambda candidate: candidate.entry["name"])
        for _, group in groupby(merged, key=lambda candidate: candidate.entry["name"]):
            yield Node(list(group))

    def _entries(self, layer, path):
        previous = b""
        for page in self._leaves(layer.domain, layer.page, path):
            if page["items"] and page["items"][0]["name"] <= previous:
                self._report(path, DAMAGE, "the pages of a tree do not ascend")
                return
            for entry in page["items"]:
                previous = entry["name"]
                yield Candidate(layer.domain, layer.own, entry, _owner(page, entry))

    def _leaves(self, domain, page, path, depth=0):
        if page["kind"] == pages.ENTRIES:
            yield page
            return
        for first_name, id in page["items"]:
            try:
                if depth == pages.MAX_LEVEL:
                    raise FormatError("inner pages nested too deep")
                below = self._page(domain, id, (pages.ENTRIES, pages.INNER), first=False)
                first = below["items"][0] if below["items"] else None
                if first is None or (first["name"] if below["kind"] == pages.ENTRIES else first[0]) != first_name:
                    raise FormatError("a page that does not begin as its inner page says")
            except ReadError as error:
                self._report(path, DAMAGE, f"entries from {first_name!r} on: {error}")
                continue
            yield from self._leaves(domain, below, path, depth + 1)


def content(store, domain, entry):
    """The content bytes of a file, blob by blob."""
    return _content(store, domain, pages.content_records(entry["content"] or []), entry["level"] or 0)


def _content(store, domain, rows, level):
    for id, below in rows:
        data = store.get(domain, packs.CONTENT if level == 0 else packs.LIST, id)
        if level == 0:
            if len(data) != below:
                raise FormatError(f"content blob {id.hex()} holds {len(data)} bytes, expected {below}")
            yield data
            continue
        yield from _content(store, domain, list_rows(data, below), level - 1)


def list_rows(data, below):
    """The records of a list, whose content bytes must add up to what its own record says."""
    rows = pages.content_records(records(24)(data))
    if sum(size for _, size in rows) != below:
        raise FormatError("a content list that does not add up")
    return rows


def decode_snapshot(data, snapshot_key, repository_id):
    text = seal.open_sealed(data, seal.SNAPSHOT, snapshot_key, repository_id)
    return pages.SNAPSHOT(cbor.decode(text))
