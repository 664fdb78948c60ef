#!/usr/bin/env python3
"""Says everything about a file tree that a backup must bring back, one line an entry, so that two trees can be compared with diff.

    manifest.py DIR [--no-holes] [--no-names] [--no-top] [--exclude PATH]...

Written from the man pages, not from the engine, with the standard library only. Works on bytes and beyond PATH_MAX: every step goes from an open
directory by one name. Lines are sorted by path, bytewise; fields are separated by one space, and bytes outside of printable ASCII, spaces and
backslashes are written as \\xNN.

A content up to 1 GiB is given by its SHA-256; a larger one by the SHA-256 of its blocks of 4 KiB that hold anything but zeros, each behind its offset, so
that a file of one hole takes no time. --no-holes leaves out where the holes are. --no-names leaves out the
names of users and groups, which differ from machine to machine. --no-top leaves out DIR itself. --exclude leaves out a path, given as
the manifest writes it, and what lies below.
"""
import argparse
import errno
import grp
import hashlib
import os
import pwd
import re
import stat
import sys

PLAIN_LIMIT = 1 << 30
BLOCK = 4096
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo",
         stat.S_IFSOCK: "socket", stat.S_IFCHR: "char", stat.S_IFBLK: "block"}
names = {}


def escape(data):
    return re.sub(rb"[^!-\[\]-~]", lambda odd: b"\\x%02x" % odd[0][0], data).decode() or "-"


def name_of(kind, number):
    if (kind, number) not in names:
        try:
            names[kind, number] = pwd.getpwuid(number).pw_name if kind == "user" else grp.getgrgid(number).gr_name
        except KeyError:
            names[kind, number] = "-"
    return names[kind, number]


def extents(fd, size):
    found, at = [], 0
    while at < size:
        try:
            data = os.lseek(fd, at, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                break
            raise
        if data >= size:
            break
        at = min(os.lseek(fd, data, os.SEEK_HOLE), size)
        found.append((data, at))
    return found


def content(fd, size, data):
    digest = hashlib.sha256()
    if size <= PLAIN_LIMIT:
        os.lseek(fd, 0, os.SEEK_SET)
        left = size
        while left:
            part = os.read(fd, min(left, 1 << 20))
            if not part:
                break
            digest.update(part)
            left -= len(part)
        return digest.hexdigest()
    zeros = bytes(BLOCK)
    for start, end in data:
        start -= start % BLOCK
        while start < end:
            block = os.pread(fd, BLOCK, start)
            if block != zeros[:len(block)]:
                digest.update(start.to_bytes(8, "big") + block)
            start += BLOCK
    return "blocks:" + digest.hexdigest()


def attributes(path):
    found = []
    try:
        for name in os.listxattr(path, follow_symlinks=False):
            found.append((os.fsencode(name), os.getxattr(path, name, follow_symlinks=False)))
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
    return ",".join(f"{escape(name)}={value.hex()}" for name, value in sorted(found)) or "-"


def describe(directory, name, status, holes):
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    fields = {
        "type": kind, "mode": f"{stat.S_IMODE(status.st_mode):04o}", "uid": status.st_uid, "gid": status.st_gid,
        "user": name_of("user", status.st_uid), "group": name_of("group", status.st_gid), "mtime": status.st_mtime_ns,
        "size": status.st_size if kind == "file" else "-", "sha256": "-", "data": "-", "target": "-", "rdev": "-",
        "xattrs": attributes(b"/proc/self/fd/%d/%s" % (directory, name)),
    }
    if kind == "file":
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
        try:
            data = extents(fd, status.st_size)
            fields["sha256"] = content(fd, status.st_size, data)
            if holes:
                fields["data"] = "+".join(f"{start}-{end}" for start, end in data) or "none"
        finally:
            os.close(fd)
    elif kind == "link":
        fields["target"] = escape(os.readlink(name, dir_fd=directory))
    elif kind in ("char", "block"):
        fields["rdev"] = f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"
    return fields


def open_directory(name, directory=None):
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if directory is not None else 0), dir_fd=directory)


def walk(top, holes, excluded):
    """Holds one directory open at a time and goes back through "..", so that depth costs no descriptors."""
    found = []
    current = open_directory(top)
    found.append((b".", os.fstat(current), describe(current, b".", os.fstat(current), holes)))
    stack = [(b".", sorted(map(os.fsencode, os.listdir(current)), reverse=True))]
    while stack:
        path, waiting = stack[-1]
        if not waiting:
            stack.pop()
            if stack:
                above = open_directory(b"..", current)
                os.close(current)
                current = above
            continue
        name = waiting.pop()
        inner = path + b"/" + name
        if escape(inner) in excluded:
            continue
        status = os.stat(name, dir_fd=current, follow_symlinks=False)
        found.append((inner, status, describe(current, name, status, holes)))
        if stat.S_ISDIR(status.st_mode):
            below = open_directory(name, current)
            os.close(current)
            current = below
            stack.append((inner, sorted(map(os.fsencode, os.listdir(current)), reverse=True)))
    os.close(current)
    return sorted(found, key=lambda entry: entry[0])


def main():
    parser = argparse.ArgumentParser(description="Describes a file tree, one line an entry.")
    parser.add_argument("dir")
    parser.add_argument("--no-holes", action="store_true")
    parser.add_argument("--no-names", action="store_true")
    parser.add_argument("--no-top", action="store_true")
    parser.add_argument("--exclude", action="append", default=[], metavar="PATH")
    arguments = parser.parse_args()
    excluded = {"./" + path.removeprefix("./") for path in arguments.exclude}
    found = walk(os.fsencode(arguments.dir), not arguments.no_holes, excluded)
    first, several = {}, set()
    for path, status, _ in found:
        if not stat.S_ISDIR(status.st_mode) and status.st_nlink > 1:
            inode = (status.st_dev, status.st_ino)
            if inode in first:
                several.add(inode)
            first.setdefault(inode, path)
    out = sys.stdout
    for path, status, fields in found:
        if arguments.no_top and path == b".":
            continue
        if arguments.no_names:
            del fields["user"], fields["group"]
        inode = (status.st_dev, status.st_ino)
        fields["same"] = escape(first[inode]) if inode in several and not stat.S_ISDIR(status.st_mode) else "-"
        out.write(escape(path) + " " + " ".join(f"{key}={value}" for key, value in fields.items()) + "\n")


if __name__ == "__main__":
    main()
