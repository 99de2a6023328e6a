"""The wires: how one system is reached. Nothing here knows a complaint, and nothing of ``hub`` is imported.

A wire's libraries are loaded only when the first connector on it is opened.
"""

from __future__ import annotations

from importlib import import_module

from adapters.contract import Adapter, Setup

_KINDS = {
    "rest": ("adapters.rest", "RestAdapter"),
    "soap": ("adapters.soap", "SoapAdapter"),
    "tabular": ("adapters.tabular", "TabularAdapter"),
}

KINDS = tuple(_KINDS)
"""What ``adapter:`` in a connector file may say."""


def open_adapter(kind: str, setup: Setup) -> Adapter:
    """An adapter ready for one run; reaches out to nobody yet. ValueError lists the known kinds for an unknown one."""
    if kind not in _KINDS:
        raise ValueError(f"adapter {kind!r} is not one of {', '.join(KINDS)}")
    module, name = _KINDS[kind]
    adapter: Adapter = getattr(import_module(module), name)(setup)
    return adapter
