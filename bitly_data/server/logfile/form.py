"""Whether lines of two files can be compared: how each file writes a click."""

from __future__ import annotations

import re
from itertools import chain
from typing import Final

import orjson

from bitly_data.server.clicklog import BadLine, Click, record_of
from bitly_data.server.logfile.chunks import lines_of, values_of, way_of
from bitly_data.server.logfile.notes import NotALog
from bitly_data.server.logfile.text import as_utf8, encoding_of
from bitly_data.server.logfile.unpack import unpacked

# What a line says, without which only its form is left: texts and numbers behind a colon.
_SAID: Final = re.compile(rb'(?<=:)(\s*)(?:"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*)')
# So many lines are looked at for the first click: heartbeats may stand before it.
_LINES: Final = 200


def form_of(path: str) -> bytes | None:
    """The first click of a file without what it says, with its line end; a table's header.

    `None` where a line is not one record, or the file is not there any more.
    """
    try:
        blocks = unpacked(path, lambda problem: None)
        head = next(blocks, b"")
        blocks.close()
        text = next(as_utf8(chain((head,)), encoding_of(head)), b"")
        way = way_of(text)
    except (OSError, NotALog):
        return None
    if way is not lines_of:  # a table's rows are compared by the names of its columns
        return None if way is values_of else text.lstrip().partition(b"\n")[0]
    for line in text.split(b"\n")[:_LINES]:
        try:
            if isinstance(record_of(orjson.loads(line)), Click):
                return _SAID.sub(rb"\1", line)
        except (BadLine, orjson.JSONDecodeError):
            continue
    return None
