"""Says the mapping network in ONNX's operators. That of both generations of StyleGAN is the same.

What it computes is explained in generator/stylegan/mapping.py.
"""

from generator.export.onnx.graph import Graph
from generator.export.onnx.layers import dense, normalize
from generator.stylegan.mapping import MappingNetwork


def build(mapping: MappingNetwork) -> Graph:
    """Return the graph from ``z`` [n, z_dim] and ``label`` [n, c_dim], as far as there are any, to ``w``.

    w is [n, num_ws, w_dim]. ``psi`` [1 or num_ws] says how far the style of each layer may be from the average one.
    """
    graph, hyper = Graph("mapping"), mapping.hyper
    x = _input(graph, mapping)
    for i in range(hyper.num_mapping_layers):
        x = dense(graph, x, mapping.get_submodule(f"fc{i}"), f"fc{i}")  # type: ignore[arg-type]
    psi = graph.add("Expand", graph.input("psi", "layers"), graph.constant([hyper.num_ws]))
    average = graph.constant(mapping.w_avg, "w_avg")
    away = graph.add("Sub", graph.add_axes(x, 1), average)  # [n, 1, w_dim]
    w = graph.add("Add", average, graph.add("Mul", away, graph.add_axes(psi, 1)))
    graph.output(w, "w", "n", hyper.num_ws, hyper.w_dim)
    return graph


def _input(graph: Graph, mapping: MappingNetwork) -> str:
    """Return what the first layer maps: z and the embedded label, normalised together or each by itself."""
    hyper = mapping.hyper
    joint = hyper.label_mode == "concat_joint" and hyper.c_dim > 0
    parts = []
    if hyper.z_dim:
        z = graph.input("z", "n", hyper.z_dim)
        parts.append(normalize(graph, z, hyper.z_dim) if hyper.normalize_latents and not joint else z)
    if hyper.c_dim:
        y = dense(graph, graph.input("label", "n", hyper.c_dim), mapping.embed, "embed")
        parts.append(y if joint else normalize(graph, y, hyper.embed))
    x = graph.add("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]
    return normalize(graph, x, hyper.z_dim + hyper.embed) if joint and hyper.normalize_latents else x
