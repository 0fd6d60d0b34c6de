"""The process of ``synthesis.Untuned``, which draws one picture with the reference for every line on stdin.

Measures no time, and leaves the C library's allocator as it is.
"""

import sys

import torch

from benchmarks import reference, synthesis


def main() -> None:
    """Draw pictures until stdin ends. The first argument is the side of the network in pixels."""
    generator = synthesis.network(int(sys.argv[1]), "exact")
    w = synthesis.styles(generator)
    with torch.no_grad():
        for _ in sys.stdin:
            reference.synthesis(generator, w)
            print("drawn", flush=True)


if __name__ == "__main__":
    main()
