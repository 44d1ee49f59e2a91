"""The inboxes under test, by what they are on, and a look into the application's database that does not go by them."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import Any

import psycopg

from istripe.webhooks import PostgresInbox, SqliteInbox

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def inbox_on(database: str) -> Any:
    return PostgresInbox(database) if database.startswith("postgres") else SqliteInbox(database)


def query(database: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement that is committed at once."""
    if database.startswith("postgres"):
        with psycopg.connect(database, autocommit=True, connect_timeout=10) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []
    with contextlib.closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as connection:
        return connection.execute(statement).fetchall()


def states(database: str) -> dict[str, str]:
    """The status of every event in the inbox."""
    return dict(query(database, "select event_id, status from istripe_webhook_inbox"))


def migrated(database: str) -> str:
    """The application's database, with what its migrations make."""
    key = "bigint generated always as identity" if database.startswith("postgres") else "integer"
    if not database.startswith("postgres"):
        query(database, "pragma journal_mode = wal")
    query(database, f"create table credits (number {key} primary key, event text, charge text, amount int)")
    return database
