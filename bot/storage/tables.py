"""Defines the tables of the bot's database, each in one place, and tells readable rows from damaged ones.

Knows nothing about the file they are in. Only types that SQLite and PostgreSQL both have are used.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from generator.contract.faces.face import DIGEST_CHARS
from generator.contract.names import MAX_MODEL_CHARS

METADATA = MetaData()

# One row: how many migrations the file has been through.
SCHEMA_VERSION = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

# What people and servers prefer. The id is the person's or the server's.
PREFERENCES = Table(
    "preferences",
    METADATA,
    Column("scope", String(16), primary_key=True),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(32), primary_key=True),  # such as "model"
    Column("value", Text, nullable=False),
)

# The requests that are not answered yet. JournalEntry describes the columns.
UNANSWERED = Table(
    "unanswered",
    METADATA,
    Column("interaction", BigInteger, primary_key=True, autoincrement=False),
    Column("application", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    Column("channel", BigInteger),
    Column("person", BigInteger, nullable=False),
    Column("server", BigInteger),
    Column("message", BigInteger),
    Column("deadline", Double, nullable=False),
    Column("max_bytes", BigInteger, nullable=False),
    Column("line", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("until", Double),
    Column("ending", SmallInteger, nullable=False),
    Column("private", SmallInteger, nullable=False, server_default="0"),
    Column("in_place", SmallInteger, nullable=False, server_default="0"),
    Column("story", SmallInteger, nullable=False, server_default="0"),
    Column("process", BigInteger, nullable=False, server_default="0"),  # who will answer it; an id of PROCESSES
    Column("withdrawn", SmallInteger, nullable=False, server_default="0"),
)

# The processes of the bot that share the database: each renews its row while it lives.
PROCESSES = Table(
    "processes",
    METADATA,
    Column("process", BigInteger, primary_key=True, autoincrement=False),
    Column("application", BigInteger, nullable=False),
    Column("shards", Text, nullable=False),
    Column("until", Double, nullable=False),  # when it counts as dead, by the database's clock, in seconds since 1970
)

# What processes tell one another, for some minutes.
NOTICES = Table(
    "notices",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),  # each one more than the one before
    Column("process", BigInteger, nullable=False),  # who tells it
    Column("kind", String(16), nullable=False),
    Column("subject", BigInteger, nullable=False),  # a person, or a server or a message where the kind says so
    Column("made", Double, nullable=False),  # by the database's clock, in seconds since 1970
)

# The stored faces of each person: the bytes of vectors, as they are in the pictures that show them.
VECTORS = Table(
    "vectors",
    METADATA,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(DIGEST_CHARS), primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("used", Double, nullable=False),  # when the person last made or used it, in seconds since 1970
    Column("traits", Text, nullable=False, server_default=""),  # JSON of what it looks like, if that is known
    Index("vectors_by_digest", "digest"),
)

# The captions that messages had before a click replaced their pictures, for a day; a button Back names the click.
EARLIER_CAPTIONS = Table(
    "earlier_captions",
    METADATA,
    Column("interaction", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False),
    Column("caption", Text, nullable=False),
    Column("made", Double, nullable=False),  # when the click was made, in seconds since 1970
)

# What the panels of the maker show, for a day: their recipes, as text that another module reads and writes.
PANELS = Table(
    "panels",
    METADATA,
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("used", Double, nullable=False),  # when it was last clicked, in seconds since 1970
    Index("panels_by_person", "person"),
)

# Which network, by its digest, each name of a model means: what the worker's books say, in case they are lost.
MODEL_NAMES = Table(
    "model_names",
    METADATA,
    Column("name", String(MAX_MODEL_CHARS), primary_key=True),
    Column("digest", String(16), nullable=False),
)

# The faces that people collect.
KEPT = Table(
    "kept",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("person", BigInteger, nullable=False),
    Column("line", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kept", Double, nullable=False),  # when it came into the collection, in seconds since 1970
    UniqueConstraint("person", "line"),
)

# The faces of collections that are offered to somebody, until they are accepted.
GIFTS = Table(
    "gifts",
    METADATA,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("giver", BigInteger, nullable=False),
    Column("recipient", BigInteger, nullable=False),
    Column("face", BigInteger, nullable=False),  # an id of KEPT
    Column("until", Double, nullable=False),  # in seconds since 1970
    Index("gifts_by_recipient", "recipient"),
    Index("gifts_by_giver", "giver"),
)

# What else is kept of a person: whether others may see the collection, and the days in a row of /daily.
PEOPLE = Table(
    "people",
    METADATA,
    Column("person", BigInteger, primary_key=True, autoincrement=False),
    Column("hidden", SmallInteger, nullable=False),
    Column("last_day", Integer, nullable=False),  # a date in UTC, counted from the year 1; 0 if there was none
    Column("days", Integer, nullable=False),
)


def is_readable(table: Table, row: Mapping[str, Any]) -> bool:
    """Return whether each value of a row has its column's type. SQLite stores any value in any column.

    A row of an earlier version may lack columns.
    """
    return all(_fits(column, row[column.name]) for column in table.columns if column.name in row)


def _fits(column: "Column[Any]", value: object) -> bool:
    if value is None:
        return bool(column.nullable)
    python_type = column.type.python_type
    return isinstance(value, float | int) if python_type is float else isinstance(value, python_type)
