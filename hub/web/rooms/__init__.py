"""The rooms of the house that people visit: one blueprint each."""

from flask import Blueprint

from hub.web.rooms import (
    account,
    audit,
    complaints,
    connectors,
    login,
    mappings,
    overview,
    probes,
    quarantine,
    runs,
    waiting,
)

ALL: tuple[Blueprint, ...] = tuple(
    one.room
    for one in (
        account, audit, complaints, connectors, login, mappings, overview, probes, quarantine, runs, waiting,
    )
)  # fmt: skip
