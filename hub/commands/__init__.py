"""The commands of ``hub``, one module per subject; each is imported when it is called."""
