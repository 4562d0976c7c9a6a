"""The rooms of the code: which may import which, and who owns a library."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([ROOT / "app.py", *ROOT.glob("pages/**/*.py"), *ROOT.glob("bitly_data/**/*.py")])

SOURCES = {"buckets", "series", "query", "errors", "sources"}
PARTS = {
    "cache",
    "charts",
    "figures",
    "analysis",
    "report",
    "frames",
    "query",
    "errors",
    "labels",
    "coverage",
    "series",
    "settings",
    "buckets",
    "doctor",
}
# What each room may import of ours. A module is called by its name below `bitly_data`.
ALLOWED = {
    "errors": set(),
    "buckets": set(),
    "settings": {"errors"},
    "options": {"errors", "settings"},
    "query": {"buckets", "errors"},
    "series": {"buckets", "query"},
    "coverage": {"buckets"},
    "demo": set(),
    "labels": {"buckets", "query"},
    "frames": {"buckets", "series"},
    "sources": SOURCES,
    "archive": {"archive", "sources.kept", "sources.v4", "errors"},
    "server": {"buckets", "demo", "errors", "server"},
    "analysis": {"analysis", "frames", "series", "query", "buckets", "labels"},
    "charts": {"frames", "labels", "series"},
    "figures": {"charts", "series"},
    "report": {"report", "charts", "analysis", "frames", "labels", "series"},
    "doctor": {"connect", "coverage", "settings", "sources", "errors", "query", "buckets"},
    "connect": {"settings", "sources", "server", "archive", "errors"},
    "cache": {
        "connect",
        "errors",
        "options",
        "query",
        "series",
        "settings",
        "sources",
        "server",
        "doctor",
    },
    "cli": {
        "connect",
        "doctor",
        "options",
        "query",
        "series",
        "settings",
        "sources",
        "server",
        "frames",
        "errors",
        "report",
        "buckets",
        "demo",
        "__init__",
    },
    "__main__": {"cli"},
    "__init__": set(),
    "pages.components": PARTS
    | {"pages.components", "sources.filling", "sources.many", "sources.plan", "sources.v3"},
    "pages": PARTS | {"pages.components"},
    "app": PARTS | {"pages.components"},
}
# One owner per library.
OWNERS = {
    "requests": ("bitly_data/sources/http.py",),
    "urllib3": ("bitly_data/sources/http.py",),
    "streamlit": ("app.py", "pages/", "bitly_data/cache.py"),
    "plotly": ("bitly_data/figures.py", "pages/components/early.py"),
    "matplotlib": ("bitly_data/report/",),
    "sqlite3": ("bitly_data/archive/",),
    "duckdb": ("bitly_data/server/",),
    "pyarrow": ("bitly_data/server/",),
    "werkzeug": ("bitly_data/server/",),
    "cheroot": ("bitly_data/server/",),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def imported(path: Path) -> list[str]:
    """Dotted names of everything that a file imports, also inside its functions."""
    names = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[0] == "bitly_data":
        return parts[1]
    return "pages.components" if parts[:2] == ("pages", "components") else parts[0]


def is_module(dotted: str) -> bool:
    place = ROOT.joinpath(*dotted.split("."))
    return place.with_suffix(".py").is_file() or place.is_dir()


def ours(dotted: str) -> str | None:
    """The module of ours that an import means: `sources.v3`, `buckets`, `pages.components`."""
    parts = dotted.split(".")
    if parts[0] in ("pages", "app"):
        return "pages.components" if parts[:2] == ["pages", "components"] else parts[0]
    if parts[0] != "bitly_data":
        return None
    while parts and not is_module(".".join(parts)):
        parts.pop()
    return ".".join(parts[1:]) or "__init__"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    allowed = ALLOWED[room_of(path)]
    for dotted in imported(path):
        module = ours(dotted)
        assert module is None or module in allowed or module.split(".")[0] in allowed, (
            f"{name_of(path)} imports {dotted}"
        )


def test_the_arrows_have_no_circle() -> None:
    order: list[str] = []
    left = {
        room: {
            target.split(".")[0] if not target.startswith("pages") else target for target in targets
        }
        - {room}
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


def test_every_page_opens_with_the_frame() -> None:
    for path in [ROOT / "app.py", *ROOT.glob("pages/*.py")]:
        calls = [
            node
            for node in tree(path).body
            if isinstance(node, ast.Assign | ast.Expr) and isinstance(node.value, ast.Call)
        ]
        assert [ast.unparse(call.value.func) for call in calls[:2]] == [
            "open_early",
            "frame.open_page",
        ], name_of(path)


def test_nothing_is_injected_and_pages_stay_classic() -> None:
    for path in FILES:
        names = {node.arg for node in ast.walk(tree(path)) if isinstance(node, ast.keyword)}
        attributes = {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
        assert not names & {"unsafe_allow_html", "unsafe_allow_javascript"}, name_of(path)
        assert not attributes & {"navigation", "html", "components"}, name_of(path)
        text = path.read_text("utf-8")
        assert "unsafe_allow_html" not in text and "st.navigation" not in text, name_of(path)


def test_widget_keys_are_in_one_place() -> None:
    """A page or a part gives a widget the key that it was handed, never one of the sidebar's."""
    for path in FILES:
        if path.name == "controls.py":
            continue
        texts = {
            node.value
            for node in ast.walk(tree(path))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert not {text for text in texts if text.startswith("q_")}, name_of(path)
