"""Paths of the project, of the tests' own files, and of the reference files beside the project.

Does not know what is in them.
"""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
WORKERS = Path(__file__).parent / "workers"  # stand-ins for the worker process, named by the trouble they make
SHARED = ROOT.parent / "shared"  # may be missing
