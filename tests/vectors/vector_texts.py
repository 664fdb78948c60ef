"""Example texts of every map in FORMAT.md; those of the sealed types are sealed in the vectors too."""

import seal
import writer
from vector_packs import members
from vector_values import REPOSITORY, ROOT_SEED, fill

NOW = 1_767_225_600


def root():
    shard = [fill("shard", 32), fill("shard key", 32)]
    subject_hmac = fill("subject hmac", 32)
    return writer.cbor({
        0: 1, 1: fill("epoch 1", 16), 2: ROOT_SEED, 3: [fill(f"repository key {i}", 32) for i in range(7)],
        4: [[fill("slot", 32), fill("public key", 1216), 1, "recovery key", NOW]], 5: 1, 6: [None, shard],
        7: [["customer:4711", "email:anna@example.org"]],
        8: [[fill("hold", 16), "invoices", None, NOW + 86_400, "court"]],
        9: [[fill("restriction", 16), "email:anna@example.org", None, NOW]],
        10: [[fill("request", 16), [subject_hmac], "request", "blocked", NOW, NOW + 1, [fill("domain", 16)], [], [[fill("slot", 32), NOW]], 0]],
        11: [fill("slot", 32)], 12: [[subject_hmac, NOW + 1]]})


def shard():
    rows = [[fill(f"domain {i}", 16)] + [fill(f"{part} {i}", 32) for part in ("data", "id", "chunk")] + rest
            for i, rest in enumerate([[None, None, None, NOW, 0], ["email:anna@example.org", "mail", "2025", NOW, 0],
                                      ["email:anna@example.org", "mail", "2026", NOW, 1]])]
    return writer.cbor({0: sorted(rows)})


def member_table():
    member = members()[0]
    return writer.cbor({0: [[member["member_id"], member["domain_id"], 8, len(member["member"]), 3]], 1: [fill("old pack", 32)]})


def index():
    member = members()[0]
    blobs = b"".join(blob["blob_id"] for segment in member["segments"] for blob in segment["blobs"])
    row = [member["member_id"], member["domain_id"], 8, len(member["member"]), 3, blobs]
    return writer.cbor({0: [[fill("pack", 32), 2048, [row]]]})


def snapshot():
    return writer.cbor({
        0: "etc", 1: "host.example.org", 2: [NOW, 0], 3: [NOW + 5, 999_999_999], 4: fill("domain", 16), 5: fill("tree", 16),
        6: fill("grafts", 16), 7: [3, 2, 1, 4096, 4096], 8: ["nightly"], 9: None, 10: fill("rules", 32), 11: "1.0.0", 12: 0,
        13: "files", 14: None})


def payload():
    return writer.cbor({0: [fill("snapshot", 32)], 1: [], 2: [[fill("snapshot", 32), "a"]], 3: [fill("access", 32)],
                        4: [["a", "verified", "12 packs"], [None, "drill", "ok"]]})


def journal():
    return writer.cbor({0: NOW, 1: "host.example.org", 2: "restore", 3: [fill("domain", 16)], 4: fill("commitment", 32)})


def state():
    return writer.cbor({0: 1})


def metadata(kind, mode, **more):
    fields = {"name": 0, "links": 11, "device": 10, "size": 12, "target": 13, "node": 14, "attributes": 15, "extents": 16,
              "level": 17, "content": 18, "tree": 19, "grafts": 20, "class_": 21, "period": 22, "incomplete": 23, "subject": 24}
    base = {1: kind, 2: mode, 3: 0, 4: 33, 5: -1, 6: 999_999_999, 7: NOW, 8: 1, 9: 4711}
    return {**base, **{fields[name]: value for name, value in more.items()}}


def entries_page():
    content = fill("blob 0", 16) + (400).to_bytes(8, "big")
    rows = [
        metadata(6, 0o660, name=b"console", node=[5, 1]),
        metadata(2, 0o1777, name=b"dir", tree=fill("tree", 16), grafts=fill("grafts", 16)),
        metadata(1, 0o644, name=b"empty"),
        metadata(4, 0o600, name=b"fifo"),
        metadata(1, 0o4755, name=b"file", size=400, content=content, links=2, device=2049,
                 attributes=[[b"security.capability", fill("capability", 20)], [b"user.note", b""]]),
        metadata(1, 0o600, name=b"hole", size=1 << 40, extents=[]),
        metadata(3, 0o777, name=b"link", target=b"../\xff\n"),
        metadata(1, 0o640, name=b"report", size=400, content=content, class_="mail", period="2026", incomplete=True,
                 subject="email:anna@example.org"),
        metadata(5, 0o755, name=b"socket"),
        metadata(1, 0o644, name=b"sparse", size=1 << 20, extents=[[4096, 100], [8192, 300]], level=1,
                 content=fill("list", 16) + (400).to_bytes(8, "big")),
        metadata(1, 0o644, name=b"\xff\xfe", size=400, content=content),
    ]
    return writer.cbor({0: 0, 1: metadata(2, 0o755), 2: rows, 3: {0: "root"}, 4: {33: "www-data"}})


def inner_page():
    return writer.cbor({0: 1, 1: metadata(2, 0o755), 2: [[b"console", fill("page 0", 16)], [b"m", fill("page 1", 16)]],
                        3: {0: "root"}, 4: {33: "www-data"}})


def grafts_page():
    return writer.cbor({0: 2, 2: b"".join(sorted(fill(f"graft {i}", 32) for i in range(3)))})


def inner_grafts_page():
    return writer.cbor({0: 3, 2: b"".join(sorted(fill(f"inner graft {i}", 32) for i in range(2)))})


def inventory():
    return writer.cbor({0: 1, 1: REPOSITORY, 2: [[1, fill("pack", 32), 2048], [2, fill("index", 32), 300], [3, fill("snapshot", 32), 400]],
                        3: [[1, fill("condemned", 32)]]})


def checkpoint_inventory():
    return writer.cbor({0: 1, 1: REPOSITORY, 2: [[1, fill("pack", 32), 2048]], 3: [], 4: True, 5: [[fill("domain", 16), NOW]]})


TEXTS = {
    seal.SLOT_SEED: fill("seed 0", 32), seal.EPOCH_SHARE: fill("a 1", 32), seal.ROOT: root(), seal.SHARD: shard(),
    seal.MEMBER_TABLE: member_table(), seal.INDEX: index(), seal.SNAPSHOT: snapshot(), seal.LEDGER_PAYLOAD: payload(),
    seal.JOURNAL: journal(), seal.STATE: state(),
}
EXAMPLES = {
    "root": root, "shard": shard, "member table": member_table, "index": index, "snapshot": snapshot, "ledger payload": payload,
    "journal record": journal, "page of entries": entries_page, "inner page": inner_page, "page of grafts": grafts_page,
    "inner page of grafts": inner_grafts_page, "inventory": inventory, "checkpoint inventory": checkpoint_inventory,
}


def texts():
    return [{"what": what, "text": make()} for what, make in EXAMPLES.items()]
