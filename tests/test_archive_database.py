"""Whose a file is, who may read it, and what becomes of one that cannot be used."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from broken_files import beside, damage_page, flush, held, mode_of, write_foreign
from support import FIRST_ARCHIVE

from bitly_data.archive import Archive, database
from bitly_data.archive.database import APPLICATION_ID, REST
from bitly_data.archive.store import FORMAT
from bitly_data.errors import ArchiveError
from bitly_data.sources.bucket_store import GROUP, CountKey
from bitly_data.sources.model import Listed

DAY = 86_400
DAYS = CountKey(GROUP, "Bg", "day")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "archive.db"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 0.05)


@pytest.fixture
def wide_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def filled(path: Path, days: int = 3) -> None:
    """A file with counts from day 0 on."""
    archive = Archive(str(path))
    keep(archive, {at * DAY: at + 3 for at in range(days)})
    archive.close()


def keep(archive: Archive, counts: dict[int, int]) -> None:
    archive.of_account("ann").keep_counts(DAYS, counts, fetched_at=5)


def counts(archive: Archive) -> dict[int, int]:
    return archive.of_account("ann").counts(DAYS, 0, 1_000 * DAY)


def refusal(path: Path | str) -> str:
    """The sentence by which a file is refused."""
    with pytest.raises(ArchiveError) as caught:
        Archive(str(path))
    text = caught.value.user_message
    assert text.startswith(f"The archive {str(path)!r} cannot be used: ")
    assert text.endswith(".") and text.count(". ") == 0 and "; " in text
    return text


# -- whose it is ----------------------------------------------------------------------------------

FOREIGN = {
    "another table": "CREATE TABLE people (name TEXT)",
    "a table of our name": "CREATE TABLE counts (name TEXT)",
    "our tables and another": FIRST_ARCHIVE + "CREATE TABLE people (name TEXT);",
    "a view of our name": "CREATE VIEW counts AS SELECT 1",
    "a trigger": FIRST_ARCHIVE + "CREATE TRIGGER t AFTER INSERT ON counts BEGIN SELECT 1; END;",
    "another application": "PRAGMA application_id = 5",
    "another application with our tables": FIRST_ARCHIVE + "PRAGMA application_id = 5",
    "our tables with rows and no number": FIRST_ARCHIVE
    + "INSERT INTO lists VALUES ('ann','group','Bg','day',0,5); PRAGMA user_version = 0",
    "a number and no tables": "PRAGMA user_version = 1",
    "a negative number": "CREATE TABLE people (name TEXT); PRAGMA user_version = -1",
    "a write-ahead log": "PRAGMA journal_mode = WAL; CREATE TABLE people (name TEXT)",
}


@pytest.mark.parametrize("script", FOREIGN.values(), ids=FOREIGN)
def test_a_database_of_somebody_else_is_refused_untouched(path: Path, script: str) -> None:
    before = write_foreign(path, script)
    path.chmod(0o644)
    assert "it is not an archive of clicks" in refusal(path)
    assert path.read_bytes() == before
    assert beside(path) == [] and mode_of(path) == 0o644


def test_a_database_that_its_program_has_open_is_refused_untouched(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.executescript(FOREIGN["a write-ahead log"])
        files = {end: Path(f"{path}{end}").read_bytes() for end in ("", "-wal")}
        assert "it is not an archive of clicks" in refusal(path)
        assert {end: Path(f"{path}{end}").read_bytes() for end in files} == files
        other.execute("INSERT INTO people VALUES ('ann')")
        other.commit()


@pytest.mark.parametrize("size", [16, 100, 4096])
def test_a_file_that_is_no_database_is_refused_untouched(path: Path, size: int) -> None:
    before = (b"SQLite format 3\0" if size == 16 else b"").ljust(size, b"\0")
    path.write_bytes(before)
    assert "it is not an archive of clicks" in refusal(path)
    assert path.read_bytes() == before and beside(path) == []


@pytest.mark.parametrize(
    ("number", "words"), [(-1, "number is -1"), (FORMAT + 1, "a newer version")]
)
@pytest.mark.parametrize("named", [True, False])
def test_a_format_that_is_not_known_is_refused_untouched(
    path: Path, number: int, words: str, named: bool
) -> None:
    if named:
        filled(path)
    else:
        write_foreign(path, FIRST_ARCHIVE)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {number}")
    flush(path)
    path.chmod(0o644)
    before = path.read_bytes()
    assert words in refusal(path)
    assert path.read_bytes() == before and beside(path) == [] and mode_of(path) == 0o644


def test_an_archive_with_other_tables_is_refused(path: Path) -> None:
    filled(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE counts RENAME COLUMN clicks TO visits")
    assert "its tables are not those of an archive" in refusal(path)


def test_what_an_earlier_version_made_is_taken_over(path: Path) -> None:
    write_foreign(
        path, FIRST_ARCHIVE + "INSERT INTO counts VALUES ('ann','group','Bg','day',0,7,5);"
    )
    archive = Archive(str(path))
    assert counts(archive) == {0: 7}
    archive.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_what_was_being_made_when_the_app_was_killed_is_made_now(path: Path) -> None:
    write_foreign(path, FIRST_ARCHIVE.split(";")[0])
    archive = Archive(str(path))
    assert counts(archive) == {}
    archive.close()
    filled(path)
    assert counts(Archive(str(path))) == {0: 3, DAY: 4, 2 * DAY: 5}


def test_what_only_the_log_of_an_earlier_version_holds_is_found(path: Path) -> None:
    made = path.with_name("made.db")
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(FIRST_ARCHIVE)
        for end in ("", "-wal"):  # as a kill leaves it
            shutil.copy(f"{made}{end}", f"{path}{end}")
    archive = Archive(str(path))
    keep(archive, {0: 3})
    assert counts(archive) == {0: 3}
    archive.close()


# -- names ----------------------------------------------------------------------------------------


def test_an_empty_file_or_none_is_made(path: Path) -> None:
    filled(path)
    empty = path.with_name("empty")
    empty.touch()
    filled(empty)
    for made in (path, empty):
        archive = Archive(str(made))
        assert counts(archive) == {0: 3, DAY: 4, 2 * DAY: 5}
        archive.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "it is a folder"),
        ("pipe", "a pipe or a device"),
        ("/dev/null", "a pipe or a device"),
        ("no/such/archive.db", "its folder does not exist"),
        ("file/archive.db", "(Not a directory)"),
        ("loop", "(Too many levels of symbolic links)"),
        ("x" * 300, "(File name too long)"),
        ("a\0b", "no file can have such a name"),
    ],
)
def test_what_can_be_no_file_is_a_sentence(tmp_path: Path, name: str, words: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert words in refusal(str(tmp_path / name) if name else tmp_path)


@pytest.mark.parametrize(
    "name", ["a?mode=memory", "a#b", "100%.db", "file:a?mode=ro", "ä ö.db", os.fsdecode(b"a\xe9")]
)
def test_any_other_name_is_that_of_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    filled(Path(name))
    assert (tmp_path / name).is_file()
    assert os.listdir(tmp_path) == [name]
    assert len(counts(Archive(name))) == 3


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_leads_to_its_file(path: Path, is_there: bool) -> None:
    if is_there:
        filled(path)
    link = path.with_name("link.db")
    link.symlink_to(path)
    filled(link, days=4)
    assert len(counts(Archive(str(path)))) == 4
    assert link.is_symlink() and sorted(os.listdir(path.parent))[-1] == "link.db"


def test_sqlite_s_name_for_memory_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    archive = Archive(":memory:")
    keep(archive, {0: 3})
    assert counts(archive) == {0: 3} and os.listdir(tmp_path) == []


def test_many_may_make_the_same_file_at_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "PATIENCE", 10.0)
    barrier, problems = threading.Barrier(6), []

    def make(number: int) -> None:
        barrier.wait()
        try:
            archive = Archive(str(path))
            keep(archive, {number * DAY: number})
            archive.close()
        except ArchiveError as problem:
            problems.append(problem)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert counts(Archive(str(path))) == {number * DAY: number for number in range(6)}


# -- who may read it ------------------------------------------------------------------------------


@pytest.mark.usefixtures("wide_umask")
def test_a_new_file_is_its_owner_s_alone_whatever_the_umask(path: Path) -> None:
    archive = Archive(str(path))
    keep(archive, {0: 3})
    assert beside(path) == ["-wal", "-shm"]
    for end in ("", "-wal", "-shm"):
        assert mode_of(Path(f"{path}{end}")) == 0o600
    archive.close()


@pytest.mark.usefixtures("wide_umask")
def test_an_older_file_and_what_is_beside_it_are_narrowed(path: Path) -> None:
    first = Archive(str(path))
    keep(first, {0: 3})
    for end in ("", "-wal", "-shm"):
        os.chmod(f"{path}{end}", 0o664)
    second = Archive(str(path))
    for end in ("", "-wal", "-shm"):
        assert mode_of(Path(f"{path}{end}")) == 0o600
    assert second.database.exposure is None
    second.close()
    first.close()


def test_one_that_cannot_be_narrowed_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(path)
    path.chmod(0o666)

    def refuse(name: str, mode: int) -> None:  # as the system does where another user owns it
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    archive = Archive(str(path))
    exposure = archive.database.exposure
    assert exposure is not None and exposure.why == "other users of this machine may read it"
    keep(archive, {9 * DAY: 1})
    assert counts(archive)[9 * DAY] == 1
    archive.close()


# -- one that may only be read --------------------------------------------------------------------


@pytest.mark.parametrize("is_old", [True, False])
def test_a_file_that_may_only_be_read_is_read(path: Path, is_old: bool) -> None:
    if is_old:
        rows = ", ".join(f"('ann','group','Bg','day',{at * DAY},{at + 3},5)" for at in range(3))
        write_foreign(path, f"{FIRST_ARCHIVE} INSERT INTO counts VALUES {rows};")
    else:
        filled(path)
    before = path.read_bytes()
    path.chmod(0o444)  # root is not stopped by it, and leaves such a file alone all the same
    archive = Archive(str(path))
    assert counts(archive) == {0: 3, DAY: 4, 2 * DAY: 5}
    for _ in range(2):
        with pytest.raises(ArchiveError, match="it may only be read"):
            keep(archive, {9 * DAY: 1})
    assert beside(path) == []
    archive.close()
    assert path.read_bytes() == before and beside(path) == [] and mode_of(path) == 0o444


def test_a_file_in_a_folder_that_may_only_be_read_is_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    allowed = os.access
    # As for a user who is not root; a disk that is read-only says the same to root.
    monkeypatch.setattr(
        os,
        "access",
        lambda name, mode: allowed(name, mode) and (mode, name) != (os.W_OK, str(path.parent)),
    )
    archive = Archive(str(path))
    assert len(counts(archive)) == 3 and beside(path) == []
    with pytest.raises(ArchiveError, match="it may only be read"):
        keep(archive, {9 * DAY: 1})


def test_what_the_log_of_a_file_that_may_only_be_read_holds_is_read(path: Path) -> None:
    made = path.with_name("made.db")
    archive = Archive(str(made))
    keep(archive, {0: 3})
    for end in ("", "-wal"):  # as a kill leaves it
        shutil.copy(f"{made}{end}", f"{path}{end}")
        os.chmod(f"{path}{end}", 0o400)
    archive.close()
    archive = Archive(str(path))
    assert counts(archive) == {0: 3}
    assert beside(path) == ["-wal"]
    archive.close()


def test_a_file_that_may_be_written_again_is(path: Path) -> None:
    filled(path)
    path.chmod(0o400)
    archive = Archive(str(path))
    with pytest.raises(ArchiveError):
        keep(archive, {9 * DAY: 1})
    path.chmod(0o600)
    keep(archive, {9 * DAY: 1})
    assert counts(archive)[9 * DAY] == 1 and archive.database.trouble is None
    archive.close()


# -- while it is open -----------------------------------------------------------------------------


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def opened(
    path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Archive]]:
    """Opens the archive by a clock that is set by hand."""
    made: list[Archive] = []

    def open_now() -> Archive:
        archive = Archive(str(path))
        archive.database._clock = lambda: clock[0]
        made.append(archive)
        return archive

    yield open_now
    for archive in made:
        archive.close()


def test_a_page_that_cannot_be_read_is_a_sentence(
    path: Path, opened: Callable[[], Archive]
) -> None:
    filled(path, days=2_000)
    flush(path)
    damage_page(path, random.Random(1))
    archive = opened()
    with pytest.raises(ArchiveError, match="it is damaged"):
        counts(archive)
    before = path.read_bytes()
    with pytest.raises(ArchiveError, match="it is damaged"):
        keep(archive, {9_000 * DAY: 1})
    assert path.read_bytes() == before


def test_a_page_that_breaks_while_it_is_open_is_a_sentence(
    path: Path, opened: Callable[[], Archive]
) -> None:
    filled(path, days=20_000)
    archive = opened()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(path.stat().st_size - 4096))
    archive.database._connection.execute("PRAGMA cache_size = 1")
    with pytest.raises(ArchiveError, match="it is damaged"):
        archive.of_account("ann").size()
    with pytest.raises(ArchiveError, match="it is damaged"):
        keep(archive, {9 * DAY: 1})


@pytest.mark.parametrize("size", [4096, 8192, 8000])
def test_an_archive_that_was_cut_off_is_a_damaged_one(path: Path, size: int) -> None:
    filled(path, days=2_000)
    flush(path)
    os.truncate(path, size)
    archive = Archive(str(path))
    with pytest.raises(ArchiveError, match="it is damaged"):
        counts(archive)
    archive.close()
    assert path.stat().st_size == size


def test_a_large_file_is_looked_through_by_the_doctor(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path, days=20_000)
    flush(path)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(bytes(4096))
    monkeypatch.setattr(database, "LOOK_BYTES", 4096)
    archive = Archive(str(path))
    assert archive.database.trouble is None
    archive.database.find_damage()
    assert archive.database.trouble is not None
    archive.close()


def test_a_full_disk_is_a_sentence_and_what_is_there_is_read(
    path: Path, opened: Callable[[], Archive], clock: list[float]
) -> None:
    filled(path)
    archive = opened()
    connection = archive.database._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    many = {at * DAY: 1 for at in range(5, 500)}
    with pytest.raises(ArchiveError, match="its disk is full"):
        keep(archive, many)
    assert counts(archive) == {0: 3, DAY: 4, 2 * DAY: 5}
    connection.execute("PRAGMA max_page_count = 100000")
    with pytest.raises(ArchiveError, match="its disk is full"):
        keep(archive, many)  # it is not tried again at once
    clock[0] += REST
    keep(archive, many)
    assert archive.database.trouble is None and len(counts(archive)) == 498


def test_a_file_that_was_taken_away_is_a_sentence_until_it_is_back(
    path: Path, opened: Callable[[], Archive], clock: list[float]
) -> None:
    archive, away = opened(), path.with_name("away")
    keep(archive, {0: 3})
    path.rename(away)
    with pytest.raises(ArchiveError, match="it is no longer there"):
        keep(archive, {DAY: 4})
    assert counts(archive) == {0: 3} and not path.exists()
    with closing(sqlite3.connect(away)) as connection:  # its log did not stay behind
        assert connection.execute("SELECT clicks FROM counts").fetchall() == [(3,)]
    away.rename(path)
    keep(archive, {DAY: 4})
    assert counts(archive) == {0: 3, DAY: 4} and archive.database.trouble is None


def test_another_archive_in_its_place_is_used_from_then_on(
    path: Path, opened: Callable[[], Archive]
) -> None:
    other = path.with_name("other")
    filled(other)
    archive = opened()
    keep(archive, {9 * DAY: 1})
    other.replace(path)
    assert counts(archive) == {0: 3, DAY: 4, 2 * DAY: 5}
    keep(archive, {3 * DAY: 6})
    archive.close()
    assert len(counts(Archive(str(path)))) == 4


def test_somebody_else_s_database_in_its_place_is_left_alone(
    path: Path, opened: Callable[[], Archive]
) -> None:
    archive, other = opened(), path.with_name("other")
    keep(archive, {0: 3})
    before = write_foreign(other)
    other.replace(path)
    for _ in range(2):
        with pytest.raises(ArchiveError, match="it is not an archive of clicks"):
            counts(archive)
        with pytest.raises(ArchiveError, match="it is not an archive of clicks"):
            keep(archive, {DAY: 1})
    assert path.read_bytes() == before


def test_a_file_that_another_program_holds_is_waited_for_once(
    path: Path, opened: Callable[[], Archive], clock: list[float]
) -> None:
    filled(path)
    archive = opened()
    with held(path):
        with pytest.raises(ArchiveError, match="another program holds it"):
            keep(archive, {9 * DAY: 1})
        archive.database._connection.execute("PRAGMA busy_timeout = 100000")
        with pytest.raises(ArchiveError, match="another program holds it"):
            keep(archive, {9 * DAY: 1})
    clock[0] += REST
    keep(archive, {9 * DAY: 1})
    assert len(counts(archive)) == 4


@pytest.mark.parametrize("clicks", [2**63, -(2**70)])
def test_a_number_that_no_file_can_hold_is_a_sentence(path: Path, clicks: int) -> None:
    archive = Archive(str(path))
    with pytest.raises(ArchiveError, match="cannot hold this text or number"):
        keep(archive, {0: clicks})
    assert counts(archive) == {}


def test_half_a_letter_is_a_sentence(path: Path) -> None:
    archive = Archive(str(path))
    with pytest.raises(ArchiveError, match="cannot hold this text or number"):
        archive.of_account("ann").keep_list(DAYS, 0, [Listed("a.b/\ud800", 1, None, None)], 5)


def test_room_is_looked_for_before_calls_are_made(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive(str(path))
    archive.database.check_room(100)
    usage = shutil.disk_usage(path.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda name: usage._replace(free=1_000_000))
    archive.database.check_room(10)
    with pytest.raises(ArchiveError, match="its disk is full"):
        archive.database.check_room(100)
    keep(archive, {0: 3})


def test_nothing_can_be_asked_of_a_closed_archive(path: Path) -> None:
    archive = Archive(str(path))
    archive.close()
    with pytest.raises(ArchiveError):
        counts(archive)
    with pytest.raises(ArchiveError):
        keep(archive, {0: 3})


# No file may become larger than it is: the system refuses what a full disk refuses.
LIMITED = """
import os, resource, sys
from bitly_data.archive import GuardedArchive
from bitly_data.sources.bucket_store import GROUP, CountKey
path, days = sys.argv[1], CountKey(GROUP, "Bg", "day")
archive = GuardedArchive(path)
ann = archive.of_account("ann")
ann.keep_counts(days, {0: 3}, 5)
limit = os.path.getsize(path + "-wal")
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
ann.keep_counts(days, {at * 86_400: 1 for at in range(1, 5_000)}, 5)
counts = ann.counts(days, 0, 10_000 * 86_400)
print(len(counts), counts[0], counts[86_400], *archive.notices())
try:
    archive.check_room(1)
except Exception as problem:
    print(type(problem).__name__, problem)
"""


def test_a_disk_that_takes_nothing_more_is_a_sentence(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first.startswith("5000 3 1 New numbers are shown, but not kept in the archive")
    assert second.startswith("ArchiveError Nothing was asked, as the answers cannot be kept")
    archive = Archive(str(path))
    assert counts(archive) == {0: 3}  # all of a transaction, or nothing
    archive.close()
