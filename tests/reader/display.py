"""What is printed. Names are bytes from elsewhere, so nothing of them reaches a terminal unescaped."""

import stat
from datetime import datetime, timedelta, timezone

import pages

TYPES = {
    pages.FILE: stat.S_IFREG, pages.DIRECTORY: stat.S_IFDIR, pages.SYMLINK: stat.S_IFLNK, pages.FIFO: stat.S_IFIFO,
    pages.SOCKET: stat.S_IFSOCK, pages.CHARACTER_DEVICE: stat.S_IFCHR, pages.BLOCK_DEVICE: stat.S_IFBLK,
}
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def escaped(name):
    text = name.decode("utf-8", "surrogateescape")
    return "".join(_escaped_character(character) for character in text)


def _escaped_character(character):
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xdc00:02x}"
    if character == "\\":
        return "\\\\"
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def path_text(path):
    return "/".join(escaped(name) for name in path) or "."


def moment(seconds, nanoseconds=None):
    try:
        text = (EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    except OverflowError:
        return f"@{seconds}"
    return text + (f".{nanoseconds:09}" if nanoseconds is not None else "") + "Z"


def entry_line(entry, owner, path):
    user = owner[0] or str(entry["user"])
    group = owner[1] or str(entry["group"])
    size = "{},{}".format(*entry["node"]) if entry.get("node") else str(entry.get("size") or 0)
    target = " -> " + escaped(entry["target"]) if entry.get("target") is not None else ""
    mode = stat.filemode(TYPES[entry["kind"]] | entry["mode"])
    who = f"{escaped(user.encode())}:{escaped(group.encode())}"
    return f"{mode} {who} {size:>12} {moment(entry['mtime'], entry['mtime_ns'])} {path_text(path)}{target}"


def snapshot_line(id, snapshot):
    if isinstance(snapshot, Exception):
        return f"{id.hex()}  cannot be opened: {snapshot}"
    counts = snapshot["counts"]
    tags = " [" + ", ".join(snapshot["tags"]) + "]" if snapshot["tags"] else ""
    words = (f"{id.hex()}  {moment(*snapshot['started'])}  {snapshot['host']}  {snapshot['source']} ({snapshot['kind']})  "
             f"{counts[0]} files, {counts[1]} directories, {counts[2]} others, {counts[3]} bytes{tags}")
    return escaped(words.encode())
