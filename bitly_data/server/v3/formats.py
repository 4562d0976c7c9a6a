"""The formats that v3 answers in: JSON, JSONP, XML and plain text.

The spacing of JSON, the order of keys and an XML list as its key repeated are those of recorded
answers (docs/upstream/v3.md, on formats).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree import ElementTree

from bitly_data.server.calls import Answer, Parameters
from bitly_data.server.v3.call import Data, invalid

JSON_TYPE: Final = "application/json; charset=utf-8"
JSONP_TYPE: Final = "application/javascript; charset=utf-8"
XML_TYPE: Final = "application/xml; charset=utf-8"
TEXT_TYPE: Final = "text/plain; charset=utf-8"

_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*", re.ASCII)
_NOT_IN_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_callback(parameters: Parameters) -> None:
    """Refuse a `callback` that is no JavaScript name, whatever the format."""
    callback = parameters.last("callback")
    if callback is not None and not _CALLBACK.fullmatch(callback):
        raise invalid("callback")


def only_text(data: Data) -> str:
    """What an answer can be given as: its one number, or where the one link leads."""
    expanded = data.get("expand", ())
    if len(expanded) == 1:
        return str(expanded[0].get("long_url", expanded[0].get("error")))
    numbers = [value for key, value in data.items() if key.endswith("_clicks")]
    if len(numbers) != 1 or not isinstance(numbers[0], int):
        raise invalid("format")
    return str(numbers[0])


def write_json(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    """JSON, or JSONP where a callback was sent."""
    return _json({"status_code": code, "data": data, "status_txt": text}, parameters)


def write_younger_json(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    """JSON as the calls of Bitly's other servers had it: no blanks, and a list for no data."""
    envelope = {"status_code": code, "status_txt": text, "data": [] if data is None else data}
    return _json(envelope, parameters, (",", ":"))


def _json(
    envelope: Data, parameters: Parameters, separators: tuple[str, str] | None = None
) -> Answer:
    body = json.dumps(envelope, separators=separators)
    callback = parameters.last("callback")
    if callback is None or not _CALLBACK.fullmatch(callback):
        return Answer(200, body.encode(), JSON_TYPE)
    return Answer(200, f"{callback}({body})".encode(), JSONP_TYPE)


def write_xml(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    """XML: members in the order of JSON's, without what no XML may hold."""
    return _xml({"status_code": code, "data": data, "status_txt": text})


def write_younger_xml(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    """XML of Bitly's other servers; what expand found is called an entry there."""
    found = data and {"entry" if name == "expand" else name: rows for name, rows in data.items()}
    return _xml({"status_code": code, "status_txt": text, "data": found})


def _xml(envelope: Data) -> Answer:
    response = ElementTree.Element("response")
    _append(response, envelope)
    body = ElementTree.tostring(response, encoding="unicode", short_empty_elements=False)
    return Answer(200, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode(), XML_TYPE)


def _append(parent: ElementTree.Element, members: Mapping[str, Any]) -> None:
    """Members become elements; a list becomes its key repeated, as in the recorded answers."""
    for name, value in members.items():
        for item in value if isinstance(value, list) else [value]:
            child = ElementTree.SubElement(parent, name)
            if isinstance(item, dict):
                _append(child, item)
            elif isinstance(item, bool):
                child.text = "true" if item else "false"
            elif item is not None:
                child.text = _NOT_IN_XML.sub("", str(item))


def write_text(code: int, data: Data | None, text: str, parameters: Parameters) -> Answer:
    """Errors only: text is the one format that carries them in the HTTP status."""
    return Answer(code, text.encode(), TEXT_TYPE)


Writer = Callable[[int, Data | None, str, Parameters], Answer]

WRITERS: Final[dict[str, Writer]] = {"json": write_json, "xml": write_xml, "txt": write_text}
YOUNGER_WRITERS: Final[dict[str, Writer]] = {
    "json": write_younger_json,
    "xml": write_younger_xml,
    "txt": write_text,
}
