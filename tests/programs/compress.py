# SPDX-License-Identifier: MIT
"""Compressors with threads: the same bytes, and back again."""
import hashlib
import random

import kit


def data():
    words = random.Random(1).choices(range(1000), k=1_000_000)
    return b"".join(b"%d " % word for word in words)


def compressor(name, *options):
    @kit.program(name, name)
    def test(box):
        box.folder.joinpath("data").write_bytes(data())
        there = box.run(name, *options, "-c", "data")
        back = box.run(name, *options, "-d", "-c", input=there.raw)
        return {"status": (there.status, back.status),
                "packed": hashlib.md5(there.raw).hexdigest(),
                "same": back.raw == data()}
    return test


compressor("pigz", "-p", "4", "-n")
compressor("zstd", "-T4", "-q")
compressor("pbzip2", "-p4", "-q")
