"""Names the knobs in z of networks whose files were released before a file could say it (see Knobs in stylegan).

A file is known by its digest, so that no other can be taken for it. Never imports the artist.
"""

from collections.abc import Mapping

from generator.stylegan.generator import Knobs

EARLIER_KNOBS: Mapping[str, Knobs] = {
    "e75db563b9cc466c": Knobs(  # drawn-4, which learnt from generator/drawn/; its bangs cover the brows
        (
            *("turn", "tilt", "nod", "gaze", "eye-size", "eye-spacing", "", "chin", "jaw", "face-width"),
            *("head-height", "bang-length", "volume", "flow", "ahoge", "blush", "hair-hue", "hair-light"),
            *("skin-light", "eye-hue", "eye-light", "accent-hue", "clothes-hue", "clothes-light"),
            *("background-hue", "background-light"),
        ),
        limit=2.5,
    )
}
