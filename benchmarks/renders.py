"""Measures whole renders, from a recipe's line to the bytes of its file, and each of their stages.

Starts no worker and no bot.
"""

import os
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.measure import Row
from benchmarks.synthesis import network
from generator import checkpoints
from generator.contract.recipe import Recipe
from generator.rendering import job, render
from generator.rendering.animation.gif import find_palette
from generator.rendering.layout import compose
from generator.stylegan.generator import Generator


@dataclass(frozen=True)
class Case:
    """A render to measure."""

    title: str  # its name in the table
    line: str  # the recipe
    generator: Generator


def table(quick: bool) -> list[Row]:
    """Render every case, and return a row with the seconds of each stage."""
    own = checkpoints.load(checkpoints.EMBEDDED, precision="auto")
    frames = 6 if quick else 60
    cases = [Case(f"morph, {frames} frames, built-in network", f"morph 10 20 frames={frames}", own)]
    cases += [Case("3x3 morph, built-in network", f"morph 10 20 frames={4 if quick else 24} size=3", own)]
    for side in () if quick else (256, 512):
        cases.append(Case(f"morph, 60 frames, {side} px", "morph 10 20 frames=60", network(side, "auto")))
    return [measure(case) for case in cases]


def measure(case: Case) -> Row:
    """Render a case, and return its row."""
    recipe, began = Recipe.parse(case.line), time.perf_counter()
    draft = render.draft(recipe.on("bench"), case.generator)
    plan = draft.plan
    faces, planned = [], time.perf_counter()
    size, done = render.batch_size_for(case.generator), 0
    while done < plan.layout.faces:
        pick = range(done, min(done + size.capacity, plan.layout.faces))
        started = time.perf_counter()
        faces.append(render.synthesise(case.generator, [plan], [pick]))
        size.record(len(pick), time.perf_counter() - started)
        done += len(pick)
    drawn = time.perf_counter()
    frames = compose(plan.layout, np.concatenate(faces))
    composed = time.perf_counter()
    find_palette(frames)
    palette = time.perf_counter()
    file = job.make_file(render.plan_file(np.concatenate(faces), draft, 10 * 2**20, ""))
    written = time.perf_counter() - (composed - drawn)  # which composes them once more
    return {
        "render": case.title,
        "planning, s": planned - began,
        "drawing, s": drawn - planned,
        "composing, s": composed - drawn,
        "palette, s": palette - composed,
        "file, palette included, s": written - palette,
        "whole, s": written - began - (palette - composed),
        "writing / drawing (target < 1)": (written - palette) / (drawn - planned),
        "KB to upload": len(file.body) / 1000,
        "side": file.width,
        "cores": os.cpu_count() or 1,
    }
