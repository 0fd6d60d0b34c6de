"""Defines the bot's errors, each with its code and English sentence.

Does not show or translate them. They extend the class tree of generator.contract.errors:

GeneratorError
 +- Refused            the bot refuses a person's request before doing any work
 |   +- QueueFull, PersonFull, ServerFull, TooFast, TooLate, TakesTooLongHere, NotHere, RecipeTooLong, BadTraits
 |   +- NoRecipe, NotYours, AmbiguousTrait, UnclearTrait, TraitTwice, NotYourPanel, NoStepBack, OnlyYouHere
 |   +- CommandChanged, CommandMoved, AlreadyStreaming, StreamsFull, AllStreamsFull, StreamsOff, NeverBegan
 |   +- NotForServers, NotForPeople, Interrupted, NotYourStream, ServersOnly, NotYourServer
 |   +- NoRecipeHere, ManyFaces, OneDirection, EqualFrames, FileTooLarge
 |   +- StateAway, CollectionFull, TheirCollectionFull, AlreadyKept, NotKept, CollectionHidden, NotYourCollection
 |   +- GiftGone, NotYourGift, GiftToBot, GiftToYourself, OnlyYourself
 |   +- NoSuchMoment, DialogGone, NothingToChange, ChangedTwice, NoSeedToChange
 |   +- FileUnreachable, FilesUnread, NotAllowed, ThreadClosed, Filtered, NotAccepted
 |   +- NoPictureHere, PictureUnreachable, UploadForgotten
 +- Unexpected         a bug; the log has the details under the reference that the person sees
 +- CannotStart        the bot prints one sentence and exits with exit_code
     +- BadSettings, NoToken, WrongToken, WorkerRefused, DiscordUnreachable, DiscordRefused, DiscordClosed, GatewayLost
     +- InvalidShard, ShardingRequired, OldApiVersion, InvalidIntents, DisallowedIntents
     +- StateTooNew, StateInUse, ShardInUse, DatabaseRefused, NothingToMove, BotFailed
"""

# ruff: noqa: D101 - the sentence of an error is its documentation

import hashlib
import logging
import secrets
from typing import ClassVar

from generator.contract.errors import Field, GeneratorError

log = logging.getLogger(__name__)


class Refused(GeneratorError):
    """Raised when the bot refuses a person's request before doing any work."""


class QueueFull(Refused):
    code = "queue_full"
    sentence = "The queue is full ({limit} requests are waiting); please try again in a minute."


class PersonFull(Refused):
    code = "person_full"
    sentence = "You already have {limit} pictures in the queue; wait for one of them, or use /waifubot cancel."


class ServerFull(Refused):
    code = "server_full"
    sentence = "This server already has {limit} pictures in the queue; please try again in a minute."


class TooFast(Refused):
    code = "too_fast"
    sentence = "You have asked for {limit} pictures within a minute; the next one is possible in {seconds} s."


class RecipeTooLong(Refused):
    code = "recipe_too_long"
    sentence = "The request makes a recipe of {length} characters, and {limit} fit; leave out some traits or faces."


class TakesTooLongHere(Refused):
    code = "takes_too_long_here"
    sentence = (
        "Drawing this takes longer than Discord waits for an answer here; ask for fewer frames, "
        "or ask in a server that the bot has joined, with private:no."
    )


class TooLate(Refused):
    code = "too_late"
    sentence = (
        "The queue is so long that Discord would stop waiting before your picture is drawn; please try again later."
    )


class NotHere(Refused):
    code = "not_here"
    sentence = "The bot's owner keeps this channel free of pictures; please use another one."


class BadTraits(Refused):
    code = "bad_traits"
    sentence = "'{value}' is not a trait; write traits like this: hair: pink, glasses: round."


class AmbiguousTrait(Refused):
    code = "ambiguous_trait"
    sentence = "'{value}' may mean different things here; write for example {choices}."


class UnclearTrait(Refused):
    code = "unclear_trait"
    sentence = "'{value}' is not a trait here; did you mean {choices}?"


class TraitTwice(Refused):
    code = "trait_twice"
    sentence = "The trait {trait} is given twice, as '{value}' and as '{other}'; keep only one."


