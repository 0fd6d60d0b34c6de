"""Where the tests find things: the project, their own files, and a larger collection of reference files beside the project."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
WORKERS = Path(__file__).parent / "workers"  # stand-ins for the worker process, named by the trouble they make
SHARED = ROOT.parent / "shared"  # where it exists
