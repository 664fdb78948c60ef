"""From a blob id to its bytes: index, member, segment (FORMAT.md, sections 7, 8.1 and 13)."""

from collections import OrderedDict, defaultdict

import packs
import seal
from errors import Damaged, FormatError, Missing, ReadError
from objects import hash_in_name, pack_name

MAX_OPEN_MEMBERS = 64
SEGMENT_CACHE_BYTES = 64 << 20


class Home:
    """Where a member stands: the same bytes may be in several packs."""

    __slots__ = ("member_id", "domain_id", "places")

    def __init__(self, member_id, domain_id):
        self.member_id = member_id
        self.domain_id = domain_id
        self.places = []


class OpenMember:
    def __init__(self, member, close):
        self.member = member
        self.close = close
        self.by_id = {blob.id: blob for blob in member.blobs}


class BlobStore:
    """Finds and opens blobs; keeps open what the next blob will probably need."""

    def __init__(self, site, ledger, keyring):
        self._site = site
        self._ledger = ledger
        self._keyring = keyring
        self._repository_id = ledger.repository["id"]
        self._homes = {}
        self._blobs = defaultdict(dict)
        self._members = OrderedDict()
        self._segments = OrderedDict()
        self._segment_bytes = 0
        self._indexed_packs = set()
        self._rebuilt = False
        self.problems = []
        for name in site.list("index"):
            if not ledger.is_gone(hash_in_name(name)):
                self._load_index(name)

    def _load_index(self, name):
        try:
            text = seal.open_sealed(self._site.read(name), seal.INDEX, self._keyring.keys["index"], self._repository_id)
            rows = packs.decode_index(text)
        except ReadError as error:
            self.problems.append(f"{name}: {error}")
            return
        for pack_id, _, members in rows:
            if self._ledger.is_gone(pack_id):
                continue
            self._indexed_packs.add(pack_id)
            for place, blob_ids in members:
                self._add(pack_id, place, blob_ids)

    def _add(self, pack_id, place, blob_ids):
        home = self._homes.get(place.member_id)
        if home is None:
            home = self._homes[place.member_id] = Home(place.member_id, place.domain_id)
            known = self._blobs[place.domain_id]
            for id in blob_ids:
                known.setdefault(id, []).append(home)
        home.places.append((pack_id, place.offset, place.length))

    def _rebuild(self):
        """Takes packs that no readable index names from their own tables and footers."""
        self._rebuilt = True
        for name in self._site.list("packs"):
            pack_id = hash_in_name(name)
            if pack_id in self._indexed_packs or self._ledger.is_gone(pack_id):
                continue
            try:
                self._load_pack(pack_id, self._site.read(name))
            except ReadError as error:
                self.problems.append(f"{name}: {error}")

    def _load_pack(self, pack_id, data):
        places, _, _ = packs.decode_pack(data, self._keyring.keys["table"], self._repository_id)
        for place in places:
            domain = self._keyring.domains.get(place.domain_id)
            if domain is None:
                continue
            stretch = data[place.offset:place.offset + place.length]
            member = packs.Member(lambda offset, size: stretch[offset:offset + size], place.length, domain, self._repository_id)
            self._add(pack_id, place, [blob.id for blob in member.blobs])

    def _find(self, domain_id, id):
        homes = self._blobs.get(domain_id, {}).get(id)
        if homes is None and not self._rebuilt:
            self._rebuild()
            homes = self._blobs.get(domain_id, {}).get(id)
        if homes is None:
            raise Missing(f"blob {id.hex()} of domain {domain_id.hex()} stands in no index and no pack")
        return homes

    def get(self, domain, kind, id):
        """The verified bytes of a blob, from the first member that still gives it."""
        failure = None
        for home in self._find(domain.id, id):
            try:
                return self._get_from(home, domain, kind, id)
            except ReadError as error:
                failure = error
        raise failure

    def _get_from(self, home, domain, kind, id):
        opened = self._open(home, domain)
        blob = opened.by_id.get(id)
        if blob is None:
            raise Damaged(f"member {home.member_id.hex()} does not hold the blob that the index names")
        if blob.kind != kind:
            raise FormatError(f"blob {id.hex()} is of kind {blob.kind}, expected {kind}")
        segment = self._segment(home.member_id, opened.member, blob.segment)
        data = segment[blob.offset:blob.offset + blob.length]
        packs.verify_blob(domain, blob, data)
        return data

    def _open(self, home, domain):
        opened = self._members.get(home.member_id)
        if opened is not None:
            self._members.move_to_end(home.member_id)
            return opened
        failure = Missing(f"member {home.member_id.hex()} stands in no pack")
        for pack_id, offset, length in home.places:
            try:
                opened = self._open_at(pack_id, offset, length, domain)
                break
            except ReadError as error:
                failure = type(error)(f"{pack_name(pack_id)}: {error}")
        if opened is None:
            raise failure
        self._members[home.member_id] = opened
        if len(self._members) > MAX_OPEN_MEMBERS:
            self._members.popitem(last=False)[1].close()
        return opened

    def _open_at(self, pack_id, offset, length, domain):
        read, close = self._site.open_range_reader(pack_name(pack_id), offset, length)
        try:
            return OpenMember(packs.Member(read, length, domain, self._repository_id), close)
        except BaseException:
            close()
            raise

    def _segment(self, member_id, member, number):
        key = (member_id, number)
        data = self._segments.get(key)
        if data is not None:
            self._segments.move_to_end(key)
            return data
        data = member.open_segment(number)
        self._segments[key] = data
        self._segment_bytes += len(data)
        while self._segment_bytes > SEGMENT_CACHE_BYTES:
            self._segment_bytes -= len(self._segments.popitem(last=False)[1])
        return data
