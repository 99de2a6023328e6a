"""Read-only questions the faces ask of the store. Nothing here writes; every list is bounded and scoped.

A *scope* is the set of agency codes a person may see, or None for all of them.
"""

from hub.store.views import complaints, connectors, moving

__all__ = ["complaints", "connectors", "moving"]
