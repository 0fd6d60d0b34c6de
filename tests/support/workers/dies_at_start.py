"""Dies at every start before it is ready."""

import sys

print("Traceback (most recent call last): no such thing as a GPU", file=sys.stderr)
sys.exit(1)
