"""A small country to try the hub on: a national core and agency systems as real servers on loopback.

A program of its own: it knows nothing of the hub and the hub knows nothing of it. People, complaints and
numbers are invented; the core's contract is an assumption (see ``core.openapi.json``).
"""
