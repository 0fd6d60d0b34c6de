"""Every failure that a user may see. Each has a code, fields, and one English sentence that says what to do.

Contains English only; the bot's catalogues translate each error by its code. Standard library only.

GeneratorError
 +- RecipeError            the recipe is wrong, or this model cannot draw it
 |   +- EmptyRecipe, UnknownKind, UnknownOption, RepeatedOption, NotAChoice, BadSeed, SeedTooLong
 |   +- BadValue           LineTooLong, BadFace
 |   +- OutOfRange         TooManyValues, TooManySeeds, WrongStripLength, WrongSeconds, MorphTooShort, NoSuchLayers,
 |   |                     NoSuchFace, TooManyForFormat
 |   +- WrongSeedCount, Conflict, MissingOption, NotInSpace
 |   +- TooManyPixels      TooManyFrames, TooManyFramesOfFaces
 |   +- TooManyFaces, TakesTooLong
 |   +- VectorMissing, VectorMisfit, VectorDamaged, TooManyVectors
 |   +- UnknownModel       ModelGone, ModelReplaced, ModelNotOffered, OtherModel
 |   +- NoTraits, UnknownTrait, UnknownTraitValue, UnknownDirection, NoNoise, NoTransform, FormatMissing
 +- CheckpointError        the file holds no usable network
 |   +- FileMissing        NotAFile
 |   +- NotACheckpoint, UnsupportedNetwork, ForbiddenContent, DamagedCheckpoint, CheckpointTooLarge, OtherShapes
 |   +- MappingLrUnknown
 +- NamesError             it is not known which network a name means
 |   +- DamagedNames, NamesInUse
 +- DownloadError          a network's file could not be fetched
 |   +- DownloadFailed, ByHand, NotAgreed, NoSuchNetwork
 +- RenderError            the picture could not be made
 |   +- OutOfMemory, NoSpace, Cancelled, RenderFailed, NotFinite, NoStamp, CannotWrite, NoStoredFace, NoUsableW
 |   +- CannotFit          TooManyFramesToFit
 |   +- PictureMissing, PictureUnreadable, PictureTooSmall
 |   +- PictureTooLarge    PictureTooManyPixels
 +- EngineError            the worker process is in trouble
 |   +- EngineStarting, EngineDown, PoisonRun, EngineStopped, ProtocolError
 +- SocketUnusable         the bot and a worker in another container cannot meet
 +- ClusterError           there is no cluster to draw with
 |   +- HeadMissing, NoCluster, NoNode, NotAnAddress, PublicAddress, RayMissing, TokenMissing, WrongToken
 +- TrainingError          the training data is unusable, or there is no training run to resume
     +- TooFewPictures, BadData, BadLabels, NoRun, NoReader, NoBackbone, RunInUse, BatchTooLarge, Diverged,
        FixedSetting, TooLittleFits
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar

Field = str | int | float

MAX_FIELD_CHARS = 120  # longer fields are cut, because they quote what a user typed and must not flood a chat
MAX_LIST_CHARS = 1000  # a field that lists what is allowed may be longer, but must fit into a message
MAX_PATH_CHARS = 4096  # no operating system allows longer paths
_LISTS = ("known", "choices")  # the fields that are such lists

# An error's field ``expected`` holds a code that says what should have been given. This table maps each code to its
# English text, which may quote other fields of the error; the bot's catalogues translate it by the code. An error
# raised only by the command line may have English text there instead of a code.
EXPECTED: Mapping[str, str] = {
    "a-number": "a number",
    "a-whole-number": "a whole number",
    "a-short-text": "at most {limit} characters",
    "a-plain-text": "a text without spaces, made only of letters, digits and . _ , : + -",
    "a-trait": "names made of a-z, 0-9, - and _, such as hair=pink",
    "a-model": "the name of a model, such as drawn-4",
    "a-picture": "the {limit} digits that stand for a picture",
    "a-direction": "the name of a direction, such as d1 or hair-pink",
    "a-shift": "how far to the right and how far down, such as 0.1,-0.05",
    "layers": "a layer or a range of layers, such as 5 or 0-3",
    "layers-in-order": "the lower layer first: {low}-{high}",
    "one-seed": "one seed",
    "one-size": "one size",
    "several-seeds": "{low} to {high} seeds",
    "a-mix": "2 seeds, or {low} to {high} coarse seeds and the fine ones as fine=SEED,SEED",
}


class GeneratorError(Exception):
    """The base class of every expected failure. ``str(error)`` is one English line that may be shown to a user."""

    code: ClassVar[str] = "error"
    sentence: ClassVar[str] = "Something went wrong; please try again."
    whole: ClassVar[tuple[str, ...]] = ()  # the fields that are paths, which a terminal shows in full

    def __init__(self, **fields: Field) -> None:
        self.fields = {name: _shorten(name, value, name in self.whole) for name, value in fields.items()}
        shown = _Blanks(self.fields)
        if "expected" in shown:
            shown["expected"] = describe_expected(shown)
        super().__init__(self.sentence.format_map(shown))


class RecipeError(GeneratorError):
    """Raised when a recipe is wrong, or when the model cannot draw it."""


class EmptyRecipe(RecipeError):
    code = "empty_recipe"
    sentence = "The recipe is empty; say what to make, for example: waifu 123 psi=0.7."


class UnknownKind(RecipeError):
    code = "unknown_kind"
    sentence = "'{kind}' is not a kind of picture; choose one of: {known}."


class UnknownOption(RecipeError):
    code = "unknown_option"
    sentence = "'{kind}' has no option '{name}'; its options are: {known}."


class RepeatedOption(RecipeError):
    code = "repeated_option"
    sentence = "The option '{name}' is given twice; keep only one."


class BadValue(RecipeError):
    code = "bad_value"
    sentence = "'{value}' cannot be used for {name}; give {expected}."


class LineTooLong(BadValue):
    code = "line_too_long"
    sentence = "A recipe may be at most {limit} characters long; this one has {length}. Leave something out."


class BadFace(BadValue):
    code = "bad_face"
    sentence = "'{value}' is not a face; write one for example as {example}."


class OutOfRange(RecipeError):
    code = "out_of_range"
    sentence = "{name} must be from {low} to {high}, not {value}."


class TooManyValues(OutOfRange):
    code = "too_many_values"
    sentence = "'{name}' takes at most {limit} values; you gave {given}."


class TooManySeeds(OutOfRange):
    code = "too_many_seeds"
    sentence = "'{name}' takes at most {limit} seeds; you gave {given}."


class WrongStripLength(OutOfRange):
    code = "wrong_strip_length"
    sentence = "A strip can show {low} to {high} frames, not {value}."


class TooManyForFormat(OutOfRange):
    code = "too_many_for_format"
    sentence = "A {format} has at most {high} frames, not {value}; with format=mp4 it may have {most}."


class WrongSeconds(OutOfRange):
    code = "wrong_seconds"
    sentence = "{seconds} seconds at {fps} frames per second are {value} frames; at that speed, {shortest} to {longest} seconds fit."


class MorphTooShort(OutOfRange):
    code = "morph_too_short"
    sentence = "A morph through {seeds} seeds needs at least {low} frames; this one has {value}."


class NoSuchLayers(OutOfRange):
    code = "no_such_layers"
    sentence = "This model has only the layers 0 to {high}, not {value}."


class NoSuchFace(OutOfRange):
    code = "no_such_face"
    sentence = "This picture has the faces {low} to {high}, not {value}."


class NotAChoice(RecipeError):
    code = "not_a_choice"
    sentence = "{name} cannot be '{value}'; choose one of: {choices}."


class BadSeed(RecipeError):
    code = "bad_seed"
    sentence = "A seed is a whole number from 0 to 4294967295, or a word; '{value}' is neither."


class SeedTooLong(RecipeError):
    code = "seed_too_long"
    sentence = "A seed may be at most {limit} characters long; this one has {length}. Choose a shorter word."


class WrongSeedCount(RecipeError):
    code = "wrong_seed_count"
    sentence = "'{kind}' needs {expected}; you gave {given}. For example: {example}."


class Conflict(RecipeError):
    code = "conflict"
    sentence = "Give either {first} or {second}, not both."


class MissingOption(RecipeError):
    code = "missing_option"
    sentence = "'{kind}' needs the option {name}; for example: {example}."


class TooManyPixels(RecipeError):
    code = "too_many_pixels"
    sentence = (
        "{faces} faces are {megapixels} megapixels, and at most {limit} can be drawn at once; {fitting} faces fit."
    )


class TooManyFrames(TooManyPixels):
    code = "too_many_frames"
    sentence = (
        "{frames} frames are {megapixels} megapixels, and at most {limit} can be drawn at once; {fitting} frames fit."
    )


class TooManyFramesOfFaces(TooManyPixels):
    code = "too_many_frames_of_faces"
    sentence = "{frames} frames of {faces} faces are {megapixels} megapixels, and at most {limit} can be drawn at once; {fitting} frames fit."


class TooManyFaces(RecipeError):
    code = "too_many_faces"
    sentence = "{frames} frames of {faces} faces are {total} faces, and an animation has at most {limit}; {fitting} frames fit."


class TakesTooLong(RecipeError):
    code = "takes_too_long"
    sentence = "{frames} frames would take the model {model} about {minutes} minutes, and an animation may take {limit}; {fitting} frames fit."


class NotInSpace(RecipeError):
    code = "not_in_space"
    sentence = "The face {face} has no z, so nothing leads there in the space {space}; leave that out."


class VectorMissing(RecipeError):
    code = "vector_missing"
    sentence = "The face @{digest} is no longer known here; a picture that shows it brings it back: give that to /recipe, or in a shell to --attach."


class VectorMisfit(RecipeError):
    code = "vector_misfit"
    sentence = "The face @{digest} was not made with the model {model}: it has {rows} x {columns} numbers, and that model needs {layers} x {size}; choose the model that made it."


class VectorDamaged(RecipeError):
    code = "vector_damaged"
    sentence = (
        "The face @{digest} is damaged; give an undamaged picture that shows it to /recipe, or in a shell to --attach."
    )


class TooManyVectors(RecipeError):
    code = "too_many_vectors"
    sentence = "A picture may show at most {limit} stored faces; this one would show {given}. Leave some out."


class UnknownModel(RecipeError):
    code = "unknown_model"
    sentence = "There is no model '{model}' here; choose one of: {known}."


class ModelGone(UnknownModel):
    code = "model_gone"
    sentence = "The model {model} is gone from here, so its faces cannot be drawn again; choose another model."


class ModelReplaced(UnknownModel):
    code = "model_replaced"
    sentence = (
        "The file of the model {model} holds another one now, which would draw other faces; choose another model."
    )


class ModelNotOffered(UnknownModel):
    code = "model_not_offered"
    sentence = (
        "The model {model} is not on offer here at the moment; choose another model, or ask for it to be offered."
    )


class OtherModel(UnknownModel):
    code = "other_model"
    sentence = (
        "This picture was drawn by another model than the one that is called {model} here, "
        "so its face cannot be drawn again here."
    )


class NoTraits(RecipeError):
    code = "no_traits"
    sentence = "The model {model} has no traits; leave them out, or choose another model."


class UnknownTrait(RecipeError):
    code = "unknown_trait"
    sentence = "The model {model} has no trait '{trait}'; its traits are: {known}."


class UnknownTraitValue(RecipeError):
    code = "unknown_trait_value"
    sentence = "The trait {trait} cannot be '{value}'; choose one of: {known}."


class UnknownDirection(RecipeError):
    code = "unknown_direction"
    sentence = "The model {model} has no direction '{direction}'; it has {known}."


class NoNoise(RecipeError):
    code = "no_noise"
    sentence = (
        "The model {model} has no noise in these layers, so nothing would vary; choose other layers or another model, "
        "or add by=z for near relatives of the face."
    )


class NoTransform(RecipeError):
    code = "no_transform"
    sentence = (
        "The model {model} cannot turn or shift its pictures; leave out rotate and shift, or choose a StyleGAN3 model."
    )


class FormatMissing(RecipeError):
    code = "format_missing"
    sentence = "The format {format} cannot be made here; choose one of: {known}."


class CheckpointError(GeneratorError):
    """Raised when a file holds no usable network. Every sentence names the file."""


class FileMissing(CheckpointError):
    code = "file_missing"
    sentence = "There is no file {file}; check the path."
    whole = ("file",)


class NotAFile(FileMissing):
    code = "not_a_file"
    sentence = "{file} is {found}, where a file is needed; give the path of a file."


class NotACheckpoint(CheckpointError):
    code = "not_a_checkpoint"
    sentence = "{file} is not a StyleGAN checkpoint: {found}."


class UnsupportedNetwork(CheckpointError):
    code = "unsupported_network"
    sentence = "{file} holds {found}, which is not supported; choose another checkpoint."


class ForbiddenContent(CheckpointError):
    code = "forbidden_content"
    sentence = "{file} was refused: it asks for {found}, which no StyleGAN checkpoint needs and which could run code. Do not trust it."


class DamagedCheckpoint(CheckpointError):
    code = "damaged_checkpoint"
    sentence = "{file} is damaged: {found}. Download it again."


class CheckpointTooLarge(CheckpointError):
    code = "checkpoint_too_large"
    sentence = "{file} was refused: {found}, more than any StyleGAN network needs."


class MappingLrUnknown(CheckpointError):
    code = "mapping_lr_unknown"
    sentence = (
        "{file} does not say the learning-rate multiplier of its mapping, and its weights do not tell it; "
        "give --mapping-lr with the number that it was trained with, mostly 0.01, or convert it with that first."
    )


class OtherShapes(CheckpointError):
    code = "other_shapes"
    sentence = "These two networks cannot be blended, because they differ in {found}; take a network and one that was trained from it."


class NamesError(GeneratorError):
    """Raised when it cannot be found out or written down which network a name means."""


class DamagedNames(NamesError):
    code = "damaged_names"
    sentence = (
        "{file} says which network each name means, and cannot be used: {found}. Restore it from a copy; "
        "if there is none, delete it, and the networks get new names."
    )
    whole = ("file",)


class NamesInUse(NamesError):
    code = "names_in_use"
    sentence = "{file} is kept locked by another process; end that, then try again."
    whole = ("file",)


class DownloadError(GeneratorError):
    """Raised by the command line when a public network cannot be fetched."""

    whole = ("url", "file")


class DownloadFailed(DownloadError):
    code = "download_failed"
    sentence = "{url} was not fetched: {found}."


class ByHand(DownloadError):
    code = "by_hand"
    sentence = (
        "{name} can only be fetched with a browser: open {url}, download the file and put it into {file}; "
        'then this draws with it: waifu render "waifu 7" face.png --model "{file}".'
    )


class NotAgreed(DownloadError):
    code = "not_agreed"
    sentence = "Nothing was fetched; to agree to the licence without being asked, add --yes."


class NoSuchNetwork(DownloadError):
    code = "no_such_network"
    sentence = (
        "'{name}' is neither in the list nor a web address; waifu get shows the list, in which there are {known}."
    )


class RenderError(GeneratorError):
    """Raised when a picture could not be made, written or read."""


class OutOfMemory(RenderError):
    code = "out_of_memory"
    sentence = "There is not enough memory for this picture; ask for something smaller."


class CannotFit(RenderError):
    code = "cannot_fit"
    sentence = (
        "The file cannot be made small enough for the limit of {limit} here; ask for fewer frames or another format."
    )


class TooManyFramesToFit(CannotFit):
    code = "too_many_frames_to_fit"
    sentence = "A file of {frames} frames cannot be made small enough for the limit of {limit} here; about {fitting} frames fit."


class NoSpace(RenderError):
    code = "no_space"
    sentence = "There is no room on the disk here for so many frames at the moment; ask for fewer, or try again later."


class Cancelled(RenderError):
    code = "cancelled"
    sentence = "Cancelled."


class RenderFailed(RenderError):
    code = "render_failed"
    sentence = "The picture could not be made; please try again, and tell the bot's owner this reference if it happens again: {reference}."


class NotFinite(RenderError):
    code = "not_finite"
    sentence = (
        "'{model}' cannot draw this: its numbers grow without bound; "
        "leave out what goes far in the line, or take another model."
    )


class NoStamp(RenderError):
    code = "no_stamp"
    sentence = "{file} contains no recipe; only pictures made here carry one."


class NoStoredFace(RenderError):
    code = "no_stored_face"
    sentence = (
        "{file} holds none of the stored faces that the line names; give a picture that shows them, or a .vector file."
    )


class NoUsableW(RenderError):
    code = "no_usable_w"
    sentence = "{file} holds no w that can be used: {found}."


class PictureMissing(RenderError):
    code = "picture_missing"
    sentence = "The picture to look for is no longer here, because uploads are not kept; show it again."


class PictureUnreadable(RenderError):
    code = "picture_unreadable"
    sentence = "This file is no picture that can be read here: give a whole PNG, JPEG, WebP or GIF file."


class PictureTooSmall(RenderError):
    code = "picture_too_small"
    sentence = "This picture is only {width} x {height} pixels, too few to see a face; give one with at least {least} pixels on each side."


class PictureTooLarge(RenderError):
    code = "picture_too_large"
    sentence = "This picture is too large: its file may have at most {limit} MB; give a smaller copy."


class PictureTooManyPixels(PictureTooLarge):
    code = "picture_too_many_pixels"
    sentence = (
        "This picture has {megapixels} megapixels, and at most {limit} can be looked at; give a smaller copy of it."
    )


class CannotWrite(RenderError):
    code = "cannot_write"
    sentence = "{file} could not be written: {reason}."
    whole = ("file",)


class EngineError(GeneratorError):
    """Raised when the worker process is unavailable or has failed."""


class EngineStarting(EngineError):
    code = "engine_starting"
    sentence = "The artist is still getting ready; please try again in a moment."


class EngineDown(EngineError):
    code = "engine_down"
    sentence = "The artist is not available right now; please try again in a few minutes."


class PoisonRun(EngineError):
    code = "poison_run"
    sentence = "This request made the artist crash twice, so it was given up; please try something a little different."


class EngineStopped(EngineError):
    code = "engine_stopped"
    sentence = "The bot is shutting down; please ask again in a few minutes."


class ProtocolError(EngineError):
    code = "protocol_error"
    sentence = "The bot and its worker did not understand each other ({found}); please try again."


class SocketUnusable(GeneratorError):
    """Raised when the bot and a worker in another container cannot meet."""

    code = "socket_unusable"
    sentence = "The socket {file} cannot be used: {reason}."
    whole = ("file",)


class ClusterError(GeneratorError):
    """Raised when this machine cannot be part of a cluster, or cannot use one."""


class RayMissing(ClusterError):
    code = "ray_missing"
    sentence = "A cluster needs the package ray, which is there for Linux only: pip install 'waifubot[cluster]'."


class HeadMissing(ClusterError):
    code = "head_missing"
    sentence = "No head of a cluster answers at {address}; start it there with: waifu cluster up."


class NoCluster(ClusterError):
    code = "no_cluster"
    sentence = "This machine is in no cluster with a head at {address}; start its part with: waifu cluster up --join {address}."


class NoNode(ClusterError):
    code = "no_node"
    sentence = "No part of a cluster runs in {folder}; name the --folder that 'waifu cluster up' was given."
    whole = ("folder",)


class NotAnAddress(ClusterError):
    code = "not_an_address"
    sentence = "'{value}' is no address of a machine; give it in numbers, such as 10.0.0.1."


class PublicAddress(ClusterError):
    code = "public_address"
    sentence = "Other networks reach {address}, and whoever reaches Ray's ports may get to execute programs there; give an address in a private network."


class TokenMissing(ClusterError):
    code = "token_missing"
    sentence = (
        "The token of the cluster is missing: copy {file} from the head to this machine, readable for its user only."
    )
    whole = ("file",)


class WrongToken(ClusterError):
    code = "wrong_token"
    sentence = "The head at {address} has another token than this machine; copy its file here, which is ~/.ray/auth_token unless RAY_AUTH_TOKEN_PATH names one."


class TrainingError(GeneratorError):
    """Raised when the training data cannot be used, or when there is no training run to resume."""


class TooFewPictures(TrainingError):
    code = "too_few_pictures"
    sentence = "{folder} holds {found} pictures that can be read, and training needs at least {fewest}; add more, a few hundred to begin with."


class BadData(TrainingError):
    code = "bad_data"
    sentence = "{file} cannot be used as training pictures: {found}."
    whole = ("file",)


class BadLabels(TrainingError):
    code = "bad_labels"
    sentence = "The labels in {file} cannot be used: {found}; correct the file, or train without labels: --labels none."


class NoRun(TrainingError):
    code = "no_run"
    sentence = "{folder} holds no training run that can be resumed: {found}."
    whole = ("folder",)


class NoReader(TrainingError):
    code = "no_reader"
    sentence = "There is no reader of the artist '{artist}' here yet, and nothing else tells which traits a portrait shows; teach one: waifu evaluate --artist {artist} --teach {file}."
    whole = ("file",)


class NoBackbone(TrainingError):
    code = "no_backbone"
    sentence = "There is no network of photos here to measure with: install torchvision, and put the weights of one of its networks ({known}) into {folder}; or measure with --features random."
    whole = ("folder",)


class RunInUse(TrainingError):
    code = "run_in_use"
    sentence = "Another process trains in {folder}; wait until it ends, or stop it first."
    whole = ("folder",)


class BatchTooLarge(TrainingError):
    code = "batch_too_large"
    sentence = "There is too little memory to train on a batch of {batch} pictures, even in {pieces} pieces; choose a smaller --batch or --resolution, or a larger --accumulate."


class Diverged(TrainingError):
    code = "diverged"
    sentence = "After {seen} pictures the weights of {folder} are no numbers any more; it goes on from its last save with --resume and a smaller --lr."
    whole = ("folder",)


class FixedSetting(TrainingError):
    code = "fixed_setting"
    sentence = "{name} cannot be changed while a run is resumed: {reason}; leave it out, or begin a new run."


class TooLittleFits(TrainingError):
    code = "too_little_fits"
    sentence = "Only {copied} of the {total} parameters of {file} ({percent} %) fit the networks of this run, so training would begin almost from nothing; leave out the options for sizes to take the file's, or begin all the same with --partial."
    whole = ("file",)


class _Blanks(dict[str, Field]):
    """The fields that fill the blanks in a sentence.

    A field may be missing because an older or newer version sent the error; it is then shown as an ellipsis.
    """

    def __missing__(self, name: str) -> str:
        return "…"


def describe_expected(fields: Mapping[str, Field]) -> str:
    """Return the English text for an error's field ``expected``. Text that is not a key of EXPECTED is returned as is."""
    expected = str(fields["expected"])
    return EXPECTED[expected].format_map(_Blanks(fields)) if expected in EXPECTED else expected


def _shorten(name: str, value: Field, is_path: bool) -> Field:
    if not isinstance(value, str):
        return value
    printable = "".join(c if c.isprintable() else " " for c in value)
    if is_path:
        return printable[:MAX_PATH_CHARS]
    line = " ".join(printable.split())
    limit = MAX_LIST_CHARS if name in _LISTS else MAX_FIELD_CHARS
    return line if len(line) <= limit else line[: limit - 1] + "…"


def all_errors(base: type[GeneratorError] = GeneratorError) -> Iterator[type[GeneratorError]]:
    """Yield every subclass of ``base`` that defines a code, depth first."""
    for child in base.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from all_errors(child)


def from_wire(code: str, fields: Mapping[str, Field]) -> GeneratorError:
    """Rebuild an error from the code and fields of a Failed message. An unknown code gives a RenderFailed."""
    for error in all_errors():
        # The bot also defines errors, but a worker may not send those.
        if error.code == code and error.__module__ == __name__:
            return error(**fields)
    return RenderFailed(reference=str(fields.get("reference", code)))
