"""Writes a snapshot into an empty folder. One directory is open at a time, so no depth and no path length is too much."""

import os
import stat

import pages
import tree
from errors import ReadError

NODE_TYPES = {
    pages.FIFO: stat.S_IFIFO, pages.SOCKET: stat.S_IFSOCK, pages.CHARACTER_DEVICE: stat.S_IFCHR, pages.BLOCK_DEVICE: stat.S_IFBLK,
}
OPEN_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
SPECIAL_BITS = stat.S_ISUID | stat.S_ISGID


class _Open:
    """A directory that is being filled."""

    def __init__(self, directory, name, descriptor):
        self.directory = directory
        self.name = name
        self.identity = _identity(descriptor)


def _identity(descriptor):
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


class Restorer:
    def __init__(self, walker, store, report):
        self._walker = walker
        self._store = store
        self._report = report
        self._stack = []
        self._current = None
        # Names of one inode are linked through a folder of their own: the first name may be out of reach by then.
        self._links = None
        self._links_name = b".restore-links-" + os.urandom(8).hex().encode()
        self._linked = {}
        self.count = 0

    def restore(self, snapshot, target):
        os.makedirs(target, exist_ok=True)
        if os.listdir(target):
            raise FileExistsError(f"{target} is not empty")
        self._current = os.open(target, OPEN_DIRECTORY)
        self._stack.append(_Open(self._walker.root(snapshot), b"", self._current))
        try:
            while self._stack:
                node = next(self._stack[-1].directory.children, None)
                if node is None:
                    self._leave()
                else:
                    self._restore(node)
        finally:
            os.close(self._current)

    @property
    def path(self):
        return tuple(opened.name for opened in self._stack[1:])

    def _restore(self, node):
        path = self.path + (node.name,)
        try:
            if node.is_directory:
                self._enter(node, path)
            elif not self._link(node):
                self._create(node, path)
                self._remember(node)
            self.count += 1
        except ReadError as error:
            self._report(path, tree.DAMAGE, str(error))
        except OSError as error:
            self._report(path, tree.LIMITED, str(error))

    def _enter(self, node, path):
        directory = self._walker.open(node, path)
        os.mkdir(node.name, 0o700, dir_fd=self._current)
        below = os.open(node.name, OPEN_DIRECTORY, dir_fd=self._current)
        os.close(self._current)
        self._current = below
        self._stack.append(_Open(directory, node.name, below))

    def _leave(self):
        path = self.path
        left = self._stack.pop()
        if not self._stack:
            self._remove_links()
            self._apply(left.directory.entry, self._current, path)
            return
        above = os.open("..", OPEN_DIRECTORY, dir_fd=self._current)
        if _identity(above) != self._stack[-1].identity:
            raise RuntimeError("a folder was moved while it was being restored")
        self._apply(left.directory.entry, self._current, path)
        os.close(self._current)
        self._current = above

    def _create(self, node, path):
        entry = node.entry
        if entry["kind"] == pages.FILE:
            self._create_file(node, path)
            return
        if entry["kind"] == pages.SYMLINK:
            os.symlink(entry["target"], node.name, dir_fd=self._current)
        else:
            device = os.makedev(*entry["node"]) if entry["node"] else 0
            os.mknod(node.name, NODE_TYPES[entry["kind"]] | 0o600, device, dir_fd=self._current)
        self._apply_by_name(entry, node.name, path)

    def _create_file(self, node, path):
        descriptor = os.open(node.name, CREATE_FILE, 0o600, dir_fd=self._current)
        try:
            self._write(node, descriptor)
            self._apply(node.entry, descriptor, path)
        except (ReadError, OSError):
            # A file of wrong or missing bytes is worse than none.
            os.unlink(node.name, dir_fd=self._current)
            raise
        finally:
            os.close(descriptor)
        if node.entry["incomplete"]:
            self._report(path, tree.LIMITED, "its content was incomplete when it was read")

    def _write(self, node, descriptor):
        extents = iter(pages.data_extents(node.entry))
        offset = left = 0
        for data in tree.content(self._store, node.winner.domain, node.entry):
            while data:
                if not left:
                    offset, left = next(extents)
                written = os.pwrite(descriptor, data[:left], offset)
                data, offset, left = data[written:], offset + written, left - written
        os.ftruncate(descriptor, node.entry["size"] or 0)

    def _apply(self, entry, descriptor, path):
        self._apply_owner(entry, path, lambda: os.fchown(descriptor, entry["user"], entry["group"]))
        self._apply_attributes(entry, path, lambda name, value: os.setxattr(descriptor, name, value))
        os.fchmod(descriptor, self._mode(entry))
        os.utime(descriptor, ns=self._times(entry))

    def _apply_by_name(self, entry, name, path):
        where = {"dir_fd": self._current, "follow_symlinks": False}
        self._apply_owner(entry, path, lambda: os.chown(name, entry["user"], entry["group"], **where))
        through = b"/proc/self/fd/%d/%s" % (self._current, name)
        self._apply_attributes(entry, path, lambda key, value: os.setxattr(through, key, value, follow_symlinks=False))
        if entry["kind"] != pages.SYMLINK:
            os.chmod(name, self._mode(entry), dir_fd=self._current)
        os.utime(name, ns=self._times(entry), **where)

    def _apply_owner(self, entry, path, change):
        self._owned = True
        try:
            change()
        except PermissionError as error:
            self._owned = False
            self._report(path, tree.LIMITED, f"owner: {error.strerror}")

    def _apply_attributes(self, entry, path, change):
        for name, value in entry["attributes"] or []:
            try:
                change(name, value)
            except OSError as error:
                self._report(path, tree.LIMITED, f"attribute {name!r}: {error.strerror}")

    def _mode(self, entry):
        # Under another owner the bits would give away that owner's rights.
        return entry["mode"] if self._owned else entry["mode"] & ~SPECIAL_BITS

    @staticmethod
    def _times(entry):
        mtime = entry["mtime"] * 1_000_000_000 + entry["mtime_ns"]
        return mtime, mtime

    def _link(self, node):
        key = _inode(node.entry)
        if key is None or key not in self._linked:
            return False
        os.link(self._linked[key], node.name, src_dir_fd=self._links, dst_dir_fd=self._current, follow_symlinks=False)
        return True

    def _remember(self, node):
        key = _inode(node.entry)
        if key is None:
            return
        if self._links is None:
            self._links = self._make_links_folder()
        name = str(len(self._linked)).encode()
        os.link(node.name, name, src_dir_fd=self._current, dst_dir_fd=self._links, follow_symlinks=False)
        self._linked[key] = name

    def _make_links_folder(self):
        root = os.open(".", OPEN_DIRECTORY, dir_fd=self._current)
        for _ in self._stack[1:]:
            above = os.open("..", OPEN_DIRECTORY, dir_fd=root)
            os.close(root)
            root = above
        os.mkdir(self._links_name, 0o700, dir_fd=root)
        links = os.open(self._links_name, OPEN_DIRECTORY, dir_fd=root)
        os.close(root)
        return links

    def _remove_links(self):
        if self._links is None:
            return
        for name in self._linked.values():
            os.unlink(name, dir_fd=self._links)
        os.close(self._links)
        os.rmdir(self._links_name, dir_fd=self._current)


def _inode(entry):
    """What names of one file have in common, or None for a file with one name."""
    if (entry["links"] or 1) < 2 or entry["device"] is None:
        return None
    return entry["device"], entry["inode"]
