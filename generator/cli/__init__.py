"""The commands of ``python -m generator``: modules with ``add_arguments(parser)`` and ``run(options) -> exit code``."""
