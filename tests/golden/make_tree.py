#!/usr/bin/env python3
"""make_tree.py KIND STEP DIR: the trees of the golden repositories. Step 2 changes what step 1 made."""
import hashlib
import os
import socket
import stat
import sys
import unicodedata

BLOCK = 128 << 10  # holes and data in multiples that every file system keeps
SECOND = 10**9


def write(path, data=b"content\n", mtime=1_700_000_000 * SECOND):
    os.makedirs(os.path.dirname(path) or b".", exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    os.utime(path, ns=(mtime, mtime))


def lines(first, count):
    """Text of which little remains when it is compressed, and no two lines of which are equal."""
    return b"".join(b"%08d all work and no play makes the archive a dull place\n" % number for number in range(first, first + count))


def noise(size):
    """Bytes that do not compress, and are the same in every year."""
    return b"".join(hashlib.sha256(b"noise %d" % number).digest() for number in range(size // 32))


def contents():
    write(b"content/empty", b"")
    write(b"content/one byte", b"1")
    write(b"content/noise", noise(96 << 10))
    write(b"content/large", lines(0, 110_000))
    write(b"content/zeros as written", bytes(300_000))
    with open(b"content/holes", "wb") as file:
        file.truncate(40 * BLOCK)
        for block, fill in ((0, b"head"), (17, b"middle"), (18, b"middle"), (39, b"tail")):
            file.seek(block * BLOCK)
            file.write((fill * BLOCK)[:BLOCK])
    with open(b"content/nothing but a hole", "wb") as file:
        file.truncate(1 << 33)
    for number in range(300):
        write(b"many/%03d" % number, b"the file of number %d\n" % number)


def folders():
    os.makedirs(b"folders/empty")
    os.makedirs(b"folders/" + b"/".join(b"level%d" % level for level in range(40)))


def links():
    write(b"links/target")
    os.symlink(b"target", b"links/plain")
    os.symlink(b"nowhere", b"links/dangling")
    os.symlink(b"/etc/hostname", b"links/absolute")
    os.symlink(b"itself", b"links/itself")
    os.symlink(b"\xff\xfe", b"links/\xfe\xff")
    os.mkdir(b"links/folder")
    os.link(b"links/target", b"links/folder/another name")
    os.link(b"links/target", b"links/a third name")
    os.symlink(b"x", b"links/one")
    os.link(b"links/one", b"links/the same link", follow_symlinks=False)


def nodes():
    os.mkdir(b"nodes")
    os.mkfifo(b"nodes/fifo", 0o640)
    os.mknod(b"nodes/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(b"nodes/block", stat.S_IFBLK | 0o660, os.makedev(300, 70000))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(b"nodes/socket")
    listener.close()


def attributes():
    write(b"attributes/file")
    os.makedirs(b"attributes/folder")
    for name in (b"attributes/file", b"attributes/folder"):
        os.setxattr(name, b"user.bytes", bytes(range(256)))
        os.setxattr(name, b"user.empty", b"")
    os.symlink(b"file", b"attributes/link")
    os.setxattr(b"attributes/link", b"trusted.note", b"of a link", follow_symlinks=False)


def names():
    longest = b"n" * 255
    for name in (b"\xff\xfe\x80", b"new\nline", b"escape \x1b[31m", b"..\\x", b"...", b" blanks ", b"-rf", b"*?[]", longest, "\u202eright to left".encode()):
        write(b"names/" + name, name)
    for form in ("NFC", "NFD"):
        write(b"names/" + unicodedata.normalize(form, "Köln").encode(), form.encode())
    write(b"names/\xff folder/\xfe inside")


def metadata():
    for name, moment in ((b"before 1970", -86400 * SECOND + 1), (b"1901", -2147483648 * SECOND), (b"2038", 2147483648 * SECOND + 999_999_999),
                         (b"2106", 4294967296 * SECOND + 1), (b"epoch", 0), (b"nanosecond", 1_700_000_000 * SECOND + 123_456_789)):
        write(b"times/" + name, name, moment)
        os.mkdir(b"times/folder of " + name)
        os.utime(b"times/folder of " + name, ns=(moment, moment))
        os.symlink(b"x", b"times/link of " + name)
        os.utime(b"times/link of " + name, ns=(moment, moment), follow_symlinks=False)
    for mode in (0o000, 0o400, 0o644, 0o4755, 0o2755, 0o6711):
        write(b"modes/file %04o" % mode)
        os.chmod(b"modes/file %04o" % mode, mode)
    for mode in (0o700, 0o1777, 0o2775):
        os.mkdir(b"modes/folder %04o" % mode)
        os.chmod(b"modes/folder %04o" % mode, mode)
    # Numbers that have a name nowhere: where a name is known, a restore goes by the name.
    write(b"owners/file")
    os.chown(b"owners/file", 123456, 654321)
    os.chmod(b"owners/file", 0o4755)
    os.mkdir(b"owners/folder")
    os.chown(b"owners/folder", 4_000_000_000, 4_000_000_000)
    os.symlink(b"x", b"owners/link")
    os.lchown(b"owners/link", 123456, 0)


def plain_1():
    for part in (contents, folders, links, nodes, attributes, names, metadata):
        part()


def plain_2():
    with open(b"content/large", "r+b") as file:
        file.seek(3_000_000)
        file.write(b"here the second day wrote something else")
    with open(b"content/noise", "ab") as file:
        file.write(b"and the end")
    os.unlink(b"many/007")
    write(b"many/new", b"new on the second day\n")
    os.chmod(b"many/008", 0o600)
    os.rename(b"links/plain", b"links/renamed")
    os.unlink(b"nodes/fifo")
    write(b"nodes/fifo", b"no pipe any more")


def dated(path, year, text):
    write(path, text, (1_600_000_000 + (year - 2020) * 31_556_952) * SECOND + year)


def persons_1():
    write(b"readme", b"nobody's\n")
    dated(b"mail/anna.box/cur/1", 2021, b"The first letter of Anna.\n")
    dated(b"mail/anna.box/cur/2", 2022, b"The second letter of Anna.\n")
    dated(b"mail/anna.box/cur/3", 2023, b"The third letter of Anna.\n")
    dated(b"mail/anna.box/index", 2023, lines(0, 20_000))
    dated(b"mail/bert.box/cur/1", 2021, b"The first letter of Bert.\n")
    dated(b"mail/bert.box/sent/1", 2022, b"What Bert wrote to Anna.\n")
    dated(b"mail/aliases", 2020, b"nobody's, and in the folder of two persons\n")
    os.mkdir(b"mail/anna.box/new", 0o700)
    os.symlink(b"cur/1", b"mail/bert.box/newest")
    os.chown(b"mail/anna.box", 123456, 123456)
    os.chmod(b"mail/anna.box", 0o2750)
    dated(b"vouchers/4711/2022/invoice", 2022, b"4711 euro\n")
    dated(b"vouchers/4711/2023/invoice", 2023, b"4712 euro\n")
    dated(b"vouchers/4712/2023/invoice", 2023, b"4711 euro\n")


def persons_2():
    dated(b"mail/bert.box/cur/2", 2023, b"The second letter of Bert, and his third period.\n")
    os.unlink(b"mail/anna.box/cur/2")
    dated(b"mail/anna.box/index", 2023, lines(0, 25_000))
    dated(b"vouchers/4711/2024/invoice", 2024, b"4713 euro\n")


def main():
    kind, step, folder = sys.argv[1:]
    os.umask(0o022)
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    {"plain": (plain_1, plain_2), "persons": (persons_1, persons_2)}[kind][int(step) - 1]()


main()
