"""A module's tests are found by its name.

`bitly_data/transport/retry.py` is tested by `tests/test_retry.py`, `test_transport_retry.py` or a
file with more words around: `test_retry_waits.py`. Where another module or a room has that name
too, the room stands before it: `bitly_data/sources/v3/wire.py` is tested by `test_v3_wire.py` or
`test_sources_v3_wire.py`, and not by `test_wire.py`.
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
}
# Names that say nothing alone: other modules, or rooms, are called the same.
TAKEN = Counter(path.stem for path in MODULES) + Counter(
    folder.name for room in ROOMS for folder in room.rglob("*") if folder.is_dir()
)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def names_of(path: Path) -> list[str]:
    """What a test file of a module may be called, the shortest name first."""
    parts = list(path.relative_to(ROOT).with_suffix("").parts[1:])
    names = ["_".join(parts[at:]) for at in reversed(range(len(parts)))]
    return names if TAKEN[path.stem] == 1 or len(names) == 1 else names[1:]


def is_named(test: str, name: str) -> bool:
    """Whether the words of a name stand side by side in that of a test."""
    return f"_{name}_" in f"_{test}_"


def named_after(path: Path) -> list[str]:
    return [test for test in TESTS if any(is_named(test, name) for name in names_of(path))]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_tests_of_its_name(path: Path) -> None:
    wanted = " or ".join(f"tests/test_{name}.py" for name in names_of(path))
    excepted = name_of(path) in EXCEPTIONS
    assert bool(named_after(path)) != excepted, (
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