class NoRecipe(Refused):
    code = "no_recipe"
    sentence = (
        "This message no longer contains a recipe, so its buttons and menus cannot tell what to make; use a command."
    )


class NoStepBack(Refused):
    code = "no_step_back"
    sentence = "A step back works for a day; the earlier picture of this message is no longer known."


class NoRecipeHere(Refused):
    code = "no_recipe_here"
    sentence = "This message contains no recipe; choose a message with a picture that was made here."


class ManyFaces(Refused):
    code = "many_faces"
    sentence = "This picture shows several faces; pick one of them from the menu under it first."


class NoSuchMoment(Refused):
    code = "no_such_moment"
    sentence = (
        "'{value}' is no moment of this animation; give a frame from 1 to {high}, or how far into it, such as 50 %."
    )


class DialogGone(Refused):
    code = "dialog_gone"
    sentence = "This dialog is too old, so its picture is no longer known; open it again from the picture."


class NothingToChange(Refused):
    code = "nothing_to_change"
    sentence = "Say what to change, for example: hair: blue, no glasses, turn: 2."


class ChangedTwice(Refused):
    code = "changed_twice"
    sentence = "'{name}' is given twice; keep only one."


class NoSeedToChange(Refused):
    code = "no_seed_to_change"
    sentence = "This face is stored without its seed, so its traits stay; change a direction, such as d1: 0.75."


class OneDirection(Refused):
    code = "one_direction"
    sentence = "Choose exactly one direction from the menus."


class EqualFrames(Refused):
    code = "equal_frames"
    sentence = (
        "Every frame would be the same; choose another seed or other traits, and a wildness and an amount other than 0."
    )


class FileTooLarge(Refused):
    code = "file_too_large"
    sentence = "{file} is larger than {limit}; pictures that were made here are smaller."


class FileUnreachable(Refused):
    code = "file_unreachable"
    sentence = "{file} could not be fetched from Discord in time; save it and give it to /recipe."


class FilesUnread(Refused):
    code = "files_unread"
    sentence = (
        "Only the first {limit} of the {count} files were read, and none of them contains a recipe; "
        "give the right one to /recipe."
    )


class NoPictureHere(Refused):
    code = "no_picture_here"
    sentence = "This message shows no picture; choose one that does, or give a picture to /like."


class PictureUnreachable(Refused):
    code = "picture_unreachable"
    sentence = "This picture could not be fetched from Discord; please upload it again, and give it to /like."


class UploadForgotten(Refused):
    code = "upload_forgotten"
    sentence = (
        "I was restarted before I found a face, and I keep no pictures that people show me; "
        "please show me yours once more in a moment."
    )


class NotAllowed(Refused):
    code = "not_allowed"
    sentence = (
        "Discord does not allow the bot to answer here; a moderator can give it the permissions "
        "View Channel, Send Messages and Attach Files."
    )


class ThreadClosed(Refused):
    code = "thread_closed"
    sentence = "This thread is archived or locked, so the bot cannot answer here; open it again, or ask elsewhere."


class Filtered(Refused):
    code = "filtered"
    sentence = "The filters of this server (AutoMod) or of Discord rejected the answer; please ask elsewhere."


class NotAccepted(Refused):
    code = "not_accepted"
    sentence = "Discord did not accept the answer here (error {number}); please try again, or ask elsewhere."


class NotYours(Refused):
    code = "not_yours"
    sentence = "Only the person who asked for this picture, or a moderator, can delete it."


class OnlyYouHere(Refused):
    code = "only_you_here"
    sentence = (
        "On this server only you see the answers of apps that you brought along, so the picture cannot be posted here; "
        "a moderator can allow it (permission Use External Apps) or add the bot to the server."
    )


class NotYourPanel(Refused):
    code = "not_your_panel"
    sentence = "Only the person who opened this panel can use it; open your own with /make."


class CommandChanged(Refused):
    code = "command_changed"
    sentence = (
        "This command has changed, and your Discord still shows the old one; reload Discord (Ctrl+R) and try again."
    )


class CommandMoved(Refused):
    code = "command_moved"
    sentence = "This command is now /waifubot {moved}; if your Discord does not show it yet, reload it (Ctrl+R)."


