"""How a page stands in the menu. It is imported before anything heavy, so it imports nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """A page's own line: `PAGE = Page("Label", icon=":material/name:", place=40)`.

    The menu reads it from the file without running it, so its arguments are written out.
    `place` is where it stands: the menu is sorted by it, and gaps leave room for more. A page
    without one is an old address that leads to another page, and is not in the menu.
    """

    label: str
    icon: str
    place: int | None
