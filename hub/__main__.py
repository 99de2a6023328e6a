"""``python -m hub``: the same as the command ``hub``."""

from hub.cli import main

main()
