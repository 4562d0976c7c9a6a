"""The rooms of the code: which may import which, who owns a library, and what is said of nobody.

The picture of the arrows is the block in docs/architecture.md; there is no other.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from bitly_data.settings import APIS
from pages.components.menu import page_in

ROOT = Path(__file__).parents[1]
FILES = sorted([ROOT / "app.py", *ROOT.glob("pages/**/*.py"), *ROOT.glob("bitly_data/**/*.py")])
# What below `pages` is a room of its own; whatever else lies there is its parent's.
PARTS_OF_PAGES = (
    "pages.components.controls",
    "pages.components.draw",
    "pages.components.menu",
    "pages.components.page",
    "pages.components.page_entry",
    "pages.components.text",
    "pages.components",
)


def arrows() -> dict[str, set[str]]:
    """What each room may import of ours, as docs/architecture.md draws it."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    block = re.search(r"^```arrows\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert block is not None, "docs/architecture.md has no block of arrows"
    found: dict[str, set[str]] = {}
    for line in block[1].splitlines():
        room, arrow, targets = line.partition("->")
        assert arrow, line
        assert room.strip() not in found, f"{room.strip()} is drawn twice"
        found[room.strip()] = {name.strip() for name in targets.split(",") if name.strip()}
    return found


ALLOWED = arrows()
# One owner per library.
OWNERS = {
    "requests": ("bitly_data/transport/",),
    "urllib3": ("bitly_data/transport/",),
    "streamlit": ("app.py", "pages/", "bitly_data/cache.py"),
    "plotly": (
        "bitly_data/charts/plotly.py",
        "bitly_data/charts/finished.py",
        "pages/components/page.py",
    ),
    "matplotlib": ("bitly_data/charts/picture.py",),
    "sqlite3": ("bitly_data/archive/",),
    "duckdb": ("bitly_data/server/",),
    "pyarrow": ("bitly_data/server/", "pages/components/draw/"),
    "werkzeug": ("bitly_data/server/",),
    "tornado": ("bitly_data/server/",),
    "pandas": (
        "bitly_data/demo/",
        "bitly_data/frames.py",
        "bitly_data/series.py",
        "bitly_data/server/",
        "pages/components/page.py",
        "pages/components/draw/parts.py",
    ),
}
# What a browser must be listened to for: keys, what it remembers, and that its server was away.
LISTEN = {f"pages/components/{name}.py" for name in ("keyboard", "tour", "reconnect")}
# Where an API's version may be looked at: settings, the client, and the sources' own folders.
KNOW_VERSIONS = ("bitly_data/settings.py", "bitly_data/client.py", "bitly_data/sources/v")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Dotted names of everything that a file imports, also inside its functions."""
    names = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def room_of_module(dotted: str) -> str:
    """The room of a module of ours by its dotted name, without `bitly_data`."""
    for room in PARTS_OF_PAGES:
        if dotted == room or dotted.startswith(f"{room}."):
            return room
    return dotted.split(".")[0]


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return room_of_module(".".join(parts[1:] if parts[0] == "bitly_data" else parts))


def is_module(dotted: str) -> bool:
    place = ROOT.joinpath(*dotted.split("."))
    return place.with_suffix(".py").is_file() or place.is_dir()


def ours(dotted: str) -> str | None:
    """The module of ours that an import means: `sources.v3.wire`, `buckets`, `pages.components`."""
    parts = dotted.split(".")
    if parts[0] not in ("pages", "app", "bitly_data"):
        return None
    while parts and not is_module(".".join(parts)):
        parts.pop()
    if parts[0] != "bitly_data":
        return ".".join(parts)
    return ".".join(parts[1:]) or "__init__"


def is_drawn(module: str, targets: set[str]) -> bool:
    """Whether an arrow leads to a module: to it alone, or to a room that it lies in."""
    parts = module.split(".")
    return any(".".join(parts[:count]) in targets for count in range(1, len(parts) + 1))


def test_every_room_is_drawn_and_there_is() -> None:
    rooms = {room_of(path) for path in FILES}
    assert rooms == set(ALLOWED)
    for targets in ALLOWED.values():
        for target in targets:
            place = target if target.startswith("pages") else f"bitly_data.{target}"
            assert target == "__init__" or is_module(place), target


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    room = room_of(path)
    for dotted in imported(path):
        module = ours(dotted)
        assert (
            module is None or room_of_module(module) == room or is_drawn(module, ALLOWED[room])
        ), f"{name_of(path)} imports {dotted}"


# A page of one view names it; those that are there go through the runner's own.
NOT_YET_USED = {("pages", "views")}


def test_no_arrow_is_drawn_that_nobody_uses() -> None:
    for room, targets in ALLOWED.items():
        used = [
            module
            for path in FILES
            if room_of(path) == room
            for dotted in imported(path)
            if (module := ours(dotted)) is not None
        ]
        for target in targets:
            is_used = any(is_drawn(module, {target}) for module in used)
            assert is_used or (room, target) in NOT_YET_USED, f"{room} -> {target}"


def test_the_arrows_have_no_circle() -> None:
    order: list[str] = []
    left = {
        room: {room_of_module(target) for target in targets} - {room}
        for room, targets in ALLOWED.items()
    }
    while left:
        free = [room for room, targets in left.items() if targets <= set(order)]
        assert free, f"a circle among {sorted(left)}"
        order += free
        left = {room: targets for room, targets in left.items() if room not in free}


@pytest.mark.parametrize("library", OWNERS)
def test_a_library_has_one_owner(library: str) -> None:
    users = {
        name_of(path)
        for path in FILES
        if any(dotted.split(".")[0] == library for dotted in imported(path))
    }
    assert users
    assert {user for user in users if not user.startswith(OWNERS[library])} == set()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_nobody_asks_which_source_answers(path: Path) -> None:
    """Capabilities say what a source can; its class and its API's version are its own."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "isinstance":
            assert not re.search(r"\bV?\d?Source\b", ast.unparse(node.args[1])), (
                f"{name_of(path)}: {ast.unparse(node)}"
            )
        if isinstance(node, ast.Attribute) and node.attr == "local":
            # Who serves the clicks is the client's to know.
            known = name_of(path).startswith(("bitly_data/client.py", "bitly_data/buckets.py"))
            assert known or ast.unparse(node.value) in ("buckets", "threading"), (
                f"{name_of(path)}: {ast.unparse(node)}"
            )
        if isinstance(node, ast.Compare) and not name_of(path).startswith(KNOW_VERSIONS):
            for side in (node.left, *node.comparators):
                words = {ast.unparse(part) for part in ast.walk(side)}
                assert not words & {"V3", "V4", *map(repr, APIS)}, (
                    f"{name_of(path)}: {ast.unparse(node)}"
                )
                assert not any(word.endswith((".api", ".capabilities.name")) for word in words), (
                    f"{name_of(path)}: {ast.unparse(node)}"
                )


def test_every_page_opens_early() -> None:
    """A page says how it stands in the menu and opens before it imports the rest."""
    for path in [ROOT / "app.py", *ROOT.glob("pages/*.py")]:
        if page_in(path).place is None:  # an old address, which opens another page
            assert "move_to(" in path.read_text("utf-8")
            assert len(imported(path)) == 2
            continue
        calls = [
            node
            for node in tree(path).body
            if isinstance(node, ast.Assign | ast.Expr) and isinstance(node.value, ast.Call)
        ]
        assert [ast.unparse(call.value.func) for call in calls[:2]] == ["Page", "open_early"], (
            name_of(path)
        )
        body = tree(path).body
        opens = next(
            index
            for index, node in enumerate(body)
            if isinstance(node, ast.Assign) and "open_early" in ast.unparse(node.value)
        )
        before = [node.module for node in body[:opens] if isinstance(node, ast.ImportFrom)]
        assert set(before) <= {"pages.components.page", "pages.components.page_entry"}, name_of(
            path
        )


def test_views_are_pure() -> None:
    """No view asks, draws, or needs pandas; what they say is plain text."""
    for path in ROOT.glob("bitly_data/views/*.py"):
        names = {dotted.split(".")[0] for dotted in imported(path)}
        assert not names & {"streamlit", "pandas", "requests", "plotly"}, name_of(path)
        assert "bitly_data.client" not in " ".join(imported(path)), name_of(path)


def test_nothing_is_injected_and_pages_stay_classic() -> None:
    for path in FILES:
        names = {node.arg for node in ast.walk(tree(path)) if isinstance(node, ast.keyword)}
        attributes = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        assert not names & {"unsafe_allow_html", "unsafe_allow_javascript"}, name_of(path)
        listens = {"components"} if name_of(path) in LISTEN else set()
        assert not attributes & {"navigation", "html", "components"} - listens, name_of(path)
        text = path.read_text("utf-8")
        assert "unsafe_allow_html" not in text, name_of(path)
        assert "st.navigation" not in text, name_of(path)


def test_widget_keys_are_in_one_place() -> None:
    """A page or a part gives a widget the key that it was handed, never one of the sidebar's."""
    for path in FILES:
        if name_of(path) == "pages/components/controls/table.py":
            continue
        texts = {
            node.value
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not {text for text in texts if text.startswith("q_")}, name_of(path)
