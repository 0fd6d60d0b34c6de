"""Exits as the real worker does if a model is missing."""

import sys

print("error: There is no file nowhere.pkl; check the path.", file=sys.stderr)
sys.exit(2)
