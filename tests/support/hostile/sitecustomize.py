"""Makes the workers of a cluster die of what the tests call poison: the seed 666 ends the process as a bug would.

With WAIFUBOT_TROUBLE=long, animations of tiny networks count as long, and are drawn slowly enough to be interrupted.
With WAIFUBOT_TROUBLE=strange, a worker says that it draws otherwise than the others.
"""

import os
import sys

if "serve" in sys.orig_argv and "--cluster" not in sys.orig_argv:
    import signal
    import time

    from generator.rendering import render
    from generator.rendering.animation import stream

    _real, _trouble = render.synthesise, os.environ.get("WAIFUBOT_TROUBLE")

    def _draw(*call):  # type: ignore[no-untyped-def]
        if any(666 in plan.noise_seeds for plan in call[1]):
            os.kill(os.getpid(), signal.SIGSEGV)
        if _trouble == "long":
            time.sleep(0.01 * sum(map(len, call[2])))
        return _real(*call)

    render.synthesise = _draw
    if _trouble == "long":
        stream.IN_MEMORY_PIXELS = 1000
    elif _trouble == "strange":
        render.RENDERER_VERSION = 999
