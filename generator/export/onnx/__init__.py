"""Says a network in ONNX's operators, as two models: the mapping, from z to w, and the synthesis, from w to pictures.

Writes no files.
"""

import json

from generator.export.made import CannotHold, Made
from generator.export.onnx import mapping, stylegan2, stylegan3
from generator.stylegan.generator import Generator
from generator.stylegan2.network import SynthesisNetwork as SynthesisNetwork2
from generator.stylegan3.network import SynthesisNetwork as SynthesisNetwork3

_MAPPING = (
    "Maps z, sampled from N(0, 1), and a label, if the network has any, to w. psi moves w away from the average one: "
    "one number for all layers, or one for each."
)
_SYNTHESIS = (
    "Draws pictures of w, nominally in [-1, 1]. noise multiplies the network's own noise: 1, or 0 for none. "
    "transform maps places of the turned and shifted picture to places of the picture as w has it."
)


def make(generator: Generator) -> Made:
    """Return both models. Their metadata hold the network's name, its digest, and the values of each of its traits."""
    if isinstance(generator.synthesis, SynthesisNetwork2):
        synthesis = stylegan2.build(generator.synthesis)
    elif isinstance(generator.synthesis, SynthesisNetwork3):
        synthesis = stylegan3.build(generator.synthesis)
    else:
        raise CannotHold("it is known only of StyleGAN2 and StyleGAN3 how to write them")
    properties = {"name": generator.name, "digest": generator.digest}
    if generator.traits:
        properties["traits"] = json.dumps(generator.traits)  # their values, in this order, are what the label says
    graphs = {"-mapping": (mapping.build(generator.mapping), _MAPPING), "-synthesis": (synthesis, _SYNTHESIS)}
    return Made({part: [graph.model(text, properties)] for part, (graph, text) in graphs.items()})
