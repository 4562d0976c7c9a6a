"""The SQLite file of an archive: how it is opened, whose it is, who may read it, what goes wrong.

Several processes may share the file (write-ahead log); within one, a lock lets threads take turns,
as every statement is short. Whatever SQLite says is an `ArchiveError` to everybody else.

A file that works is looked at by SQLite alone, never by `open`: closing a file in a process takes
away all locks that this process has on it (https://sqlite.org/howtocorrupt.html, 2.2).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from urllib.parse import quote

from bitly_data.archive.trouble import (
    BUSY,
    DAMAGED,
    DEVICE,
    EXPOSED,
    FOLDER,
    FULL,
    GONE,
    NEWER,
    NO_ARCHIVE,
    NO_FOLDER,
    NO_NAME,
    ONLY_READ,
    OTHER_TABLES,
    UNREADABLE,
    Trouble,
    of_number,
    of_sqlite,
    of_system,
    refused,
)
from bitly_data.errors import ArchiveError

# What SQLite calls a database without a file.
IN_MEMORY = ":memory:"
# What says in the file's header that it is an archive of this app ("BtlA" in ASCII); format 1 did
# not say it.
APPLICATION_ID = 0x42746C41
# How every SQLite file begins, and where it says whose it is (https://sqlite.org/fileformat.html).
_MAGIC, _OWNER_AT = b"SQLite format 3\0", 68
# How long another process may hold the file before this one gives up [s].
PATIENCE = 10.0
# After it gave up it does not try again for so long: a view may keep a hundred lists one by one,
# and each would wait as long [s].
REST = 30.0
# An opening looks through a file of at most this size for damage: 36 MB took 0.2 s [bytes]. In a
# larger one damage is found where it is met, and by the doctor.
LOOK_BYTES = 36_000_000
# What a list of a hundred links takes, in the file and once more in the write-ahead log [bytes].
ROOM_FOR_A_CALL = 32_768
# The file is its owner's alone: it holds what an account's links were clicked.
PRIVATE = 0o600
_BESIDE = ("", "-wal", "-shm", "-journal")

# The columns of each table, by its name.
Shape = Mapping[str, tuple[str, ...]]
Stamp = tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """The form of an archive's tables.

    `make` brings a database from the format of this number (0: it has no tables) to `format`, in
    the transaction that it is called in. `unnamed` are the tables of the format that had no
    application id; they may be there in part, where its making was interrupted.
    """

    format: int
    make: Callable[[sqlite3.Connection, int], None]
    unnamed: Shape

    def shape(self) -> Shape:
        """The tables as this format has them."""
        with closing(_in_memory()) as made:
            self.make(made, 0)
            return _shape(made)


class Database:
    """The tables of an archive, in a file or, without a path, in memory.

    A file that cannot be an archive is refused, untouched: that raises `ArchiveError`. One that is
    an archive and cannot be read or written just now is open all the same: each use of it raises
    `ArchiveError`, until it can be used again.
    """

    def __init__(
        self, path: str | None, layout: Layout, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is a monotonic one [s]."""
        self.path = path
        self._file: str | None = None
        self._layout = layout
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._stamp: Stamp | None = None
        self._only_read = self._exposed = self._is_damaged = False
        self._trouble: Trouble | None = None
        self._rest_until = {"reading": -REST, "writing": -REST}
        if path not in (None, IN_MEMORY):
            try:
                self._file = os.path.realpath(path)
            except ValueError:
                raise self._error(NO_NAME) from None
        self._open()

    # -- what is to be said ---------------------------------------------------------------------

    @property
    def trouble(self) -> Trouble | None:
        """Why what is asked now is not kept; `None`: it is, as far as is known."""
        if self._is_damaged:
            return DAMAGED
        return self._trouble or (ONLY_READ if self._only_read else None)

    def try_again(self) -> None:
        """Look whether what went wrong is mended, unless that was tried just now."""
        if self._trouble is not None and self._clock() >= self._rest_until["writing"]:
            self._rest_until["writing"] = self._clock() + REST
            with suppress(ArchiveError):
                self.check_room(0)

    @property
    def exposure(self) -> Trouble | None:
        """That others may read the file, where that cannot be changed."""
        return EXPOSED if self._exposed else None

    def report_damage(self) -> None:
        """Somebody read what nobody wrote: this file is not used any more."""
        self._is_damaged = True

    # -- turns ----------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time. Raises `ArchiveError`."""
        with self._lock, self._worded("reading"):
            yield self._undamaged()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection in one transaction: all of the block is kept, or nothing.

        Raises `ArchiveError`.
        """
        with self._lock, self._worded("writing"):
            connection = self._undamaged()
            if self._only_read or self._is_gone():
                raise self._error((self.trouble or ONLY_READ) if self._only_read else GONE)
            with _transaction(connection):
                yield connection
            self._trouble = None

    def check_room(self, calls: int) -> None:
        """Try whether the answers to so many calls can be written. Raises `ArchiveError`."""
        self._rest_until = dict.fromkeys(self._rest_until, -REST)
        with self.writing() as connection:
            connection.execute(f"PRAGMA user_version = {self._layout.format}")
        if self._file is not None:
            free = shutil.disk_usage(os.path.dirname(self._file)).free
            if free < calls * ROOM_FOR_A_CALL:
                raise self._error(FULL)

    def find_damage(self) -> None:
        """Look through the whole file for damage, however long it takes. Raises `ArchiveError`."""
        with self.reading() as connection:
            self._look(connection)

    def close(self) -> None:
        """Let go of the file; nothing can be asked afterwards."""
        with self._lock:
            self._let_go()
            self._trouble = self._trouble or GONE
            self._file = None

    # -- opening --------------------------------------------------------------------------------

    def _open(self) -> None:
        """Open what is at the path. Raises `ArchiveError` for what cannot be an archive."""
        self._only_read = self._exposed = self._is_damaged = False
        self._trouble = None
        if self._file is None:
            self._connection = _in_memory()
            self._layout.make(self._connection, 0)
            return
        self._look_at(self._file)
        self._only_read = _may_only_be_read(self._file)
        if not self._only_read:
            self._connection = self._if_possible(self._opened_to_write)
        if self._connection is None and not self._is_damaged and self._trouble != BUSY:
            # On a full disk SQLite cannot make what it needs beside the file.
            self._only_read = True
            self._connection = self._if_possible(self._opened_to_read)
        self._stamp = self._stamp_now()

    def _if_possible(
        self, opened: Callable[[str], sqlite3.Connection]
    ) -> sqlite3.Connection | None:
        """A connection, if there can be one; else what is wrong is remembered."""
        assert self._file is not None
        try:
            return opened(self._file)
        except sqlite3.Error as problem:
            for turn in self._rest_until:
                self._failed(of_sqlite(problem), turn)
            return None

    def _look_at(self, file: str) -> None:
        """Make sure that it is a file of this app, or make one. Raises `ArchiveError`."""
        try:
            found = os.stat(file)
        except FileNotFoundError:
            if not os.path.isdir(os.path.dirname(file)):
                raise self._error(NO_FOLDER) from None
            self._make_file(file)
            return
        except OSError as problem:
            raise self._error(of_system(problem)) from None
        if not stat.S_ISREG(found.st_mode):
            raise self._error(FOLDER if stat.S_ISDIR(found.st_mode) else DEVICE)
        if not os.access(file, os.R_OK):
            raise self._error(UNREADABLE)
        self._identify(file)

    def _make_file(self, file: str) -> None:
        """An empty file that is its owner's alone from the first moment on.

        Raises `ArchiveError`.
        """
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
            os.chmod(file, PRIVATE)  # whatever the umask took away
        except FileExistsError:
            pass  # another process was quicker
        except OSError as problem:
            raise self._error(of_system(problem)) from None

    def _identify(self, file: str) -> None:
        """Refuse what is not an archive, or not one that this version can read; nothing of it is
        changed, and nothing is made beside it.
        """
        try:
            with closing(_connected(file, "mode=ro&immutable=1")) as connection:
                owner, number = _header(connection)
                if owner == APPLICATION_ID:
                    self._check_number(number)
                    return
                shape = {} if owner else _shape(connection)
                is_ours = not owner and self._is_unnamed(connection, number)
            if not owner and not shape and _has_log(file):
                # The app was killed before anything of the log came into the file.
                with closing(_unwritten(file)) as connection:
                    number, shape = _header(connection)[1], _shape(connection)
                    is_ours = self._is_unnamed(connection, number)
        except sqlite3.Error:
            if _says_whose(file):
                return  # an archive that is damaged
            raise self._error(NO_ARCHIVE) from None
        if not is_ours or (number and not shape):
            raise self._error(NO_ARCHIVE)
        self._check_number(number)

    def _is_unnamed(self, connection: sqlite3.Connection, number: int) -> bool:
        """Whether all tables are those of the first format, which did not say whose it is.

        Without a number they are as its making left them when it was killed, and empty.
        """
        return all(
            self._layout.unnamed.get(name) == names and (number or _is_empty(connection, name))
            for name, names in _shape(connection).items()
        )

    def _opened_to_write(self, file: str) -> sqlite3.Connection:
        """A connection that reads and writes; the file is its owner's alone from now on."""
        self._exposed = not _make_private(file)
        connection = _connected(file, "mode=rw")
        try:
            self._check_number(_header(connection)[1])  # what the log holds as well
            if self._is_old(connection):
                with _transaction(connection):
                    if self._is_old(connection):  # nobody else has made them meanwhile
                        self._make(connection)
            self._check_shape(connection)
            _use_log(connection)
            self._look_if_small(connection, file)
        except BaseException:
            connection.close()
            raise
        return connection

    def _opened_to_read(self, file: str) -> sqlite3.Connection:
        """A connection that reads and writes nothing, neither in the file nor beside it.

        One of an older format is read from a copy in memory, which is brought to this one.
        """
        self._exposed = bool(stat.S_IMODE(os.stat(file).st_mode) & ~PRIVATE & 0o077)
        connection = _unwritten(file)
        try:
            self._check_number(_header(connection)[1])  # what the log holds as well
            if self._is_old(connection):
                copy = _copied(connection)
                connection.close()
                connection = copy
                self._make(connection)
            self._check_shape(connection)
            self._look_if_small(connection, file)
        except BaseException:
            connection.close()
            raise
        return connection

    def _check_number(self, number: int) -> None:
        if number > self._layout.format:
            raise self._error(NEWER)
        if number < 0:
            raise self._error(of_number(number))

    def _is_old(self, connection: sqlite3.Connection) -> bool:
        return _header(connection) != (APPLICATION_ID, self._layout.format)

    def _make(self, connection: sqlite3.Connection) -> None:
        _, number = _header(connection)
        if not number:
            if not self._is_unnamed(connection, number):
                raise self._error(NO_ARCHIVE)
            for name in _shape(connection):
                connection.execute(f'DROP TABLE "{name}"')
        self._layout.make(connection, number)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {self._layout.format}")

    def _check_shape(self, connection: sqlite3.Connection) -> None:
        found = _shape(connection)
        if any(found.get(name) != names for name, names in self._layout.shape().items()):
            raise self._error(OTHER_TABLES)

    def _look(self, connection: sqlite3.Connection) -> None:
        """Look through all pages for damage."""
        try:
            self._is_damaged |= connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",)
        except sqlite3.Error as problem:
            self._is_damaged |= of_sqlite(problem) == DAMAGED

    def _look_if_small(self, connection: sqlite3.Connection, file: str) -> None:
        if os.stat(file).st_size <= LOOK_BYTES:
            self._look(connection)

    # -- while it is open -----------------------------------------------------------------------

    def _current(self) -> sqlite3.Connection:
        """The connection to what is at the path now. Raises `ArchiveError`."""
        stamp = self._stamp_now()
        if stamp is not None and (stamp != self._stamp or self._is_due()):
            self._let_go()
            self._stamp = stamp  # also of what is refused
            self._open()
        if self._connection is None:
            raise self._error(GONE if stamp is None else self._trouble or DAMAGED)
        return self._connection

    def _undamaged(self) -> sqlite3.Connection:
        """The same, of a file without known damage: of another any number may be wrong."""
        connection = self._current()
        if self._is_damaged:
            raise self._error(DAMAGED)
        return connection

    def _is_due(self) -> bool:
        """Whether a file that could not be opened, or not to write, is to be tried again."""
        if self._connection is None:
            return True
        could_not = self._only_read and self._trouble not in (None, ONLY_READ)
        return could_not and self._clock() >= self._rest_until["writing"]

    def _is_gone(self) -> bool:
        """Whether there is nothing at the path any more.

        What was open can still be read, and what its log holds is written into it, wherever it is
        now: a log that stays at the path would be taken for that of another file.
        """
        if self._file is None or self._stamp_now() is not None:
            return False
        self._empty_log()
        return True

    def _stamp_now(self) -> Stamp | None:
        """What tells the file at the path from another; of one that may only be read, from what it
        was: SQLite does not look whether it changes.
        """
        if self._file is None:
            return None
        try:
            found = os.stat(self._file)
        except OSError:
            return None
        changes = (found.st_size, found.st_mtime_ns, found.st_mode) if self._only_read else ()
        return (found.st_dev, found.st_ino, *changes)

    def _empty_log(self) -> None:
        if self._connection is not None and not self._only_read:
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _let_go(self) -> None:
        if self._connection is not None:
            if self._file is not None and self._stamp_now() != self._stamp:
                self._empty_log()
            with suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    # -- what goes wrong ------------------------------------------------------------------------

    @contextmanager
    def _worded(self, turn: str) -> Iterator[None]:
        """Everything that goes wrong in the block as an `ArchiveError`."""
        if self._clock() < self._rest_until[turn]:
            raise self._error(self.trouble or BUSY)
        try:
            yield
        except ArchiveError as problem:
            self._trouble = Trouble(*problem.trouble)
            raise
        except TypeError:  # what was read is of a type that nobody wrote
            self._failed(DAMAGED, turn)
            raise self._error(DAMAGED) from None
        # Python refuses what SQLite cannot hold: a number of more than 64 bits, half a letter.
        except (sqlite3.Error, OverflowError, UnicodeError) as problem:
            found = of_sqlite(problem) if isinstance(problem, sqlite3.Error) else of_system(problem)
            self._failed(found, turn)
            raise self._error(found) from None

    def _failed(self, found: Trouble, turn: str) -> None:
        """Remember what went wrong, and what is not tried again at once."""
        self._trouble = found
        if found == DAMAGED:
            self._is_damaged = True
        elif found == BUSY or turn == "writing":
            self._rest_until[turn] = self._clock() + REST

    def _error(self, trouble: Trouble) -> ArchiveError:
        return refused(self.path or "in memory", trouble)


