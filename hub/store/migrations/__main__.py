"""``python -m hub.store.migrations "what changes"``: write the next revision from what ``hub.store.tables`` now says.

Compares the tables with a fresh store in a folder of its own; look through the file before you commit it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from alembic import command

from hub.store.engine import open_store, sqlite_url
from hub.store.migration import config_for, head, migrate
from hub.store.vault import Vault


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(sqlite_url(Path(folder) / "hub.sqlite"), Vault([os.urandom(32)]))
        migrate(store)
        with store.engine.connect() as conn:
            command.revision(config_for(conn), message, autogenerate=True, rev_id=f"{int(head()) + 1:04d}")
        store.close()


if __name__ == "__main__":
    main(sys.argv[1])
