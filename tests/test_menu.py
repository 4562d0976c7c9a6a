"""The menu: what a page says of itself is a link to it, and nothing of it is run for that."""

from __future__ import annotations

from pathlib import Path

import pytest
from apptest import PAGE_FILES

from pages.components import menu
from pages.components.page_entry import Page


def test_every_page_is_in_the_menu_by_its_place() -> None:
    found = menu.entries()
    assert sorted(entry.file for entry in found) == sorted(PAGE_FILES)
    assert len({entry.page.place for entry in found}) == len(found)
    known = [
        ("app.py", "Overview", ":material/dashboard:"),
        ("pages/link.py", "Link", ":material/link:"),
        ("pages/compare.py", "Compare", ":material/compare_arrows:"),
        ("pages/connection.py", "Connection", ":material/cable:"),
    ]
    lines = [(entry.file, entry.page.label, entry.page.icon) for entry in found]
    assert [line for line in lines if line in known] == known
    assert menu.entries() is found  # read once a process


def write_page(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text)


def test_a_new_page_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_page(tmp_path, "app.py", 'PAGE = Page("First", icon="a", place=10)\nraise SystemExit\n')
    write_page(tmp_path, "pages/late.py", 'import none_such\nPAGE = Page("Late", "b", 30)\n')
    write_page(tmp_path, "pages/top.py", 'PAGE = Page(label="Top", icon="c", place=20)\n')
    monkeypatch.setattr(menu, "ROOT", tmp_path)
    monkeypatch.setattr(menu, "entries", menu.entries.__wrapped__)
    assert [(entry.file, entry.page) for entry in menu.entries()] == [
        ("app.py", Page("First", "a", 10)),
        ("pages/top.py", Page("Top", "c", 20)),
        ("pages/late.py", Page("Late", "b", 30)),
    ]


@pytest.mark.parametrize(
    "text", ["", "OTHER = Page('x', 'y', 1)\n", "def f():\n    PAGE = Page('x', 'y', 1)\n"]
)
def test_a_page_that_says_nothing_of_itself_is_refused(tmp_path: Path, text: str) -> None:
    write_page(tmp_path, "top.py", text)
    with pytest.raises(ValueError, match=r"top\.py is a page"):
        menu.page_in(tmp_path / "top.py")


def test_what_is_not_written_out_is_refused(tmp_path: Path) -> None:
    write_page(tmp_path, "top.py", 'PAGE = Page(label(), icon="c", place=20)\n')
    with pytest.raises(ValueError, match="malformed"):
        menu.page_in(tmp_path / "top.py")
