"""What cannot be kept in the file is kept in memory; what cannot be read is not there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from broken_files import held, write_foreign

from bitly_data.archive import GuardedArchive, database
from bitly_data.archive.database import REST
from bitly_data.errors import ArchiveError
from bitly_data.sources.bucket_store import GROUP, BucketStore, CountKey, Seen
from bitly_data.sources.model import Listed

DAY = 86_400
DAYS = CountKey(GROUP, "Bg", "day")
OLD, NEW = Listed("go.ex.com/a", 7, "ann", "ex.com"), Listed("go.ex.com/b", 5, "bob", None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture
def archive(path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GuardedArchive]:
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    opened = GuardedArchive(str(path))
    yield opened
    opened.close()


@pytest.fixture
def ann(archive: GuardedArchive) -> BucketStore:
    store = archive.of_account("ann")
    store.keep_counts(DAYS, {0: 3}, fetched_at=5)
    store.keep_list(DAYS, 0, [OLD], fetched_at=5)
    return store


def keep_more(store: BucketStore) -> None:
    store.keep_counts(DAYS, {DAY: 4}, fetched_at=6)
    store.keep_list(DAYS, DAY, [NEW], fetched_at=6)


def test_as_a_rule_there_is_nothing_to_say(archive: GuardedArchive, ann: BucketStore) -> None:
    keep_more(ann)
    assert archive.notices() == ()
    archive.check_kept()
    assert len(archive.places()) == 1


def test_what_the_file_does_not_take_is_there_as_long_as_the_process(
    archive: GuardedArchive, ann: BucketStore, path: Path
) -> None:
    with held(path):
        keep_more(ann)
        assert ann.counts(DAYS, 0, 9 * DAY) == {0: 3, DAY: 4}
        assert ann.lists(DAYS, 0, 9 * DAY) == {0: [OLD], DAY: [NEW]}
        assert ann.listed(DAYS, 0, 9 * DAY) == {0, DAY}
        assert (ann.size(), ann.logins()) == (4, ("ann", "bob"))
        (notice,) = archive.notices()
        assert notice.startswith(
            f"New numbers are shown, but not kept in the archive {str(path)!r}"
        )
        assert notice.endswith(".") and notice.count(". ") == 0
        with pytest.raises(
            ArchiveError, match=r"^Nothing was asked, as the answers cannot be kept"
        ):
            archive.check_kept()
    assert archive.of_account("bob").counts(DAYS, 0, 9 * DAY) == {}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT start FROM counts").fetchall() == [(0,)]


def test_what_is_kept_again_is_kept_in_both_places(
    archive: GuardedArchive, ann: BucketStore, path: Path
) -> None:
    with held(path):
        keep_more(ann)
    assert len(archive.notices()) == 1  # it is not tried again at once
    clock = [REST * 1e6]
    archive.file.database._clock = lambda: clock[0]
    assert archive.notices() == ()  # looking whether it is mended mends it
    ann.keep_counts(DAYS, {2 * DAY: 5}, fetched_at=7)
    assert ann.counts(DAYS, 0, 9 * DAY) == {0: 3, DAY: 4, 2 * DAY: 5}
    assert archive.places()[1].of_account("ann").counts(DAYS, 0, 9 * DAY) == {DAY: 4, 2 * DAY: 5}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT start FROM counts").fetchall() == [(0,), (2 * DAY,)]


def test_what_cannot_be_read_is_not_there(
    archive: GuardedArchive, ann: BucketStore, path: Path
) -> None:
    foreign = path.with_name("foreign")
    before = write_foreign(foreign)
    foreign.replace(path)
    assert ann.counts(DAYS, 0, 9 * DAY) == {} and ann.lists(DAYS, 0, 9 * DAY) == {}
    assert (ann.listed(DAYS, 0, 9 * DAY), ann.size(), ann.logins()) == (set(), 0, ())
    keep_more(ann)
    assert ann.counts(DAYS, 0, 9 * DAY) == {DAY: 4}
    assert path.read_bytes() == before
    assert "it is not an archive of clicks" in archive.notices()[0]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE counts SET clicks = -1",
        "UPDATE counts SET clicks = 'many'",
        "UPDATE counts SET clicks = 2.5",
        "UPDATE listed SET clicks = x'00'",
        "UPDATE listed SET link = x'00'",
        "UPDATE listed SET login = x'00'",
        "UPDATE listed SET destination = CAST(x'ff' AS TEXT)",
        "UPDATE counts SET start = 0.5",
        "DROP TABLE counts",
        "DROP TABLE listed",
    ],
)
def test_what_nobody_wrote_is_not_believed(
    archive: GuardedArchive, ann: BucketStore, path: Path, change: str
) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(change)
    ann.counts(DAYS, 0, 9 * DAY)
    ann.lists(DAYS, 0, 9 * DAY)
    ann.logins()
    assert "it is damaged" in archive.notices()[0]
    assert ann.counts(DAYS, 0, 9 * DAY) == {} and ann.lists(DAYS, 0, 9 * DAY) == {}
    keep_more(ann)
    assert ann.counts(DAYS, 0, 9 * DAY) == {DAY: 4}


def test_a_list_without_its_head_is_no_list(
    archive: GuardedArchive, ann: BucketStore, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM lists")
    assert ann.lists(DAYS, 0, 9 * DAY) == {}


def test_calls_are_refused_that_cannot_be_kept(archive: GuardedArchive, path: Path) -> None:
    archive.check_room(10)
    path.rename(path.with_name("away"))
    with pytest.raises(ArchiveError) as caught:
        archive.check_room(10)
    text = caught.value.user_message
    assert text.startswith("Nothing was asked, as the answers cannot be kept in the archive ")
    assert text.endswith("or leave BITLY_ARCHIVE away.") and text.count(". ") == 0
    path.with_name("away").rename(path)
    archive.check_room(10)
    archive.check_kept()


def test_damage_that_nobody_met_is_found(archive: GuardedArchive, ann: BucketStore) -> None:
    archive.find_damage()
    assert archive.notices() == ()
    connection = archive.file.database._connection
    assert connection is not None
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_schema SET rootpage = 1 WHERE name = 'listed'")
    connection.execute("PRAGMA writable_schema = RESET")
    archive.find_damage()
    assert "it is damaged" in archive.notices()[0]


def test_what_is_newer_in_memory_goes_on_from_what_the_file_saw(
    archive: GuardedArchive, ann: BucketStore, path: Path
) -> None:
    ann.keep_counts(DAYS, {DAY: 4}, fetched_at=5)
    with held(path):
        ann.keep_counts(DAYS, {0: 9, DAY: 4, 2 * DAY: 1}, fetched_at=10 * DAY)
        ann.keep_list(DAYS, 0, [NEW], fetched_at=10 * DAY)
        found = ann.observed(DAYS, 0, 9 * DAY)
        assert {at: one.clicks for at, one in found.items()} == {0: 9, DAY: 4, 2 * DAY: 1}
        assert found[0].seen == Seen(10 * DAY, 10 * DAY, 10 * DAY, restated=True)
        assert found[DAY].seen == Seen(5, 10 * DAY, 10 * DAY)
        # It was another number before, so it is asked once more; the others have settled.
        assert ann.unsettled(DAYS, 0, 9 * DAY, 3.0 * DAY) == {0: found[0]}
        assert ann.lists_seen(DAYS, 0, DAY) == {0: found[0].seen}
        assert ann.lists(DAYS, 0, DAY) == {0: [NEW]}
    assert ann.restated(DAYS, 0, 9 * DAY) == []


def test_in_memory_there_is_no_trouble() -> None:
    archive = GuardedArchive()
    store = archive.of_account("ann")
    keep_more(store)
    assert store.counts(DAYS, 0, 9 * DAY) == {DAY: 4}
    archive.check_room(1_000)
    assert archive.notices() == ()
    archive.close()
