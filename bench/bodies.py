#!/usr/bin/env python3
"""Writes about 200 MB of a store's landed bodies to one file, one body per line: `bodies.py STORE FILE`."""

import sys
from pathlib import Path

import zstandard

ENOUGH = 200_000_000


def main() -> None:
    store, target = map(Path, sys.argv[1:])
    unfinished = target.with_suffix(".part")
    written = 0
    with open(unfinished, "wb") as out:
        for path in sorted(store.glob("landing/*/*/*/*/*.json.zst")):
            with open(path, "rb") as stored:
                body = zstandard.ZstdDecompressor().stream_reader(stored).read()
            written += out.write(body.replace(b"\n", b" ") + b"\n")
            if written >= ENOUGH:
                break
    unfinished.rename(target)


if __name__ == "__main__":
    main()
