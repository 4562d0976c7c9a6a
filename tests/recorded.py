"""Bodies of Bitly's answers: our own in every shape, and beside them those that were recorded.

Our own are in `tests/payloads` (its `index.md` says what each stands for) and always there. Where
`../shared` has recorded ones, the same tests read these too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiers import SHARED, WITHOUT_SHARED

PAYLOADS = Path(__file__).parent / "payloads"
PLACES = {True: PAYLOADS, False: SHARED / "reference"}


@dataclass(frozen=True)
class Body:
    """A body by its API (`v3` or `v4`) and file name; ours, or one that was recorded."""

    api: str
    name: str
    ours: bool = True

    @property
    def path(self) -> Path:
        return PLACES[self.ours] / (self.api if self.ours else f"{self.api}-recorded") / self.name

    @property
    def wire(self) -> str:
        """The format that it is written in: json, xml, txt or html."""
        return self.path.suffix[1:]

    def read(self) -> bytes:
        return self.path.read_bytes()

    def __str__(self) -> str:
        return f"{'payloads' if self.ours else 'recorded'}/{self.name}"


def is_there(api: str) -> bool:
    """Whether there are recorded bodies of an API."""
    return (SHARED / "reference" / f"{api}-recorded").is_dir()


def needs_recorded(api: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not is_there(api), reason=WITHOUT_SHARED)


def names(api: str, *, ours: bool) -> set[str]:
    """The files that there are of an API."""
    folder = Body(api, "x", ours).path.parent
    return {str(path.relative_to(folder)) for path in folder.rglob("*.*") if path.is_file()}


def bodies(api: str) -> list[Body]:
    """Every body that there is of an API."""
    return [
        Body(api, name, ours)
        for ours in (True, False)
        for name in sorted(names(api, ours=ours))
        if Path(name).suffix in (".json", ".xml", ".html", ".txt")
    ]


def cases(api: str, ours: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[Any]:
    """A case for each body and what is expected of it: first ours, then the recorded ones."""
    return [
        pytest.param(body, expected, id=str(body), marks=[] if body.ours else [needs_recorded(api)])
        for source, table in ((True, ours), (False, recorded))
        for name, expected in table.items()
        for body in [Body(api, name, source)]
    ]
