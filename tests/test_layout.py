"""A module's tests are found by its name.

`bitly_data/transport/retry.py` is tested by `tests/test_retry.py`, `test_transport_retry.py` or a
file with more words around: `test_retry_waits.py`. Where another module or a room has that name
too, the room stands before it: `bitly_data/sources/v3/wire.py` is tested by `test_v3_wire.py` or
`test_sources_v3_wire.py`, and not by `test_wire.py`. What is seen only from outside a room is
tested in one file for all of it, which has the room's whole name and no other word:
`bitly_data/server/v3/` in `test_server_v3.py`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (ROOT / "bitly_data", ROOT / "pages/components")
MODULES = sorted(
    path
    for room in ROOMS
    for path in room.rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)
TESTS = sorted(path.stem.removeprefix("test_") for path in ROOT.glob("tests/test_*.py"))
# Modules that have no tests of their own, and why. The list may only become shorter.
EXCEPTIONS = {
    "bitly_data/errors.py": "types and one map, which the tests of each parser go through",
    "pages/components/doctor_report.py": "half of a page, which test_connection_page.py opens",
    "pages/components/source_form.py": "the other half of that page",
    "pages/components/text.py": "tests/test_text.py; the name stands in doctor/text.py as well",
    "pages/components/page_entry.py": "a value of three fields, which test_menu.py reads",
    "pages/components/start.py": "how each page begins, so every test of a page goes through it",
}
# Names that say nothing alone: other modules, or rooms, are called the same.
TAKEN = Counter(path.stem for path in MODULES) + Counter(
    folder.name for room in ROOMS for folder in room.rglob("*") if folder.is_dir()
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def names_of(path: Path) -> list[str]:
    """What a test file of a module may be called, the shortest name first."""
    parts = [*path.relative_to(ROOT).parts[1:-1], path.stem]
    names = ["_".join(parts[at:]) for at in reversed(range(len(parts)))]
    return names if TAKEN[path.stem] == 1 or len(names) == 1 else names[1:]


def is_named(test: str, name: str) -> bool:
    """Whether the words of a name stand side by side in that of a test."""
    return f"_{name}_" in f"_{test}_"


def room_of(path: Path) -> str:
    """The whole name of a module's room, "" where it stands in none."""
    return "_".join(part for part in path.relative_to(ROOT).parts[1:-1] if part != "components")


def has_tests(path: Path) -> bool:
    return room_of(path) in TESTS or any(
        is_named(test, name) for test in TESTS for name in names_of(path)
    )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_tests_of_its_name(path: Path) -> None:
    wanted = " or ".join(f"tests/test_{name}.py" for name in names_of(path))
    excepted = name_of(path) in EXCEPTIONS
    assert has_tests(path) != excepted, (
        f"{name_of(path)} has tests of its own now: take it off EXCEPTIONS"
        if excepted
        else f"{name_of(path)} has no tests of its name: {wanted}"
    )


def test_exceptions_are_modules_and_say_why() -> None:
    assert EXCEPTIONS.keys() <= {name_of(path) for path in MODULES}
    assert all(len(reason.split()) > 3 for reason in EXCEPTIONS.values())


def test_the_rule_tells_names_apart() -> None:
    wire = ROOT / "bitly_data/sources/v3/wire.py"
    assert wire in MODULES
    assert names_of(wire) == ["v3_wire", "sources_v3_wire"]
    assert is_named("sources_v3_wire_faults", "v3_wire")
    assert not is_named("v4_wire", "v3_wire")
    assert not is_named("retrying", "retry")
    assert room_of(wire) == "sources_v3"
    assert room_of(ROOT / "bitly_data/query.py") == room_of(ROOT / "pages/components/menu.py") == ""