class AlreadyStreaming(Refused):
    code = "already_streaming"
    sentence = (
        "You already have a stream running; stop it with its Stop button or with /waifubot cancel, then start another."
    )


class StreamsFull(Refused):
    code = "streams_full"
    sentence = "This server already has {limit} streams running; please try again when one of them has ended."


class AllStreamsFull(Refused):
    code = "all_streams_full"
    sentence = (
        "The bot already shows {limit} streams, in all servers together; please try again when one of them has ended."
    )


class StreamsOff(Refused):
    code = "streams_off"
    sentence = "The bot's owner has turned streams off; use /waifu to get one face at a time."


class NeverBegan(Refused):
    code = "never_began"
    sentence = (
        "The artist was busy with other requests the whole time, so this stream never began; please try again later."
    )


class Interrupted(Refused):
    code = "interrupted"
    sentence = "I was restarted before I could answer; please ask again."


class NotYourStream(Refused):
    code = "not_your_stream"
    sentence = "Only the person who started this stream, or a moderator, can stop it."


class ServersOnly(Refused):
    code = "servers_only"
    sentence = "This chat is not on a server; with /waifubot settings you can choose for yourself."


class NotYourServer(Refused):
    code = "not_your_server"
    sentence = (
        "Only people with the permission Manage Server can choose for this server; "
        "with /waifubot settings you can choose for yourself."
    )


class NotForServers(Refused):
    code = "not_for_servers"
    sentence = "Everybody chooses {name} for themselves; leave out the option whose."


class NotForPeople(Refused):
    code = "not_for_people"
    sentence = "Only a server can have {name}; choose server for the option whose."


class StateAway(Refused):
    code = "state_away"
    sentence = "The bot's memory cannot be reached right now, so nothing was changed; please try again in a minute."


class CollectionFull(Refused):
    code = "collection_full"
    sentence = "Your collection is full: it holds {limit} faces; remove one with /collection, then try again."


class TheirCollectionFull(Refused):
    code = "their_collection_full"
    sentence = "Their collection is full, so they could not take the face; it stays with you."


class AlreadyKept(Refused):
    code = "already_kept"
    sentence = "This face is in your collection already, as number {number}."


class NotKept(Refused):
    code = "not_kept"
    sentence = "This face is no longer in the collection; use /collection to see what is there."


class CollectionHidden(Refused):
    code = "collection_hidden"
    sentence = "This person keeps their collection to themselves."


class NotYourCollection(Refused):
    code = "not_your_collection"
    sentence = "Only its owner can change a collection; use /collection to see your own."


class GiftGone(Refused):
    code = "gift_gone"
    sentence = "This gift is no longer there: it was accepted or taken back, or its 7 days are over."


class NotYourGift(Refused):
    code = "not_your_gift"
    sentence = "This gift is for somebody else."


class GiftToBot(Refused):
    code = "gift_to_bot"
    sentence = "A bot cannot collect faces; choose a person."


class GiftToYourself(Refused):
    code = "gift_to_yourself"
    sentence = "This face is yours already; choose somebody else."


class OnlyYourself(Refused):
    code = "only_yourself"
    sentence = "Only the person who asked can use this button; what the bot keeps of you, only you can delete."


class Unexpected(GeneratorError):
    """Raised after a bug; the log has the details under the reference that the person sees."""

    code = "unexpected"
    sentence = (
        "Something went wrong here; please try again, and tell the bot's owner this reference if it happens again: "
        "{reference}."
    )


def reference_of(interaction: int) -> str:
    """Return the reference of an interaction: eight hex digits that appear in the log and in the error sentence."""
    return hashlib.sha256(str(interaction).encode()).hexdigest()[:8]


def unexpected(doing: str, reference: str | None = None) -> Unexpected:
    """Log the current exception under a reference, and return an error that shows the reference to the person.

    ``doing`` says what the bot was doing; it appears in the log only.
    """
    reference = reference or secrets.token_hex(4)
    log.exception("reference %s: %s", reference, doing)
    return Unexpected(reference=reference)


class CannotStart(GeneratorError):
    """Raised to end the bot with ``exit_code``, after one sentence on stderr."""

    exit_code: ClassVar[int] = 1

    def __init__(self, **fields: Field) -> None:
        super().__init__(**fields)
        # Unlike other errors, this one does not shorten its fields, because the owner needs to see long paths in full.
        self.args = (" ".join(self.sentence.format(**fields).split()),)


