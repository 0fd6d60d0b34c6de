"""Makes the workers of a cluster die of what the tests call poison: the seed 666 ends the process as a bug would.

With WAIFUBOT_TROUBLE=long, animations of tiny networks count as long, and are drawn slowly enough to be interrupted.
With WAIFUBOT_TROUBLE=strange, a worker says that it draws otherwise than the others.
With WAIFUBOT_TROUBLE=loads, each network that a worker loads is a line of the file loads in the machine's folder.
"""

import os
import sys

if "serve" in sys.orig_argv and "--cluster" not in sys.orig_argv:
    import signal
    import time

    from generator import checkpoints
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
    elif _trouble == "loads":
        _load = checkpoints.load

        def _note_load(path, *rest, **named):  # type: ignore[no-untyped-def]
            with open(os.path.join(os.environ["WAIFUBOT_FOLDER"], "loads"), "a", encoding="utf-8") as file:
                file.write(f"{path}\n")
            return _load(path, *rest, **named)

        checkpoints.load = _note_load
