"""Walks every tree of a snapshot and sees that all content it reaches was verified."""

import packs
import pages
import tree
from errors import ReadError


class TreeChecker:
    def __init__(self, opened, verified, report):
        self._store = opened.store
        self._verified = verified
        self._report = report
        self._walker = tree.Tree(opened.store, opened.ledger, opened.keyring, report, include_restricted=True)
        self.entries = 0

    def check(self, snapshot):
        """Gives what was counted: files, directories below the root, others, bytes."""
        directory = self._walker.root(snapshot)
        found = dict.fromkeys(("files", "directories", "others", "bytes"), 0)
        stack = [(directory.children, ())]
        while stack:
            children, path = stack[-1]
            node = next(children, None)
            if node is None:
                stack.pop()
                continue
            here = path + (node.name,)
            self.entries += 1
            if node.is_directory:
                found["directories"] += 1
                stack.append((self._walker.open(node, here).children, here))
            elif node.entry["kind"] == pages.FILE:
                found["files"] += 1
                found["bytes"] += node.entry["size"] or 0
                self._check_content(node, here)
            else:
                found["others"] += 1
        return tuple(found.values())

    def _check_content(self, node, path):
        entry = node.entry
        try:
            self._check_rows(node.winner.domain, pages.content_records(entry["content"] or []), entry["level"] or 0)
        except ReadError as error:
            self._report(path, tree.DAMAGE, str(error))

    def _check_rows(self, domain, rows, level):
        verified = self._verified.get(domain.id, {})
        for id, below in rows:
            if level:
                self._check_rows(domain, tree.list_rows(self._store.get(domain, packs.LIST, id), below), level - 1)
            elif verified.get(id) != (packs.CONTENT, below):
                # Not seen while the packs were read, or with another length: the store says what is wrong.
                data = self._store.get(domain, packs.CONTENT, id)
                if len(data) != below:
                    self._report((), tree.DAMAGE, f"content blob {id.hex()} holds {len(data)} bytes, expected {below}")
