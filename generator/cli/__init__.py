"""The commands of ``python -m generator``, one module each: ``add_arguments(parser)`` and ``run(options) -> exit code``."""
