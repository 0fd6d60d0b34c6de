### What the bot says, in English. Every other file in this folder says the same in another language.
###
### The format is Project Fluent (https://projectfluent.org/fluent/guide). A language is a file named after its Discord
### locale, for example fr.ftl or pt-BR.ftl; adding one is adding the file. A key here is used in the code as
### said("the-key", field=...); tests/test_languages.py fails on a key that the code does not use, and on one that a
### language lacks.
###
### English that stands in the code is not repeated here: names and descriptions of commands and options (docstrings in
### bot/commands/), choices, right-click commands, and errors (generator/errors.py, bot/errors.py). Other languages
### translate them under these keys:
###
###   error-<code>                  an error's sentence; _ in a code is written -
###   command-<name>                a command's name, with .description; a subcommand's is command-<group>-<name>
###   option-<name>                 an option's name, with .description; .<command> describes it in that command only
###   choice-<name>                 a choice of an option; letters and digits, everything else is written -
###   menu-<name>                   a right-click command, written likewise
###   trait-<name>                  a trait, with an attribute for each of its values
###
### Numbers are written as they are: a seed never gets thousands separators.

## While a picture is being made

getting-ready = 🖌️ The artist is getting ready…
queued = 🕐 You are **{ $place }** in line{ $eta }.
# ORDINAL gives the ordinal plural category of a number: 1st, 2nd, 3rd, 4th.
place = { ORDINAL($position) ->
    [one] { $position }st
    [two] { $position }nd
    [few] { $position }rd
   *[other] { $position }th
}
# Follows the place at once, so it begins with its own comma.
eta = , about { $wait } to go
seconds = { $n } s
minutes = { $n } min
progress = 🎨 `{ $bar }` { $done }/{ $total }
finishing = 🎨 `{ $bar }` finishing…

## Captions: the words above the recipe line

seed = Seed **{ $seed }**
word = **{ $word }** is seed { $seed }
grid = Seeds, row by row: { $rows }
morph = From { $path }
reduced = -# Made smaller to fit here: { $changes }.
reduced-side = -# Made smaller to fit here: { $side } px instead of { $before } px.
too-late = <@{ $person }>, your picture took longer than Discord waits; here it is.
too-late-sentence = <@{ $person }>, about what you asked for: { $sentence }

## Alt texts: for people who cannot see the picture

alt-waifu = An anime face, seed { $seeds }, drawn by the network { $model }.
alt-grid = A grid of { $count } anime faces, seeds { $seeds }, drawn by the network { $model }.
alt-morph = Anime faces turning into one another, seeds { $seeds }, drawn by the network { $model }.

## Buttons and menus

again = Again
wilder = Wilder
calmer = Calmer
delete = Delete

## /queue and /cancel

queue = { $waiting } waiting, { $running } being drawn.
queue-yours-waiting = Yours is { $place } in line{ $eta }: `{ $line }`
queue-yours-running = Yours is being drawn: `{ $line }`
cancelled-none = You have nothing in the line.
cancelled = { $count ->
    [one] Cancelled your picture.
   *[other] Cancelled your { $count } pictures.
}

## /status

worker-ready = The worker is ready on { $device }, with { $models }; { $starts ->
    [one] it was started once.
   *[other] it was started { $starts } times.
}
worker-starting = The worker is starting; { $starts ->
    [one] it was started once.
   *[other] it was started { $starts } times.
}
worker-down = The worker cannot be started; { $starts ->
    [one] it was tried once.
   *[other] it was tried { $starts } times.
}
memory = Memory: bot { $bot }, worker { $worker }.
speed = { $faces } faces a second, of late; up for { $uptime }.
unknown = unknown
duration = { $days } d { $hours } h { $minutes } min
