#!/usr/bin/env python3
"""Makes a folder for each thing that a restore must bring back exactly: sample_tree.py DIR. `sample_tree.py --list` names them."""
import os
import random
import socket
import stat
import subprocess
import sys
import unicodedata


def write(path, data=b"content\n"):
    with open(path, "wb") as file:
        file.write(data)


def content():
    source = random.Random(1)
    for size in (1, 100, 4095, 4096, 262143, 262144, 262145, 1048577, 5000001):
        write(b"random %d" % size, source.randbytes(size))
    write(b"text", b"all work and no play\n" * 100000)


def empty():
    write(b"empty file", b"")
    os.mkdir(b"empty folder")
    os.makedirs(b"folder/with/only/folders")


def modes():
    for mode in (0o000, 0o400, 0o644, 0o755, 0o777, 0o4755, 0o2755, 0o6711):
        name = b"file %04o" % mode
        write(name)
        os.chmod(name, mode)
    for mode in (0o700, 0o755, 0o1777, 0o2775, 0o3770):
        name = b"folder %04o" % mode
        os.mkdir(name)
        os.chmod(name, mode)
    os.mkdir(b"folder closed")
    write(b"folder closed/inside")
    os.chmod(b"folder closed", 0o500)


def owners():
    for user, group in ((0, 0), (1, 1), (65534, 65534), (12345, 54321), (4000000000, 4000000000)):
        name = b"%d %d" % (user, group)
        write(name)
        os.chown(name, user, group)
        os.chmod(name, 0o4755)
    os.mkdir(b"folder")
    os.chown(b"folder", 33, 42)
    os.symlink(b"nowhere", b"link")
    os.lchown(b"link", 33, 42)
    os.mkfifo(b"fifo")
    os.chown(b"fifo", 33, 42)


def times():
    moments = {b"now": 1764000000_123456789, b"before 1970": -86400_000000001, b"1901": -2147483648_000000000, b"2038": 2147483648_999999999,
               b"2106": 4294967296_000000001, b"2400": 13569465600_500000000, b"epoch": 0, b"nanosecond": 1}
    for name, moment in moments.items():
        write(b"file " + name)
        os.mkdir(b"folder " + name)
        write(b"folder " + name + b"/inside")
        os.symlink(b"x", b"link " + name)
        os.mkfifo(b"fifo " + name)
        for kind in (b"file ", b"folder ", b"link ", b"fifo "):
            os.utime(kind + name, ns=(moment, moment), follow_symlinks=False)


def links():
    write(b"target")
    os.symlink(b"target", b"plain")
    os.symlink(b"does not exist", b"dangling")
    os.symlink(b"/etc/hostname", b"absolute")
    os.symlink(b"loop b", b"loop a")
    os.symlink(b"loop a", b"loop b")
    os.symlink(b".", b"itself")
    os.symlink(b"\xff\xfe not utf-8", b"bytes")
    os.symlink(b"t" * 4000, b"long")
    os.symlink(b"../" * 20 + b"etc", b"upwards")


def hardlinks():
    write(b"one")
    os.mkdir(b"folder")
    os.link(b"one", b"two")
    os.link(b"one", b"folder/three")
    os.symlink(b"x", b"link")
    os.link(b"link", b"same link", follow_symlinks=False)
    os.mkfifo(b"fifo")
    os.link(b"fifo", b"same fifo")


def attributes():
    write(b"file")
    os.mkdir(b"folder")
    os.symlink(b"file", b"link")
    for name in (b"file", b"folder"):
        os.setxattr(name, b"user.note", b"a value")
        os.setxattr(name, b"user.bytes", bytes(range(256)))
        os.setxattr(name, b"user.empty", b"")
        os.setxattr(name, b"trusted.secret", b"for root only")
    os.setxattr(b"link", b"trusted.secret", b"of a link", follow_symlinks=False)


def acls():
    write(b"file")
    os.mkdir(b"folder")
    subprocess.run(["setfacl", "-m", "u:12345:rw,g:54321:r,m::rw", "file"], check=True)
    subprocess.run(["setfacl", "-m", "u:12345:rwx,d:u:12345:rx,d:o::-", "folder"], check=True)
    write(b"folder/inherits")


def capabilities():
    write(b"ping")
    os.chmod(b"ping", 0o755)
    subprocess.run(["setcap", "cap_net_raw,cap_net_admin+ep", "ping"], check=True)


def holes():
    with open(b"hole of 1 TiB", "wb") as file:
        file.truncate(1 << 40)
    with open(b"data hole data", "wb") as file:
        file.write(b"head" * 1024)
        file.seek(50 << 20)
        file.write(b"tail" * 1024)
    with open(b"hole at the end", "wb") as file:
        file.write(b"x" * 8192)
        file.truncate(20 << 20)
    write(b"zeros as written", bytes(3 << 20))


def nodes():
    os.mkfifo(b"fifo")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(b"socket")
    listener.close()
    os.mknod(b"null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    os.mknod(b"loop", stat.S_IFBLK | 0o660, os.makedev(7, 200))
    os.mknod(b"large numbers", stat.S_IFCHR | 0o600, os.makedev(300, 70000))


def names():
    longest = b"n" * 255
    for name in (b"\xff\xfe\x80", b"new\nline", b"escape \x1b[31m", b"..\\x", b"C:x", b"...", b"trailing dot.", b" blanks ", b"-rf", b"*?[]", longest,
                 b"\xf0\x9f\x92\xbe" * 63, "\u202eright to left".encode(), b"tab\tcr\r", b"'\"$`", b"CON", b"~"):
        write(name)
        os.mkdir(b"d" + name[:254])
        write(b"d" + name[:254] + b"/inside")
    for form in ("NFC", "NFD"):
        write(unicodedata.normalize(form, "Köln Ägypten").encode(), form.encode())
    for name in (b"Case", b"case", b"CASE"):
        write(name, name)


def deep():
    here = os.open(b".", os.O_RDONLY)
    for level in range(1000):
        os.mkdir(b"level%d" % level, dir_fd=here)
        below = os.open(b"level%d" % level, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    with os.fdopen(os.open(b"at the bottom", os.O_WRONLY | os.O_CREAT, dir_fd=here), "wb") as file:
        file.write(b"1000 levels down")
    os.close(here)


def many():
    for number in range(5000):
        write(b"%06d" % number, b"%d\n" % number)


FEATURES = [content, empty, modes, owners, times, links, hardlinks, attributes, acls, capabilities, holes, nodes, names, deep, many]


def main():
    if sys.argv[1] == "--list":
        print("\n".join(feature.__name__ for feature in FEATURES))
        return
    os.umask(0o022)
    os.makedirs(sys.argv[1], exist_ok=True)
    root = os.path.abspath(sys.argv[1])
    for feature in FEATURES:
        place = os.path.join(root, feature.__name__)
        os.mkdir(place)
        os.chdir(place)
        feature()
    os.chdir(root)


main()
