"""Lists the globals that files hold beside a network: values of Python, numpy and torch, and torch's own modules.

Each becomes an inert stand-in that remembers at most its attributes. Knows nothing about StyleGAN2.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from generator.checkpoints.pickle.arrays import StoredTensor
from generator.checkpoints.pickle.interpreter import Buildable, Global
from generator.contract import errors


@dataclass(slots=True, eq=False)
class Inert(Buildable):
    """Takes the place of a value that no network needs. Its state is discarded."""

    def build(self, state: object) -> None:
        """Accept any state."""


@dataclass(slots=True, eq=False)
class Record(Buildable):
    """An object with attributes: an argparse.Namespace, a module of torch, or a Network of TensorFlow's programs."""

    kind: str
    state: dict[object, object] = field(default_factory=dict)

    def build(self, state: object) -> None:
        """Set the attributes. Raises DamagedCheckpoint if ``state`` is not a dictionary."""
        if type(state) is not dict:
            raise errors.DamagedCheckpoint(found="an object has attributes of an unusual form")
        self.state = state


# module -> names in it whose values are never looked at
_VALUES: Mapping[str, Sequence[str]] = {
    "builtins": ("bool", "int", "float", "str", "object", "complex", "slice", "range", "bytearray", "Ellipsis"),
    "__builtin__": (
        *("bool", "int", "long", "float", "str", "unicode", "object", "complex", "slice", "xrange", "bytearray"),
        "Ellipsis",
    ),
    "datetime": ("date", "datetime", "time", "timedelta", "timezone"),
    "zoneinfo": ("ZoneInfo", "ZoneInfo._unpickle"),
    "decimal": ("Decimal",),
    "fractions": ("Fraction",),
    "uuid": ("UUID", "SafeUUID"),
    "types": ("SimpleNamespace",),
    "re": ("_compile",),
    "random": ("Random",),
    "array": ("array", "_array_reconstructor"),
    "torch": (
        *(f"{kind}{bits}" for kind, sizes in (("int", (8, 16, 32, 64)), ("uint", (8, 16, 32, 64))) for bits in sizes),
        *("float16", "bfloat16", "float32", "float64", "complex32", "complex64", "complex128", "bool"),
        *("quint8", "qint8", "qint32", "quint4x2", "float8_e4m3fn", "float8_e5m2"),
        *("contiguous_format", "channels_last", "channels_last_3d", "preserve_format"),
        *("strided", "sparse_coo", "per_tensor_affine", "per_channel_affine", "Tensor"),
    ),
    "torch.nn.parameter": ("Parameter", "Buffer"),
    "torch.serialization": ("_get_layout",),
    "torch._utils": (
        "_rebuild_qtensor",
        "_rebuild_sparse_tensor",
        "_rebuild_tensor_v3",
        "_rebuild_meta_tensor_no_storage",
    ),
    "torch.nn.utils.spectral_norm": (
        *("SpectralNorm", "SpectralNormStateDictHook", "SpectralNormLoadStateDictPreHook"),
    ),
    "numpy": (
        *("bool", "bool_", "generic", "number", "str_", "bytes_", "datetime64", "timedelta64", "complex64"),
        *("complex128", "float16", "float32", "float64", "int8", "int16", "int32", "int64"),
        *("uint8", "uint16", "uint32", "uint64"),
    ),
    "numpy.random": ("RandomState", "Generator"),
    "numpy.random._pickle": ("__randomstate_ctor", "__bit_generator_ctor", "__generator_ctor"),
    "numpy.random._mt19937": ("MT19937",),
    "numpy.random._pcg64": ("PCG64", "PCG64DXSM"),
    "numpy.random._philox": ("Philox",),
    "numpy.random._sfc64": ("SFC64",),
    "numpy.random.bit_generator": ("SeedSequence", "__pyx_unpickle_SeedSequence"),
} | {
    module: ("Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath")
    for module in ("pathlib", "pathlib._local")
}