# -- connections ----------------------------------------------------------------------------------


def _in_memory() -> sqlite3.Connection:
    return sqlite3.connect(IN_MEMORY, check_same_thread=False, isolation_level=None)


def _connected(file: str, how: str) -> sqlite3.Connection:
    """A connection to a file that is there, whatever is in its name; `how` is a part of a URI."""
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(file))}?{how}",
        timeout=PATIENCE,
        check_same_thread=False,
        isolation_level=None,
        uri=True,
    )
    # What a damaged page says of its own rows is not believed.
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _unwritten(file: str) -> sqlite3.Connection:
    """A connection that writes nothing, neither in the file nor beside it."""
    if not _has_log(file):
        return _connected(file, "mode=ro&immutable=1")
    if os.path.exists(f"{file}-shm"):  # somebody else has it open, and made what it takes
        return _connected(file, "mode=ro")
    with TemporaryDirectory() as folder:
        copy = os.path.join(folder, "copy")
        for end in ("", "-wal"):
            shutil.copyfile(f"{file}{end}", f"{copy}{end}")
        with closing(_connected(copy, "mode=rw")) as connection:
            return _copied(connection)


def _copied(connection: sqlite3.Connection) -> sqlite3.Connection:
    copy = _in_memory()
    connection.backup(copy)
    return copy


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            if connection.in_transaction:  # a full disk has ended it already
                connection.execute("ROLLBACK")
        raise


