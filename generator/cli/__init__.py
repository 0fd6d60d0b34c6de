"""The commands of ``python -m generator``.

Each module has ``add_arguments(parser)`` and ``run(options)``, which returns the exit code.
"""
