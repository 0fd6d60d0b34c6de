"""Makes the workers of a cluster die of what the tests call poison: the seed 666 ends the process as a bug would."""

import sys

if "serve" in sys.orig_argv and "--cluster" not in sys.orig_argv:
    import os
    import signal

    from generator.rendering import render

    _real = render.synthesise

    def _draw(*call):  # type: ignore[no-untyped-def]
        if any(666 in plan.noise_seeds for plan in call[1]):
            os.kill(os.getpid(), signal.SIGSEGV)
        return _real(*call)

    render.synthesise = _draw
