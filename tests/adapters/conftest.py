"""The real servers, for the tests of the wires."""

from tests.counterparts.servers import elapor, roundup, roundup_pattern, simadu

__all__ = ["elapor", "roundup", "roundup_pattern", "simadu"]