class BadSettings(CannotStart):
    code = "bad_settings"
    sentence = "The setting {setting} in {place} is wrong: {problem}."
    exit_code = 2


class NoToken(CannotStart):
    code = "no_token"
    sentence = (
        "There is no Discord token: put it in the variable WAIFUBOT_TOKEN, or name a file that holds it in token_file."
    )
    exit_code = 3


class WrongToken(CannotStart):
    code = "wrong_token"
    sentence = "Discord refused the token; reset it on your application's page (Bot, Reset Token) and copy the new one."
    exit_code = 4


class WorkerRefused(CannotStart):
    code = "worker_refused"
    sentence = "{reason}"
    exit_code = 5


class DiscordUnreachable(CannotStart):
    code = "discord_unreachable"
    sentence = "Discord cannot be reached at {address}; check the network connection."
    exit_code = 6


class DiscordRefused(CannotStart):
    code = "discord_refused"
    sentence = "Discord answered the login with an error ({status}); try again in a few minutes."
    exit_code = 6


class DiscordClosed(CannotStart):
    code = "discord_closed"
    sentence = "Discord closed the connection (close code {close_code}); start the bot again."
    exit_code = 7


class GatewayLost(CannotStart):
    code = "gateway_lost"
    sentence = (
        "Discord's gateway has not come back for {seconds} s; "
        "start the bot again (a service manager does so by itself)."
    )
    exit_code = 8


class StateTooNew(CannotStart):
    code = "state_too_new"
    sentence = (
        "{file} was written by a newer version of the bot (its tables have version {found}, this one knows {known}); "
        "start the newer one, or move the file away."
    )
    exit_code = 9


class StateInUse(CannotStart):
    code = "state_in_use"
    sentence = (
        "Another bot of this application is running on {folder} and has not left; "
        "stop it, or give this one another state_dir."
    )
    exit_code = 10


class ShardInUse(CannotStart):
    code = "shard_in_use"
    sentence = (
        "Another process of this bot holds one of the shards {shards} in {place} and has not left; "
        "stop it, or give this one other shards."
    )
    exit_code = 10


class DatabaseRefused(CannotStart):
    code = "database_refused"
    sentence = (
        "The database {place} cannot be used ({reason}); check database_url, and the password in "
        "database_password_file or the variable WAIFUBOT_DATABASE_PASSWORD."
    )
    exit_code = 16


class NothingToMove(CannotStart):
    code = "nothing_to_move"
    sentence = "Nothing was moved: {problem}."
    exit_code = 2


class InvalidShard(CannotStart):
    code = "invalid_shard"
    sentence = (
        "Discord does not know one of the shards that this process claims to be (close code 4010); "
        "correct the setting shards, or leave it empty."
    )
    exit_code = 11


class ShardingRequired(CannotStart):
    code = "sharding_required"
    sentence = (
        "This bot is on so many servers that Discord requires more shards (close code 4011); "
        "give the setting shards more in all its processes, or leave it empty."
    )
    exit_code = 12


class OldApiVersion(CannotStart):
    code = "old_api_version"
    sentence = (
        "Discord no longer speaks this version of its gateway (close code 4012); "
        "install a newer discord.py, or a newer version of the bot."
    )
    exit_code = 13


class InvalidIntents(CannotStart):
    code = "invalid_intents"
    sentence = (
        "Discord does not know the intents {intents} that this bot asks for (close code 4013); "
        "install a newer discord.py, or a newer version of the bot."
    )
    exit_code = 14


class DisallowedIntents(CannotStart):
    code = "disallowed_intents"
    sentence = (
        "Discord does not allow this bot the intents {intents} (close code 4014); "
        "allow them on your application's page (Bot, Privileged Gateway Intents)."
    )
    exit_code = 15


class BotFailed(CannotStart):
    """Raised after a bug that ends the whole bot; the log has the details under the reference."""

    code = "bot_failed"
    sentence = (
        "Something unexpected ended the bot ({problem}); please report it with what the log says under {reference}."
    )
