"""An independent reader of the stored format: it knows FORMAT.md and no line of the program."""

import argparse
import os
import sys

import attack_cli
import check
import display
import dump
import restore
import search_cli
import tree
import unlock
from errors import MalformedKey, ReadError, WrongKey

DONE, FAILED, USAGE, INCOMPLETE, WRONG_KEY = 0, 1, 2, 3, 12


def parse(arguments):
    parser = argparse.ArgumentParser(prog="reader", description=__doc__)
    parser.add_argument("--site", required=True, metavar="DIR")
    secret = parser.add_mutually_exclusive_group(required=True)
    secret.add_argument("--recovery-key-file", metavar="FILE")
    secret.add_argument("--passphrase-file", metavar="FILE")
    parser.add_argument("--repository-id", type=bytes.fromhex, metavar="HEX", help="as on the recovery sheet")
    parser.add_argument("--include-restricted", action="store_true", help="also what lies in restricted or blocked domains")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the snapshots")
    commands.add_parser("ls", help="the entries of a snapshot").add_argument("snapshot")
    restoring = commands.add_parser("restore", help="a snapshot into an empty folder")
    restoring.add_argument("snapshot")
    restoring.add_argument("target")
    commands.add_parser("check", help="read and verify everything at the site")
    commands.add_parser("dump", help="in the clear, what is known outside the domains of a subject").add_argument("target")
    return parser.parse_args(arguments)


class Report:
    """Collects what was not perfect; an erased domain is as it should be and changes no exit code."""

    def __init__(self):
        self.incomplete = False

    def __call__(self, path, what, message):
        self.incomplete = self.incomplete or what != tree.ERASED
        say(f"{what}: {display.path_text(path)}: {message}")

    @property
    def code(self):
        return INCOMPLETE if self.incomplete else DONE


def say(message):
    print(message, file=sys.stderr)


def read_secret(name):
    with open(name, "rb") as file:
        return file.read()


def read_recovery_line(name):
    """The key's own line where the file is a whole recovery sheet, else all of it."""
    lines = read_secret(name).decode("utf-8", "replace").splitlines()
    found = [line for line in lines if line.strip().upper().startswith("BKR1")]
    return found[0] if len(found) == 1 else " ".join(lines)


def read_passphrase(name):
    secret = read_secret(name)
    return secret[:-1] if secret.endswith(b"\n") else secret


def open_repository(options):
    by_key = options.recovery_key_file is not None
    opened = unlock.unlock(
        options.site,
        recovery_line=read_recovery_line(options.recovery_key_file) if by_key else None,
        passphrase=None if by_key else read_passphrase(options.passphrase_file),
        repository_id=options.repository_id)
    if options.command != "check":
        for problem in opened.ledger.alarms + opened.store.problems:
            say(f"alarm: {problem}")
    return opened


def list_snapshots(opened):
    code = DONE
    for id, snapshot in opened.snapshots():
        print(display.snapshot_line(id, snapshot))
        code = INCOMPLETE if isinstance(snapshot, Exception) else code
    return code


def walk(walker, directory, path=()):
    """(entry, owner, path) of everything, in the order of the tree; deep trees are no calls of calls."""
    stack = [directory]
    yield directory.entry, directory.owner, path
    while stack:
        node = next(stack[-1].children, None)
        if node is None:
            stack.pop()
            path = path[:-1]
        elif node.is_directory:
            stack.append(walker.open(node, path + (node.name,)))
            path += (node.name,)
            yield stack[-1].entry, stack[-1].owner, path
        else:
            yield node.entry, node.winner.owner, path + (node.name,)


def make_walker(opened, options, report):
    return tree.Tree(opened.store, opened.ledger, opened.keyring, report, options.include_restricted)


def list_entries(opened, options):
    report = Report()
    walker = make_walker(opened, options, report)
    for entry, owner, path in walk(walker, walker.root(opened.find_snapshot(options.snapshot))):
        print(display.entry_line(entry, owner, path))
    return report.code


def restore_snapshot(opened, options):
    report = Report()
    snapshot = opened.find_snapshot(options.snapshot)
    restorer = restore.Restorer(make_walker(opened, options, report), opened.store, report)
    restorer.restore(snapshot, os.fsencode(options.target))
    say(f"{restorer.count} entries restored")
    return report.code


def check_site(opened):
    checker = check.Checker(opened)
    checker.run()
    for note in checker.notes:
        say(f"note: {note}")
    for problem in checker.problems:
        say(f"problem: {problem}")
    print(checker.summary())
    return INCOMPLETE if checker.problems else DONE


def dump_outside(opened, options):
    dumped = dump.Dump(opened, options.target)
    dumped.write()
    say(f"{dumped.count} texts written, {dumped.left_out} members of a subject left out")
    return DONE


def main(arguments):
    if arguments[:1] == ["attack"]:
        return attack_cli.run(attack_cli.parse(arguments[1:]), read_recovery_line, read_passphrase)
    if arguments[:1] == ["search"]:
        return search_cli.run(search_cli.parse(arguments[1:]), read_recovery_line, read_passphrase)
    options = parse(arguments)
    try:
        opened = open_repository(options)
    except (WrongKey, MalformedKey) as error:
        say(f"error: {error}")
        return WRONG_KEY
    except (ReadError, OSError) as error:
        say(f"error: {error}")
        return FAILED
    return run(opened, options)


def run(opened, options):
    try:
        if options.command == "list":
            return list_snapshots(opened)
        if options.command == "ls":
            return list_entries(opened, options)
        if options.command == "restore":
            return restore_snapshot(opened, options)
        if options.command == "dump":
            return dump_outside(opened, options)
        return check_site(opened)
    except (ReadError, OSError) as error:
        say(f"error: {error}")
        return FAILED
