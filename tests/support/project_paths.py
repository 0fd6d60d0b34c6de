"""Defines the paths of the project, of the fake workers, and of the reference files beside the project."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
SUPPORT = Path(__file__).parent
WORKERS = SUPPORT / "workers"  # fake worker processes, named by what they do
SHARED = ROOT.parent / "shared"  # reference files; may be missing
