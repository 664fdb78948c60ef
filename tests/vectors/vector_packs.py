"""Vectors for members and packs (FORMAT.md, section 7)."""

import seal
import writer
from vector_values import REPOSITORY, fill


def zstd_frame(raw, repeated, count):
    """A zstd frame written by hand, so that no version of a compressor can change it: a raw block, then one byte repeated."""
    size = len(raw) + count
    head = bytes.fromhex("28B52FFD") + bytes([0x60]) + (size - 256).to_bytes(2, "little")
    first = (len(raw) << 3).to_bytes(3, "little") + raw
    last = (count << 3 | 1 << 1 | 1).to_bytes(3, "little") + repeated
    return head + first + last, raw + repeated * count


def _segments(id_key, kinds):
    """One zstd segment with two blobs and one stored segment with one."""
    stored, plain = zstd_frame(fill("file", 100), b"x", 900)
    other = fill("incompressible", 50)
    blobs = [(kinds[0], plain[:400]), (kinds[1], plain[400:])]
    rows = [(kind, writer.blob_id(id_key, kind, data), len(data)) for kind, data in blobs]
    last = [(kinds[2], writer.blob_id(id_key, kinds[2], other), len(other))]
    return [(1, stored, len(plain), rows), (0, other, len(other), last)], [plain, other]


def _member(name, kinds, pad):
    domain, data_key, id_key, salt = (fill(f"{name} {part}", size) for part, size in
                                      (("domain", 16), ("data key", 32), ("id key", 32), ("salt", 32)))
    segments, plains = _segments(id_key, kinds)
    data = writer.member(domain, data_key, salt, REPOSITORY, segments, pad)
    rows = [{"method": method, "stored": stored, "plain": plain,
             "blobs": [{"kind": kind, "blob_id": blob, "length": length} for kind, blob, length in blobs]}
            for (method, stored, _, blobs), plain in zip(segments, plains)]
    return {"repository_id": REPOSITORY, "domain_id": domain, "data_key": data_key, "id_key": id_key, "salt": salt,
            "padding": "padme" if pad else "none", "segments": rows, "footer_text": writer.footer_text(segments),
            "member": data, "member_id": writer.sha256(data)}


def members():
    return [_member("bulk", (0, 1, 2), False), _member("subject", (0, 0, 0), True)]


def packs():
    rows = [{"domain_id": case["domain_id"], "content": content, "member": case["member"]}
            for case, content in zip(members(), (3, 1))]
    key, cases = fill("table key", 32), []
    for count, replaced in ((1, None), (2, [fill("replaced pack", 32)])):
        salt = fill(f"table salt {count}", 32)
        chosen = rows[:count]
        data, table = writer.pack([(row["domain_id"], row["content"], row["member"]) for row in chosen],
                                  key, salt, REPOSITORY, replaced)
        cases.append({"repository_id": REPOSITORY, "table_key": key, "table_salt": salt, "members": chosen,
                      "replaced": replaced or [],
                      "offsets": [row[2] for row in table], "pack": data, "pack_id": writer.sha256(data),
                      "type": seal.MEMBER_TABLE})
    return cases
