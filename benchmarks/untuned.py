"""The reference with the C library's allocator as it comes: draws one picture for every line on stdin.

Does not know the time it takes.
"""

import sys

import torch

from benchmarks import reference, synthesis


def main() -> None:
    """Draw until stdin ends."""
    generator = synthesis.network(int(sys.argv[1]), "exact")
    w = synthesis.styles(generator)
    with torch.no_grad():
        for _ in sys.stdin:
            reference.synthesis(generator, w)
            print("drawn", flush=True)


if __name__ == "__main__":
    main()