def _header(connection: sqlite3.Connection) -> tuple[int, int]:
    """Whose a database is (0: it does not say), and the number of its format."""
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    return owner, number


def _shape(connection: sqlite3.Connection) -> Shape:
    """The columns of each table; what is no table (a view, a trigger) has none."""
    found = connection.execute(
        "SELECT type, name FROM sqlite_schema WHERE type <> 'index' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return {
        name: tuple(
            column
            for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (name,))
        )
        if kind == "table"
        else ()
        for kind, name in found
    }


def _is_empty(connection: sqlite3.Connection, name: str) -> bool:
    """Whether a table, whose name is one of ours, has no row."""
    return connection.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() is None  # noqa: S608


def _use_log(connection: sqlite3.Connection) -> None:
    """Have a write-ahead log, unless another program holds the file, or its disk knows none."""
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as problem:
        if of_sqlite(problem) != BUSY:
            raise
    # In a write-ahead log the file stays whole in any case; the last seconds may be lost with
    # the machine's power, and are asked for again.
    connection.execute("PRAGMA synchronous = NORMAL")


# -- files ----------------------------------------------------------------------------------------


def _says_whose(file: str) -> bool:
    """Whether the first bytes of a file that SQLite cannot read are those of an archive of ours."""
    with suppress(OSError), open(file, "rb") as opened:
        header = opened.read(_OWNER_AT + 4)
        owner = APPLICATION_ID.to_bytes(4, "big")
        return header.startswith(_MAGIC) and header[_OWNER_AT:] == owner
    return False


def _make_private(file: str) -> bool:
    """Let nobody else read the file and what is beside it; whether that is so."""
    try:
        for end in _BESIDE:
            with suppress(FileNotFoundError):
                if stat.S_IMODE(os.stat(f"{file}{end}").st_mode) & ~PRIVATE:
                    os.chmod(f"{file}{end}", PRIVATE)
    except PermissionError:
        return False
    return True


def _may_only_be_read(file: str) -> bool:
    """Whether a file is not to be written, or cannot be.

    One that nobody may write is left alone by root as well, who could.
    """
    mode = stat.S_IMODE(os.stat(file).st_mode)
    folder = os.path.dirname(file)
    return not mode & 0o222 or not (os.access(file, os.W_OK) and os.access(folder, os.W_OK))


def _has_log(file: str) -> bool:
    """Whether a write-ahead log is beside it that holds something."""
    try:
        return os.stat(f"{file}-wal").st_size > 0
    except OSError:
        return False
