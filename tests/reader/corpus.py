"""Every byte that stands below some folders, whatever the files are called: as it is, and out of SQLite, zstd and gzip."""

import os
import shutil
import sqlite3
import stat
import tempfile
import zlib

import zstandard

from objects import sha256

SQLITE_MAGIC = b"SQLite format 3\0"
ZSTD_MAGIC = bytes.fromhex("28B52FFD")
GZIP_MAGIC = bytes.fromhex("1F8B08")
MAX_UNPACKED = 256 << 20
MAX_DEPTH = 3
STEP = 1 << 16
# The log of a database is part of it: a value may stand there alone.
SQLITE_COMPANIONS = ("-wal", "-journal")


class View:
    """One stretch of bytes and where it came from: a whole file (read again when needed) or something out of one (kept)."""

    __slots__ = ("paths", "inside", "size", "_data")

    def __init__(self, paths, inside, data):
        # The list is shared by all views of a file, so that a copy that is found later is named with each of them.
        self.paths = paths
        self.inside = inside
        self.size = len(data)
        self._data = data if inside else None

    def read(self, offset, size):
        if self._data is not None:
            return self._data[offset:offset + size]
        with open(self.paths[0], "rb") as file:
            file.seek(offset)
            return file.read(size)

    def __str__(self):
        more = f" (and {len(self.paths) - 1} copies)" if len(self.paths) > 1 else ""
        return os.fsencode(self.paths[0]).decode("utf-8", "backslashreplace") + more + (f", {self.inside}" if self.inside else "")


class Corpus:
    """What was read, and what could not be read. Copies of the same bytes are looked at once."""

    def __init__(self, folders):
        self._folders = folders
        self._seen = {}
        self.files = 0
        self.bytes = 0
        self.problems = []

    def paths(self):
        """(folder, path) of everything below the folders: files, folders, links."""
        for top in self._folders:
            if not os.path.isdir(top):
                raise NotADirectoryError(f"{top}: no such directory")
            for folder, folders, files in os.walk(top, onerror=lambda error: self.problems.append(str(error))):
                for name in sorted(folders + files):
                    yield top, os.path.join(folder, name)

    def views(self):
        """(view, its bytes), each file followed by what is inside it."""
        for _, path in self.paths():
            try:
                if not stat.S_ISREG(os.lstat(path).st_mode):
                    continue
                with open(path, "rb") as file:
                    data = file.read()
            except OSError as error:
                self.problems.append(str(error))
                continue
            self.files += 1
            self.bytes += len(data)
            digest = sha256(data)
            if digest in self._seen and not data.startswith(SQLITE_MAGIC):
                self._seen[digest].append(path)
                continue
            paths = self._seen[digest] = [path]
            yield View(paths, "", data), data
            yield from self._inside(paths, "", data, 0)
            if data.startswith(SQLITE_MAGIC):
                yield from self._tables(path, paths)

    def _inside(self, paths, inside, data, depth):
        if depth == MAX_DEPTH:
            return
        for what, magic, unpack in (("zstd", ZSTD_MAGIC, unzstd), ("gzip", GZIP_MAGIC, gunzip)):
            at = data.find(magic)
            while at >= 0:
                plain = unpack(data, at)
                if plain:
                    label = f"{inside}{' > ' if inside else ''}{what} at {at}"
                    yield View(paths, label, plain), plain
                    yield from self._inside(paths, label, plain, depth + 1)
                at = data.find(magic, at + 1)

    def _tables(self, path, paths):
        """Each value of a database by itself: long ones are scattered over its pages."""
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "database")
            shutil.copyfile(path, copy)
            for companion in SQLITE_COMPANIONS:
                if os.path.exists(path + companion):
                    shutil.copyfile(path + companion, copy + companion)
            try:
                database = sqlite3.connect(copy)
                database.text_factory = bytes
                yield from self._values(database, paths)
                database.close()
            except sqlite3.Error as error:
                self.problems.append(f"{path}: {error}")

    def _values(self, database, paths):
        for table, in database.execute("select name from sqlite_master where type = 'table'").fetchall():
            table = table.decode()
            quoted = table.replace('"', '""')
            for number, values in enumerate(database.execute(f'select * from "{quoted}"')):
                for column, value in enumerate(values):
                    if isinstance(value, bytes) and value:
                        label = f"table {table}, row {number}, column {column}"
                        yield View(paths, label, value), value
                        yield from self._inside(paths, label, value, 1)


def unzstd(data, at):
    """What can be had of a zstd frame, which may be torn."""
    return _unpack(zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj(), zstandard.ZstdError, data, at)


def gunzip(data, at):
    return _unpack(zlib.decompressobj(31), zlib.error, data, at)


def _unpack(decompressor, failure, data, at):
    plain = bytearray()
    try:
        while at < len(data) and len(plain) < MAX_UNPACKED:
            plain += decompressor.decompress(data[at:at + STEP])
            at += STEP
            if getattr(decompressor, "unused_data", b"") or getattr(decompressor, "eof", False):
                break
    except (failure, EOFError):
        pass
    return bytes(plain)
