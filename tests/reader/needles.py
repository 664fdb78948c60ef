"""The forms in which a text may have been written somewhere."""

import base64
import hashlib
import unicodedata
import urllib.parse

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
# Shorter runs of base64 turn up by chance in any larger file.
SHORTEST_BASE64 = 6


def spellings(text):
    """A text composed and decomposed, in the cases in which programs write names."""
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    return list(dict.fromkeys(spelled for form in forms for spelled in (form, form.lower(), form.upper(), form.title(), form.casefold())))


def encoded(text):
    """[(form, bytes)]; a text that Latin-1 cannot write has no such form."""
    found = []
    for encoding in ENCODINGS:
        try:
            found.append((encoding, text.encode(encoding)))
        except UnicodeEncodeError:
            continue
    return found


def base64_runs(data):
    """What of base64 depends on nothing but these bytes, for each place at which they may stand in a group of three."""
    runs = []
    for before in range(3):
        letters = base64.b64encode(bytes(before) + data)
        first = -(-before * 8 // 6)
        whole = (before + len(data)) * 8 // 6
        run = letters[first:whole]
        if len(run) >= SHORTEST_BASE64:
            runs += [run, run.translate(bytes.maketrans(b"+/", b"-_"))]
    return list(dict.fromkeys(runs))


def forms(text):
    """{(form, bytes): whether case is without meaning in it}."""
    found = {}
    for spelled in spellings(text):
        for encoding, data in encoded(spelled):
            found.setdefault((encoding, data), True)
            found.setdefault((f"hex of {encoding}", data.hex().encode()), True)
            for run in base64_runs(data):
                found.setdefault((f"base64 of {encoding}", run), False)
        # A hash without a key tells whoever guesses the text that he is right.
        digest = hashlib.sha256(spelled.encode()).digest()
        found.setdefault(("SHA-256", digest), False)
        found.setdefault(("hex of SHA-256", digest.hex().encode()), True)
        found.setdefault(("percent", urllib.parse.quote(spelled, safe="").encode()), True)
        found.setdefault(("escaped", spelled.encode("ascii", "backslashreplace")), True)
    return found


class Needles:
    """Finds texts in bytes, in any of their forms."""

    def __init__(self, texts):
        self._needles = {}
        for text in texts:
            for (form, data), any_case in forms(text).items():
                self._needles.setdefault((data.lower() if any_case else data, any_case), (text, form))

    def find(self, data):
        """[(offset, text, form)] of everything in it, ascending."""
        lower = data.lower()
        found = []
        for (needle, any_case), (text, form) in self._needles.items():
            searched = lower if any_case else data
            at = searched.find(needle)
            while at >= 0:
                found.append((at, text, form))
                at = searched.find(needle, at + 1)
        return sorted(found)
