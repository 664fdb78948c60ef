"""Searches every byte below some folders, names and sealed texts included, for texts that must not be left anywhere."""

import argparse
import os
import sys

import attack_cli
from attack import Attack
from corpus import Corpus
from display import escaped
from errors import MalformedKey
from needles import Needles

NOTHING, FOUND = 0, 1
SHORTEST = 4
# Of one stretch no more than these are printed.
SHOWN = 5


def searched_text(text):
    if len(text) < SHORTEST:
        raise argparse.ArgumentTypeError(f"a text of less than {SHORTEST} letters turns up by chance")
    return text


def parse(arguments):
    parser = argparse.ArgumentParser(prog="reader search", description=__doc__)
    attack_cli.add_secrets(parser)
    parser.add_argument("--text", action="append", required=True, type=searched_text, metavar="TEXT")
    parser.add_argument("folders", nargs="*", metavar="DIR")
    # Folders may stand before, between and behind the options.
    options = parser.parse_intermixed_args(arguments)
    if not options.folders + options.site:
        parser.error("name at least one folder")
    return options


class Search:
    """Prints what it finds, and counts it."""

    def __init__(self, texts):
        self._needles = Needles(texts)
        self.count = 0
        self.sealed = 0

    def look(self, where, data, what=""):
        found = self._needles.find(data)
        self.count += len(found)
        for offset, text, form in found[:SHOWN]:
            print(f"{where}: offset {offset}: {escaped(text.encode())} as {form}{what}")
        if len(found) > SHOWN:
            print(f"{where}: and {len(found) - SHOWN} more")

    def look_at_path(self, top, path):
        """The name and what else a file system keeps of it; what stands above the folder is not looked at."""
        shown = escaped(os.fsencode(path))
        self.look(shown, os.fsencode(os.path.relpath(path, top)), " in the name")
        try:
            if os.path.islink(path):
                self.look(shown, os.fsencode(os.readlink(path)), " in the target of a link")
            for name in os.listxattr(path, follow_symlinks=False):
                self.look(shown, os.fsencode(name), " in the name of an attribute")
                self.look(shown, os.getxattr(path, name, follow_symlinks=False), f" in the attribute {name}")
        except OSError as error:
            print(f"problem: {error}", file=sys.stderr)

    def look_at_text(self, attack, where, domain_id, text):
        """What was opened, but for the domains of a subject: there persons' own files may name anybody."""
        if domain_id is not None and attack.domains[domain_id].subject is not None:
            return
        self.sealed += 1
        self.look(where, text)


def run(options, read_recovery_line, read_passphrase):
    search = Search(options.text)
    corpus = Corpus(list(dict.fromkeys(options.folders + options.site)))
    attack = Attack(lambda where, kind, domain_id, text: search.look_at_text(attack, where, domain_id, text))
    keyed = options.recovery_key_file + options.passphrase_file
    try:
        for top, path in corpus.paths():
            search.look_at_path(top, path)
        for view, data in corpus.views():
            search.look(view, data)
            if keyed:
                attack.finds.take(view, data)
        attack_cli.give_secrets(attack, options, read_recovery_line, read_passphrase)
    except MalformedKey as error:
        print(f"error: {error}", file=sys.stderr)
        return attack_cli.WRONG_KEY
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return attack_cli.USAGE
    attack.run()
    for problem in corpus.problems:
        print(f"problem: {problem}", file=sys.stderr)
    print(f"{corpus.files} files, {corpus.bytes} bytes, {search.sealed} sealed texts: {search.count} hits", file=sys.stderr)
    if attack_cli.is_misled(attack, options):
        print("error: the key opens no root", file=sys.stderr)
        return attack_cli.WRONG_KEY
    return FOUND if search.count else NOTHING
