"""The commands of ``python -m generator``, one module each."""
