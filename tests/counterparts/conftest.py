"""The real servers, as fixtures."""

from tests.counterparts.servers import elapor, roundup, roundup_pattern, simadu

__all__ = ["elapor", "roundup", "roundup_pattern", "simadu"]
