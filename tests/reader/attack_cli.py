"""Tries to open, by every means, what must not be opened any more, or searches what is left for a person's name."""

import argparse
import json
import sys
from collections import Counter

import seal
from attack import NAMES, Attack
from corpus import Corpus
from display import escaped
from errors import MalformedKey
from guesses import Guesses

CLOSED, OPEN, USAGE, WRONG_KEY = 0, 1, 2, 12
DEFAULT_TRIES = 2_000_000
SHOWN = 20
# In the report, in this order.
COUNTED = (seal.ROOT, seal.SHARD, seal.MEMBER, seal.MEMBER_TABLE, seal.INDEX, seal.SNAPSHOT, seal.LEDGER_PAYLOAD, seal.JOURNAL, seal.STATE)


def domain_id(text):
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 16:
        raise argparse.ArgumentTypeError("a domain has 32 hex digits")
    return value


def add_secrets(parser):
    parser.add_argument("--site", action="append", default=[], metavar="DIR", help="a site of today")
    parser.add_argument("--recovery-key-file", action="append", default=[], metavar="FILE")
    parser.add_argument("--passphrase-file", action="append", default=[], metavar="FILE")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="reader attack", description=__doc__)
    add_secrets(parser)
    parser.add_argument("--kept", action="append", default=[], metavar="DIR", help="what was kept: copies of sites, of states")
    parser.add_argument("--domain", action="append", default=[], type=domain_id, metavar="HEX", help="a domain that must not open")
    parser.add_argument("--expect-open", action="store_true", help="the domains must open, and wholly")
    parser.add_argument("--tries", type=int, default=DEFAULT_TRIES, help="how many comparisons may be spent on each kind of guess")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if not options.site + options.kept:
        parser.error("name at least one folder")
    if options.expect_open and not options.domain:
        parser.error("--expect-open wants --domain")
    return options


def give_secrets(attack, options, read_recovery_line, read_passphrase):
    for name in options.recovery_key_file:
        attack.take_recovery_line(read_recovery_line(name), name)
    for name in options.passphrase_file:
        attack.take_passphrase(read_passphrase(name), name)


def is_misled(attack, options):
    """A key and a site were given, and not even the site opens: such an attack proves nothing."""
    return bool(options.site and options.recovery_key_file + options.passphrase_file and not attack.opened[seal.ROOT])


def figures(corpus, attack, guesses, asked):
    finds = attack.finds
    found = Counter(sealed.kind for sealed in finds.sealed.values())
    attributed = {sealed for domain in attack.domains.values() for sealed in domain.members}
    return {
        "files": corpus.files, "bytes": corpus.bytes, "repositories": sorted(id.hex() for id in finds.repositories),
        "epochs": {
            "found": len({*finds.shares, *finds.secrets}), "site_secrets": len(finds.secrets), "shares_opened": len(attack.shares),
            "opened": sorted(attack.epochs_opened)},
        **{NAMES[kind].replace(" ", "_"): {"found": found[kind], "opened": len(attack.opened[kind])} for kind in COUNTED},
        "members_of_unknown_domain": found[seal.MEMBER] - len(attributed),
        "domains": [domain_figures(id, attack.domains[id], id in asked) for id in sorted({*attack.domains, *asked})],
        "guesses": {"tries": guesses.tries, "capped": guesses.capped, "hits": guesses.hits},
        "problems": corpus.problems,
    }


def domain_figures(id, found, asked):
    return {
        "domain": id.hex(), "subject": found.subject, "asked": asked, "keys": len(found.keys), "members_found": len(found.members),
        "members_opened": len(found.opened), "blobs_opened": len(found.blobs),
        "names": sorted(escaped(name) for name in found.names), "way": found.way}


def is_open(domain):
    """His keys are enough: whether a member that they open was kept is chance."""
    return bool(domain["keys"] or domain["members_opened"] or domain["blobs_opened"])


def is_wholly_open(domain):
    return 0 < domain["members_found"] == domain["members_opened"] and domain["blobs_opened"] > 0


def show(result):
    epochs = result["epochs"]
    print(f"read {result['files']} files, {result['bytes']} bytes, {len(result['repositories'])} repositories")
    print(f"epochs: {epochs['found']} found, S of {epochs['site_secrets']} found, a of {epochs['shares_opened']} opened, "
          f"roots of {epochs['opened']} opened")
    for kind in COUNTED:
        counts = result[NAMES[kind].replace(" ", "_")]
        print(f"{NAMES[kind]}: {counts['found']} found, {counts['opened']} opened")
    print(f"members of unknown domain: {result['members_of_unknown_domain']}")
    for domain in result["domains"]:
        show_domain(domain)
    guesses = result["guesses"]
    capped = ", CAPPED: not everything was tried" if guesses["capped"] else ""
    print(f"guesses: {guesses['tries']} tries{capped}, {len(guesses['hits'])} hits")
    for way in guesses["hits"]:
        show_way(way)
    for problem in result["problems"]:
        print(f"problem: {problem}", file=sys.stderr)


def show_domain(domain):
    subject = "" if domain["subject"] is None else f" ({escaped(domain['subject'].encode())})"
    print(f"domain {domain['domain']}{subject}: {domain['keys']} keys, {domain['members_found']} members found, "
          f"{domain['members_opened']} opened, {domain['blobs_opened']} blobs, {len(domain['names'])} names")
    names = domain["names"]
    if names:
        print("  " + ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else ""))
    if domain["asked"]:
        show_way(domain["way"])


def show_way(way):
    for step in way:
        print(f"    <- {step}")


def run(options, read_recovery_line, read_passphrase):
    corpus = Corpus(options.kept + options.site)
    attack = Attack()
    try:
        for view, data in corpus.views():
            attack.finds.take(view, data)
        give_secrets(attack, options, read_recovery_line, read_passphrase)
    except MalformedKey as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_KEY
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return USAGE
    guesses = Guesses(attack, options.tries)
    guesses.run()
    result = figures(corpus, attack, guesses, set(options.domain))
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    else:
        show(result)
    if is_misled(attack, options):
        print("error: the key opens no root of today's sites either, so nothing was proved", file=sys.stderr)
        return WRONG_KEY
    return verdict(result, options)


def verdict(result, options):
    asked = [domain for domain in result["domains"] if domain["asked"]]
    for domain in asked:
        if not domain["members_found"]:
            print(f"note: no member of domain {domain['domain']} was found, or nothing tells whose it is", file=sys.stderr)
    if options.expect_open:
        wrong = [domain for domain in asked if not is_wholly_open(domain)]
    else:
        wrong = [domain for domain in asked if is_open(domain)]
    for domain in wrong:
        print(f"{'not wholly open' if options.expect_open else 'OPEN'}: domain {domain['domain']}", file=sys.stderr)
    return OPEN if wrong else CLOSED