# module of torch.nn.modules -> its classes
_TORCH_MODULES: Mapping[str, Sequence[str]] = {
    "module": ("Module",),
    "container": ("Sequential", "ModuleList", "ModuleDict", "ParameterList", "ParameterDict"),
    "conv": ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
    "linear": ("Linear", "Bilinear", "Identity", "NonDynamicallyQuantizableLinear"),
    "activation": (
        *("ReLU", "ReLU6", "LeakyReLU", "PReLU", "SiLU", "GELU", "ELU", "Mish", "Sigmoid", "Tanh", "Softmax"),
        *("Softmax2d", "LogSoftmax", "Softplus", "Hardtanh", "Hardswish", "Hardsigmoid", "GLU", "MultiheadAttention"),
    ),
    "normalization": ("LayerNorm", "GroupNorm", "LocalResponseNorm", "RMSNorm"),
    "batchnorm": ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"),
    "instancenorm": ("InstanceNorm1d", "InstanceNorm2d"),
    "pooling": ("AvgPool2d", "MaxPool2d", "AdaptiveAvgPool2d", "AdaptiveMaxPool2d"),
    "upsampling": ("Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"),
    "dropout": ("Dropout", "Dropout2d", "AlphaDropout"),
    "padding": ("ZeroPad2d", "ReflectionPad2d", "ReplicationPad2d", "ConstantPad2d"),
    "pixelshuffle": ("PixelShuffle", "PixelUnshuffle"),
    "flatten": ("Flatten", "Unflatten"),
    "fold": ("Fold", "Unfold"),
    "sparse": ("Embedding",),
    "loss": ("L1Loss", "MSELoss", "SmoothL1Loss", "CrossEntropyLoss", "BCELoss", "BCEWithLogitsLoss"),
    "transformer": ("Transformer", "TransformerEncoder", "TransformerEncoderLayer"),
}


def list_globals() -> Iterator[Global]:
    """Yield a Global for each harmless name."""
    for module, names in _VALUES.items():
        for name in names:
            yield Global((module, name), call=_make_inert, new=Inert)
    for module, names in _TORCH_MODULES.items():
        for name in names:
            yield Global((f"torch.nn.modules.{module}", name), new=lambda: Record("Module"))
    for wrapper in (("data_parallel", "DataParallel"), ("distributed", "DistributedDataParallel")):
        yield Global((f"torch.nn.parallel.{wrapper[0]}", wrapper[1]), new=lambda: Record("Module"))
    for name in ("defaultdict", "Counter"):
        yield Global(("collections", name), call=_make_empty_dict, new=dict)
    for other in (("easydict", "EasyDict"), ("munch", "Munch"), ("addict.addict", "Dict")):
        yield Global(other, call=_make_empty_dict, new=dict)
    yield Global(("collections", "deque"), call=_make_empty_list, new=list)
    for builtins in ("builtins", "__builtin__"):
        for name, make in (("list", list), ("dict", dict), ("tuple", tuple)):
            yield Global((builtins, name), new=make)
    yield Global(("torch._tensor", "_rebuild_from_type_v2"), call=rebuild_typed)


def _make_inert(*_: object) -> Inert:
    return Inert()


def _make_empty_dict(*_: object) -> dict[object, object]:
    """Create the dictionary whose items follow as separate instructions, or are not needed."""
    return {}


def _make_empty_list(*_: object) -> list[object]:
    return []


def rebuild_typed(function: object, _: object, arguments: object, __: object = None) -> object:
    """Return the tensor that ``function`` makes of ``arguments``, without its attributes.

    Replaces torch._tensor._rebuild_from_type_v2, which is called for tensors with attributes and for subclasses.
    Raises ForbiddenContent if ``function`` makes anything but a tensor.
    """
    if isinstance(function, Global) and function.call and function.name[0] == "torch._utils":
        made: Callable[..., object] = function.call
        if isinstance(arguments, tuple) and isinstance(tensor := made(*arguments), StoredTensor | Inert):
            return tensor
    raise errors.ForbiddenContent(found="a tensor that something else makes")
