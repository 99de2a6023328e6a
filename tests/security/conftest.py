"""The small country of the sync tests, to be attacked."""

from __future__ import annotations

from tests.sync.conftest import country

__all__ = ["country"]
