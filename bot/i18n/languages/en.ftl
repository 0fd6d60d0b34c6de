### The bot's texts in English. Every other file in this folder has the same texts in another language.
###
### The format is Project Fluent (https://projectfluent.org/fluent/guide). A language is a file named after its Discord
### locale, for example fr.ftl or pt-BR.ftl; to add one, add the file. The code uses a key as t("the-key", field=...).
### tests/bot/test_languages.py fails on a key that the code does not use, and on one that a language lacks.
###
### English that stands in the code is not repeated here: names and descriptions of commands and options (docstrings in
### bot/commands/), choices, right-click commands, and errors (generator/contract/errors.py, bot/errors.py). Other languages
### translate them under these keys:
###
###   error-<code>                  an error's sentence; _ in a code is written -
###   expected-<code>               what an error expects: a row of EXPECTED in generator/contract/errors.py
###   command-<name>                a command's name, with .description; a subcommand's is command-<group>-<name>
###   option-<name>                 an option's name, with .description; .<command> describes it in that command only
###   choice-<name>                 a choice of an option; letters and digits, everything else is written -
###   menu-<name>                   a right-click command, written likewise
###   trait-<name>                  a trait, with an attribute for each of its values
###   direction-<name>              a direction that no trait names, such as turn
###   former-trait-<name>           words of an earlier version that people may still type, with | between several
###   also-trait-<name>             further words that people may type, likewise; English has these, too
###   also-moved-<name>             words that people may type for the ends of a direction: moved-<name> says what they are
###
### DIVIDE($number, by) divides for languages that count in other units. Numbers are written as they are: a seed never gets
### thousands separators.

## While a picture is being made

getting-ready = 🖌️ The artist is getting ready…
queued = 🕐 You are **{ $place }** in the queue{ $eta }.
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
progress = 🎨 `{ $bar }` { $done }/{ $total }{ $eta }
finishing = 🎨 `{ $bar }` finishing…
like-searching = 🔎 `{ $bar }` looking for the face most like your picture…
like-first-look = A first look: your picture is on the left, and the face on the right is still getting more like it.

## Captions: the words above the recipe line

waifu = Seed { $seed }
like = The face most like your picture
waifu-stored = Face { $seed }
grid = { $count ->
    [1] Seed { $seed }
   *[other] { $count } faces from { $seed } on
}
grid-psis =
    { $count ->
        [1] Seed { $seed }
       *[other] { $count } faces from { $seed } on
    }
    From left to right wildness { $psis }: 0 is the average face, above 1 is wild
grid-named = { $count } faces: { $seeds }
grid-named-psis =
    { $count } faces: { $seeds }
    From left to right wildness { $psis }: 0 is the average face, above 1 is wild
morph = From { $path }
morph-self = { $seed }, changing
mix = The shape of { $coarse } with the colours of { $fine }
mix-layers = Layers { $layers } of { $coarse }, all others of { $fine }
mix-table =
    Each row has the shape of its seed: { $coarse }
    Each column has the colours of its seed: { $fine }
mix-table-layers =
    Each row has layers { $layers } of its seed: { $coarse }
    Each column has all other layers of its seed: { $fine }
vary = { $layers ->
    [coarse] { $seed } nine times; only the larger random details differ
    [fine] { $seed } nine times; only the finest random details differ
   *[other] { $seed } nine times; only the random details differ
}
vary-moving = { $layers ->
    [coarse] { $seed } with other random details in every frame, the larger ones
    [fine] { $seed } with other random details in every frame, the finest ones
   *[other] { $seed } with other random details in every frame
}
vary-z =
    { $seed } first, then eight near relatives
    -# A model that draws random details keeps the face and varies only those.
vary-z-moving =
    { $seed } becoming one near relative after another
    -# A model that draws random details keeps the face and varies only those.
psi = { $seed } from wildness { $first } to { $last }: 0 is the average face, above 1 is wild
edit = { $seed } moved by { $amount } towards **{ $change }**
edit-away = { $seed } moved by { $amount } away from **{ $direction }**
edit-strip = { $seed }, from { $least } to { $most } along **{ $direction }**
edit-moving = { $seed }, from { $least } to { $most } along **{ $direction }** and back
edit-chart = What each of **{ $direction }** does to { $seed }, from { $least } to { $most }; give one of them to /edit as its direction
# How a still edit changes a face: along a trait's value, or along a direction without one.
change-to = { $trait }: { $value }
change-along = { $direction }
# A face that is made of others is named by the seeds that it begins with; in a long name … stands for the rest.
made-near = { $face } (a relative)
made-move = { $face } (changed)
made-noise = { $face } (other details)
made-mix = { $first } + { $second }
made-between = { $first } / { $second }
made-long = { $face } (…)
# Lines of their own, below the others.
with-traits = With { $traits }
with-last-traits = In the end { $traits }
reduced = -# Made smaller to fit here: { $changes }.
reduced-side = -# Made smaller to fit here: { $side } px instead of { $before } px.
too-late = <@{ $person }>, your picture took longer than Discord waits; here it is.
elsewhere = <@{ $person }>, Discord did not take your picture in its own message; here it is.
restarting = 🕐 The bot is being restarted; your picture comes in a moment.
too-late-sentence = <@{ $person }>, about your request: { $sentence }
like-found = On the right is the face most like your picture that { $model } can draw
like-far = On the right is the face most like your picture that { $model } can draw; it has learnt to draw other faces, so it comes no nearer
like-private = { post } shows the face alone. I have already forgotten your picture.
like-first-of = There are { $count } pictures in that message, and this is for the first; you can give any of the others to /like.
like-made-here = This picture was made here, so there is nothing to look for: this is exactly what it shows.

## What a face looks like, in a few words: "aqua bob, wink, cat ears". $word is the value as the language calls it.

comma = {", "}
look-tone = { $value ->
   *[other] { $word }
}
look-hair = { $tone } hair
look-hairdo = { $value ->
    [short] short { $tone } hair
    [long] long { $tone } hair
    [wavy] wavy { $tone } hair
    [curly] curly { $tone } hair
    [spiky] spiky { $tone } hair
    [half-up] half-up { $tone } hair
    [pixie] { $tone } pixie cut
    [drills] { $tone } drill curls
    [wolf] { $tone } wolf cut
   *[other] { $tone } { $word }
}
look-back-hair = { $value ->
    [short] short hair
    [long] long hair
    [wavy] wavy hair
    [curly] curly hair
    [spiky] spiky hair
    [half-up] half-up hair
    [pixie] pixie cut
    [drills] drill curls
    [wolf] wolf cut
   *[other] { $word }
}
look-expression = { $value ->
    [open] laughing
    [cat] cat smile
    [neutral] calm
    [closed] smiling with closed eyes
   *[other] { $word }
}
look-accessory = { $value ->
    [none] nothing in the hair
    [flower] flower in the hair
    [clip] hair clip
    [maid] maid headband
   *[other] { $word }
}
look-glasses = { $value ->
    [none] no glasses
    [half-rim] half-rim glasses
    [cat-eye] cat-eye glasses
    [shades] sunglasses
    [monocle] monocle
   *[other] { $word } glasses
}
look-ears = { $value ->
   *[other] { $word } ears
}
look-second-eye = { $value ->
    [same] both eyes alike
   *[other] one { $word } eye
}
look-pupils = { $value ->
    [star] star-shaped pupils
    [ring] ring-shaped pupils
   *[other] { $word } pupils
}
look-mark = { $value ->
    [none] no mark on the face
    [mole] beauty mark
    [lines] whisker marks
    [plaster] plaster on the cheek
    [heart] heart on the cheek
   *[other] { $word }
}
look-eyes = { $value ->
   *[other] { $word } eyes
}
look-clothes = { $value ->
    [sailor] sailor uniform
    [gothic] gothic dress
    [fur] coat with a fur collar
    [idol] idol outfit
   *[other] { $word }
}
look-dye = { $value ->
    [none] no dyed strands
    [tips] dyed tips
    [streak] dyed streak
    [inner] hair dyed underneath
   *[other] { $word }
}
look-earrings = { $value ->
    [none] no earrings
    [stud] ear studs
    [drop] drop earrings
    [hoop] hoop earrings
   *[other] { $word }
}
look-bangs = { $value ->
    [one-eye] bangs over one eye
   *[other] { $word } bangs
}
look-eye-shape = { $value ->
    [almond] almond-shaped eyes
   *[other] { $word } eyes
}
look-skin = { $value ->
    [warm] warm-toned skin
    [tan] tanned skin
    [deep] dark skin
   *[other] { $word } skin
}
look-face = { $value ->
    [child] youthful face
    [heart] heart-shaped face
   *[other] { $word } face
}
look-style = { $value ->
   *[other] { $word } look
}
look-background = { $value ->
    [circle] a ring behind
    [stars] starry sky
    [blossom] cherry blossoms
    [bokeh] blurred lights
    [window] by a window
    [books] bookshelves behind
    [plain] plain background
    [gradient] gradient background
    [dots] dotted background
    [stripes] striped background
   *[other] { $word } behind
}
look-time = { $value ->
    [day] by day
    [morning] in the morning
    [evening] in the evening
    [night] at night
   *[other] { $word }
}
look-shading = { $value ->
    [cel] cel shading
    [soft] soft shading
    [retro] retro shading
   *[other] { $word } shading
}
alt-look = { $look }.

## Which way a face is moved from what it was; left and right as one sees it in the picture

moved-turn = { $end ->
    [less] head turned to the left
   *[more] head turned to the right
}
moved-nod = { $end ->
    [less] looking up
   *[more] looking down
}
moved-tilt = { $end ->
    [less] head tilted to the left
   *[more] head tilted to the right
}
moved-gaze = { $end ->
    [less] eyes to the left
   *[more] eyes to the right
}
moved-mouth-curve = { $end ->
    [less] smiling less
   *[more] smiling more
}
moved-eye-opening = { $end ->
    [less] eyes half closed
   *[more] eyes open wide
}
moved-eye-size = { $end ->
    [less] smaller eyes
   *[more] larger eyes
}
moved-brow = { $end ->
    [less] worried brows
   *[more] stern brows
}
moved-blush = { $end ->
    [less] paler cheeks
   *[more] redder cheeks
}
moved-back-length = { $end ->
    [less] shorter hair
   *[more] longer hair
}
moved-wind = { $end ->
    [less] hair blown to the left
   *[more] hair blown to the right
}
moved-light-side = { $end ->
    [less] light from the left
   *[more] light from the right
}

## Alt texts: for people who cannot see the picture

alt-waifu = An anime face, seed { $seed }, drawn by the model { $model }.
alt-like = An uploaded picture on the left, and on the right the anime face most like it that the model { $model } can draw.
alt-waifu-stored = An anime face, stored as { $seed }, drawn by the model { $model }.
alt-grid = A grid of { $count } anime faces, from seed { $seed } on, drawn by the model { $model }.
alt-grid-psis = The same { $count } anime faces at wildness { $psis } side by side, from seed { $seed } on, drawn by the model { $model }.
alt-grid-named = A grid of { $count } anime faces: { $seeds }. Drawn by the model { $model }.
alt-grid-named-psis = The same { $count } anime faces at wildness { $psis } side by side: { $seeds }. Drawn by the model { $model }.
alt-morph = Anime faces turning into one another, seeds { $seeds }, drawn by the model { $model }.
alt-morph-self = The anime face of seed { $seed }, changing, drawn by the model { $model }.
alt-mix = An anime face with the shape of seed { $coarse } and the colours of seed { $fine }, drawn by the model { $model }.
alt-mix-layers = An anime face mixed from seed { $coarse } in layers { $layers } and seed { $fine } in all others, drawn by the model { $model }.
alt-mix-table = A table of anime faces: seeds { $coarse } down the side give the shape, seeds { $fine } along the top the colours. Drawn by the model { $model }.
alt-mix-table-layers = A table of anime faces: seeds { $coarse } down the side give layers { $layers }, seeds { $fine } along the top all others. Drawn by the model { $model }.
alt-vary = The anime face of seed { $seed } nine times with other random details, drawn by the model { $model }.
alt-vary-moving = The anime face of seed { $seed } while its random details change, drawn by the model { $model }.
alt-vary-z = The anime face of seed { $seed } and eight that are almost the same, drawn by the model { $model }.
alt-vary-z-moving = The anime face of seed { $seed } turning into others that are almost the same, drawn by the model { $model }.
alt-psi = The anime face of seed { $seed } side by side from wildness { $first } to { $last }: from average to wild. Drawn by the model { $model }.
alt-edit = The anime face of seed { $seed }, changed by { $amount } towards { $change }, drawn by the model { $model }.
alt-edit-away = The anime face of seed { $seed }, changed by { $amount } away from { $direction }, drawn by the model { $model }.
alt-edit-strip = The anime face of seed { $seed } side by side along { $direction }, from { $least } to { $most }, drawn by the model { $model }.
alt-edit-moving = The anime face of seed { $seed } moving along { $direction }, from { $least } to { $most } and back, drawn by the model { $model }.
alt-edit-chart = A chart of the anime face of seed { $seed }: a row for each of { $direction }, changed from { $least } to { $most }. Drawn by the model { $model }.

## Buttons

again = Again
wilder = Wilder
calmer = Calmer
delete = Delete
back = Back
post = Post

## Under a picture: buttons, menus and the dialogs that they open

recipe = Recipe
draw = Draw it
more = More…
more-vary = Vary
about-vary = The same face, a little different each time
more-psi = From average to wild
about-psi = The same face, wilder and wilder
more-mix = Mix with…
about-mix = Pose and hair shape of this face, colours of another
more-morph = Morph with…
about-morph = Turn it into another face, as an animation
more-edit = Edit…
about-edit = Change what you like: hair, glasses, where it looks, …
more-change = Change in words…
about-change = Say what: blue hair, no glasses, turn: 2
more-story = Story
about-story = Who this face is, and how its story begins
more-keep = Keep
about-keep = Put this face into your collection
more-first = The first of the two
about-first = The face that gave pose and hair shape
more-second = The second of the two
about-second = The face that gave the colours
more-before = As it was before
about-before = The face without this change
pick = Pick a face…
pick-at = Pick a face: { $group }…
group-at-psi = wildness { $psi }
group-originals = the originals
group-mixed = the mixed ones
group-along = { $direction }
group-in-frame = frame { $frame }
face-in-grid = Seed { $seed } · row { $row }, column { $column }
face-in-grids = Seed { $seed } · wildness { $psi } · row { $row }, column { $column }
face-at-psi = Wildness { $psi }
face-of-seed = Seed { $seed } · frame { $frame }
face-mixed = Row { $row }, column { $column } · shape { $coarse }, colours { $fine }
face-of-seed-at = Seed { $seed } · frame { $frame } · row { $row }, column { $column }
face-in-frame = Frame { $frame }
face-between-at = Frame { $frame } · row { $row }, column { $column }
face-above = Seed { $seed } · above column { $column }
face-beside = Seed { $seed } · beside row { $row }
face-itself = The face itself · row { $row }, column { $column }
face-relative = Relative { $number } · row { $row }, column { $column }
face-details = Other details { $number } · row { $row }, column { $column }
face-moved = { $direction } { $amount }
frame-first = The first frame
frame-last = The last frame
moment = Another moment…
moment-about = By its frame, or by how far into the animation it is
moment-frame = Which moment
moment-frame-about = A frame from 1 to { $high }, or how far into it, such as 50 %
moment-face = Which face in it
moment-face-about = From 1 to { $high }, row by row
other-face = The other face, or several
other-face-mix = A number or a word; several with commas make a table. They give the colours.
other-face-morph = A number or a word; several with commas come one after another.
other-face-example = 20, 30, Rei
factors = others
worded = pose, eyes, light, others
change = What to change
change-about = Several things with commas. You may also choose below.
change-example = hair: blue, no glasses, turn: 2
change-example-plain = d1: 0.75, d3: -1
change-choices = One or more; what is not here can be typed above.
reopen = Change what I wrote

## The maker: a panel that changes one face step by step

maker-another = Another face
maker-left = Turn left
maker-right = Turn right
maker-undo = Undo
maker-redo = Redo
maker-post = Post
maker-aspects = What to change…
maker-values = { $aspect }…
maker-unmoved = unchanged
maker-end = { $end } ({ $amount })
# Where there are more than fit into one menu.
maker-pages = Show others…
maker-page-aspects = Things to change: { $first } to { $last } of { $count }
maker-page-values = Choices: { $first } to { $last } of { $count }

## Recipes in plain words

recipe-of-this = 📜 The recipe of this picture:
means = - `{ $word }`: { $meaning }
means-waifu = one face
means-grid = many faces in one picture
means-morph = faces that turn into one another
means-mix = one face made of two, or a table of such faces
means-vary = variations of one face
means-psi-row = one face from average to wild, side by side
means-edit = a face changed along a direction
means-like = of all the faces that the model can draw, the one most like a picture
means-picture = that picture, by its fingerprint; the picture itself is not kept
means-seed = the seed, the number that the face grows from; the same seed is always the same face
means-side = how many faces per side
means-seeds-in-turn = the seeds of the faces, in this order; the same seed is always the same face
means-seeds-mixed = the seeds; the first gives pose and hair shape
means-model = the model that draws
means-psi = wildness, how far from the average face: 0 average, 0.7 pretty, above 1 wild
means-cutoff = how many of the first layers wildness applies to; the others are drawn as with wildness 1
means-noise = where the finest details come from
means-rotate = by how many degrees the picture is turned, counter-clockwise
means-shift = how far the picture is moved, to the right and down, in widths of it
means-first-seed = the seed of the first face; the others count on from it
means-frames = how many frames the animation has
means-fps = how many frames it shows per second
means-ease = how each step speeds up and slows down
means-space = the space in which the path from face to face runs
means-loop = whether it ends where it began
means-size = how many faces per side morph together
means-format = the file format
means-trait = a trait that the face has
means-last-trait = a trait that the last face has
means-faces = the faces, in this order
means-fine = the seeds that give the colours
means-layers-mixed = the layers that come from the first seed; 0 is the coarsest
means-layers-varied = where it varies: coarse, fine or everywhere
means-layers-moved = the layers that change; 0 is the coarsest
means-by = what makes the variations: noise, or seeds nearby
means-first = the number of the first of its relatives or details that it shows
means-from = wildness of the first face
means-to = wildness of the last face
means-steps = how many faces
means-direction = what changes
means-amount = how far; below 0 is the opposite direction
form-near = a near relative of a face, by its number
form-noise = a face with other random details
form-mix = some layers of one face, all others of another
form-move = a face changed along directions, each by an amount
form-move-to = a face that was changed: { $moves }
form-between = a face on the way from one to another
form-own = a seed with traits or a wildness of its own
form-vector = a stored face, by its fingerprint; the picture holds all of it
from-the-shell = To make it again on the command line:
from-the-shell-saved = To make it again on the command line, save the picture as FILE:

## The card of a face

story-likes = Likes
story-dislikes = Dislikes
story-plot = Story

## Suggestions while typing

layers-coarse = Shape: pose, outline of face and hair ({ $layers })
layers-middle = Middle: features, eyes and main colours ({ $layers })
layers-most = Nearly all; the other face only tints ({ $layers })
part-all = All random details
part-coarse = The larger ones
part-fine = The finest ones
part-same = { $part } (with this model the same as all)
chart = Show me what { $directions } do
factor = { $name } (every model has it; the chart shows what it does)

## /waifubot queue and /waifubot cancel

queue = { $waiting } waiting, { $running } being drawn.
queue-yours-waiting = Yours is { $place } in the queue{ $eta }: `{ $line }`
queue-yours-running = Yours is being drawn: `{ $line }`
cancelled-none = You have nothing in the queue.
cancelled = { $count ->
    [one] Cancelled your picture:
   *[other] Cancelled your { $count } pictures:
}
stream-stopped = Stopped your stream.

## /waifubot status

worker-ready = The worker is ready on { $device }, with { $models }; { $starts ->
    [one] it was started once.
   *[other] it was started { $starts } times.
}
worker-starting = The worker is starting; { $starts ->
    [one] it was started once.
   *[other] it was started { $starts } times.
}
worker-down = The worker cannot be started; { $starts ->
    [one] one attempt was made.
   *[other] { $starts } attempts were made.
}
memory = Memory: bot { $bot }, worker { $worker }.
shards = Shards: { $connected } of { $count } connected.
shards-lost = Shards: { $connected } of { $count } connected; lost: { $lost }.
speed = Recent speed: { $faces } faces a second; up for { $uptime }.
unknown = unknown
duration = { $days } d { $hours } h { $minutes } min

## /waifubot settings

# What speakers of this language call it.
language-name = English
settings-saved = ✅ Saved.
settings-yours = **Your settings**: they count wherever you type nothing else.
settings-servers = **The settings of this server**: they count for everybody who has chosen nothing else.
setting = - { $name }: **{ $value }** · { $origin }
setting-wildness = Wildness
setting-format = Format of animations
setting-fps = Frames per second
setting-size = Faces per side of a grid
setting-private = Pictures only their asker sees
setting-per-minute = Pictures per person and minute
setting-language = Language of my answers
setting-model = Model
setting-by-you = yours
setting-by-server = this server's
setting-by-default = not chosen
setting-yes = yes
setting-no = no
setting-any = any number
setting-as-in-discord = as in your Discord

## /waifubot model

model-head = **Models that can draw here**
model-default = the bot's default
model-of-server = this server's
model-of-you = yours
model-about = { $side } px, knows { $traits }
model-plain = { $side } px, no traits
model-menu = Draw mine with…
model-no-choice = No choice of my own
model-gone = The model **{ $model }**, which you chose, is no longer here, so another one draws for you; `/waifubot model list` shows the ones there are.
model-yours = From now on **{ $model }** draws for you, unless you name another.
model-not-yours = Your choice is cleared; here **{ $model }** draws for you.
model-never-yours = You have chosen no model; here **{ $model }** draws for you.
model-never-servers = This server has chosen no model; **{ $model }** draws.
model-servers = From now on **{ $model }** draws on this server for everybody who has not chosen a model.
model-not-servers = This server's choice is cleared; **{ $model }** draws.
model-not-kept = -# It is used now, but not remembered: my disk takes nothing at the moment, and a restart may forget it.
model-info = **{ $model }** draws faces of { $width } × { $height } px. Its fingerprint is `{ $digest }`.
model-numbers = numbers
model-no-traits = It knows no traits: it takes only a seed and a wildness.
model-is-default = It is the bot's default.
model-title = Its file is called { $title }.
model-aliases = Recipes may also call it { $names }.

## /stream

stream-on = A new face every few seconds; Stop keeps the one you see.
stream-waiting = 🕐 The stream begins as soon as nobody else is waiting for a picture.
stop = Stop

## /collection, and the faces that people keep

kept = 🗂️ Kept: this face is number **{ $number }** of your collection.
collection-yours = { $count ->
    [one] 🗂️ **Your collection**: { $count } face
   *[other] 🗂️ **Your collection**: { $count } faces
}
collection-theirs = { $count ->
    [one] 🗂️ **The collection of <@{ $person }>**: { $count } face
   *[other] 🗂️ **The collection of <@{ $person }>**: { $count } faces
}
collection-page = Page { $page } of { $pages }
collection-empty-yours = Nothing is in it yet. Choose **Keep** in the menu under any face, and the face comes here.
collection-empty = Nothing is in it yet.
collection-is-hidden = -# 🔒 Nobody else can look at it.
collection-is-shown = -# 👁️ Others can look at it, too.
collection-problem = ⚠️ { $problem }
alt-collection = A sheet of numbered anime faces: { $faces }
collection-pick = Go on from a face…
collection-change = Name a face, give it away, remove it…
collection-earlier = Back
collection-later = Next
collection-export = Export
collection-hide = Hide it from others
collection-show = Show it to others
collection-chosen = What shall happen to this face?
collection-give = Give it to…
collection-name = Name…
collection-remove = Remove
collection-back = Back to the collection
collection-open = My collection
collection-removed =
    Removed. This line still draws the face:
    `{ $line }`
collection-named = The face has its new name.
collection-unnamed = The face has no name any more.
collection-exported = Every line of your collection is in the text file; the picture shows this page.
name-title = Name this face
name-label = Name
name-about = At most 32 characters; leave it empty to take the name away.

## Gifts: a face that somebody offers to somebody else

gift-offer = 🎁 <@{ $recipient }>, <@{ $giver }> would like to give you a face for your collection: **{ $what }**. This offer ends { $when }.
gift-waiting = 🎁 <@{ $giver }> would like to give you a face: **{ $what }**
gift-offered = 🎁 Offered to <@{ $recipient }>, who has 7 days to accept it, here or in their own collection. Until then the face stays with you.
gift-accept = Accept
gift-decline = No, thank you
gift-accepted = 🎁 <@{ $recipient }> now has the face that <@{ $giver }> gave away: **{ $what }**
gift-declined = <@{ $recipient }> did not take the face; it stays with <@{ $giver }>.

## /daily

daily = { $days ->
    [1] ☀️ Your face of the day, { $date }
   *[other] ☀️ Your face of the day, { $date } · 🔥 { $days } days in a row
}

## /waifubot forget

forget-what = **Shall I delete all that I keep of you?** Your settings, your collection, gifts on their way to you or from you, your days in a row, what the maker and Back remember, and the stored faces: those that I found for your pictures, and those whose lines were too long.
    Pictures that were posted stay where they are. Lines that name a stored face draw nothing any more. Pictures that you are still waiting for are cancelled. This cannot be undone.
forget-all = Delete everything
forgotten = Done: I keep nothing of you any more.

## /waifubot help

help-head = **What I can draw.** Start with `/waifu`; the buttons under every picture continue from there.
help-waifu = one face. The same seed, a number or a word, is always the same face.
help-waifu-alt = An anime face.
help-grid = many faces at once; pick one from the menu below them.
help-grid-alt = Nine anime faces in a square.
help-morph = a face that turns into another, as an animation.
help-morph-alt = An anime face turning into another one.
help-mix = pose and hair of one face, colours of another.
help-mix-alt = A table: faces along its top and its left side, and each pair mixed.
help-vary = the same face again, with other small details.
help-vary-alt = The same anime face several times, with small differences.
help-psi = one face from average to wild.
help-psi-alt = The same anime face in a row, from average to wild.
help-edit = what you like about a face changed: hair, eyes, glasses, …
help-edit-alt = An anime face that changes its hair.
help-make = make a face step by step: hair, eyes, clothes, … Only you see it until you post it.
help-make-alt = An anime face that gets pink hair, then glasses, then cat ears.
help-like = show me a picture, and I find the face most like it. Only you see it until you post it.
help-like-alt = A sketch, and beside it an anime face that is like it.
help-stream = a new face every few seconds, for some minutes.
help-stream-alt = One anime face after another.
help-story = who a face is: its name, what it likes, and how its story begins.
help-story-alt = An anime face, and below it a card that tells who it is.
help-daily = your face of the day, and how many days in a row you have come for it.
help-daily-alt = An anime face.
help-collection = the faces that you keep: under every face, the menu offers **Keep**.
help-collection-alt = Four numbered anime faces.
help-recipe = how a picture was made; upload one, or right-click a message (on a phone, press and hold), *Apps*.
help-recipe-alt = An anime face with the line that made it.
help-model = which models can draw, and which one draws for you.
help-model-alt = Pictures of anime faces, one on top of the other.
help-settings = what your pictures are like if you type nothing else, and the language of my answers.
help-queue = how long the queue is, and where you are in it.
help-cancel = cancel the pictures you are still waiting for.
help-status = how the bot is doing.
help-forget = delete all that I keep of you.
help-tail =
    -# **seed**: a number or a word. **wildness**: how far from the average face; 0.7 is pretty, above 1 is wild. **traits**: what the face should have, for example hair: pink.
    -# The small line above a picture is its recipe: anyone who has it, or the picture, can make it again.

## Plain words: what people may type for a trait, beside the names that the model gives it

# These three have | between several: in which orders a value and its trait may stand, how people say that something
# shall not be there, and which words mean nothing.
value-of-trait = { $value } { $trait }|{ $trait } { $value }
without-trait = no { $thing }|without { $thing }|without a { $thing }|without an { $thing }|without any { $thing }|not { $thing }|remove { $thing }|{ $thing } off
filler-words = and|with|a|an|the|wearing|has|having|in|some|plus|her|his|their|she|he|they|i|want|please|make|face|is|of|on

also-trait-hair = hair colour|hair color|haired
    .green = emerald
    .white = snow white
    .black = dark|raven
    .brown = brunette|chestnut
    .blonde = blond|golden|gold|yellow
    .orange = ginger
    .red = redhead|red head|scarlet
    .pink = rose
    .purple = violet|lavender
    .blue = navy
    .aqua = cyan|turquoise|teal|light blue
    .silver = grey|gray
also-trait-back-hair = hairstyle|hair style|haircut
    .side-ponytail = side pony tail|side tail
    .low-ponytail = low pony tail
    .short = short hair|short haircut
    .bob = bob cut|bobbed hair
    .long = long hair
    .wavy = wavy hair|waves
    .twintails = twin tails|pigtails
    .ponytail = pony tail
    .buns = bun|hair buns|odango
    .braids = braid|plaits|braided hair
    .spiky = spiky hair|spikes
    .pixie = pixie cut
    .curly = curly hair|curls
    .half-up = half up half down
    .low-twintails = low pigtails
    .drills = drill hair|ringlets
    .wolf = wolf cut
also-trait-bangs = fringe
    .blunt = straight bangs|straight fringe
    .messy = tousled bangs|tousled fringe
    .swoop = side parted|side parting
    .hime = hime cut|princess cut
    .swept = side swept
    .parted = middle parting|parting|centre parting|center parting
    .one-eye = one eye covered|one eye hidden
also-trait-face = face shape
    .child = childlike|baby face
    .heart = heart shaped
    .mature = grown up|adult
    .square = square jaw
    .angular = chiselled|chiseled
    .slim = thin|narrow
also-trait-eyes = eye|eye colour|eye color|eyed
    .green = emerald
    .aqua = cyan|turquoise|teal|light blue
    .purple = violet|lavender
    .pink = rose
    .red = scarlet
    .gold = golden|yellow
    .grey = gray|silver
    .amber = hazel
also-trait-second-eye = other eye|heterochromia|odd eyes
    .same = matching eyes
    .amber = one amber eye
    .green = one green eye
    .blue = one blue eye
    .red = one red eye
also-trait-eye-shape =
    .round = round eyes|big eyes
    .almond = almond eyes
    .sharp = sharp eyes
    .droopy = droopy eyes
    .sleepy = sleepy eyes|tired eyes
    .narrow = narrow eyes
also-trait-pupils = pupil
    .slit = slit eyes|slitted
    .star = star eyes
    .ring = ring eyes
also-trait-expression =
    .smile = smiling|happy
    .open = open smile|open mouth|laughing|laugh
    .grin = grinning
    .cat = cat mouth|cat smile|cat
    .pout = pouting|sulking
    .neutral = serious|calm
    .surprised = surprise|shocked|astonished
    .wink = winking
    .closed = closed eyes|eyes closed|eyes shut
    .shy = blushing|blush|embarrassed
    .angry = anger|mad|annoyed
also-trait-skin = skin colour|skin color|skin tone|complexion
    .porcelain = pale
    .fair = light
    .tan = tanned
    .deep = dark
also-trait-glasses = spectacles|eyeglasses|eyewear
    .none = no|without|off
    .round = glasses|spectacles|eyeglasses
    .square = rectangular
    .half-rim = half rimmed
    .cat-eye = cat eye
    .shades = sunglasses|sun glasses
also-trait-accessory = accessories|headwear|hair accessory|hair ornament
    .tiara = diadem
    .none = no|without|off
    .cat-ears = cat|cat girl|nekomimi|kitty ears
    .ribbon = bow|hair ribbon|hair bow
    .flower = flowers|hair flower
    .halo = angel
    .headband = hair band|alice band
    .clip = hair clip|hairpin|hair pin|barrette
    .horns = horn|devil horns|demon horns
    .fox-ears = fox|fox girl|kitsune
    .bunny-ears = bunny|bunny girl|rabbit ears
    .headphones = headset
    .maid = maid headdress
    .witch-hat = witch
also-trait-style =
    .feminine = female|girl|girly|woman
    .masculine = male|boy|boyish|man
also-trait-clothes = clothing|outfit
    .jacket = leather jacket
    .scarf = muffler
    .sailor = sailor suit|sailor uniform
    .hoodie = hooded sweater
    .shirt = blouse|t-shirt
    .turtleneck = roll neck
    .kimono = yukata
    .dress = gown
    .blazer = school blazer
    .gothic = gothic dress|goth
    .cape = cloak
    .fur = fur coat
    .qipao = cheongsam|chinese dress
    .idol = idol costume|stage costume
also-trait-background = backdrop
    .window = by the window|at the window
    .plain = blank
    .dots = polka dots|dotted
    .stripes = striped|stripe
    .sparkles = sparkle|glitter
    .sky = clouds|blue sky
    .blossom = cherry blossom|cherry blossoms|sakura
    .leaves = leaf|foliage
    .bokeh = lights
    .city = city lights|skyline
    .stars = starry|starry sky|night sky
    .books = bookshelf|library
also-trait-time = time of day
    .day = daytime
    .morning = dawn|sunrise
    .evening = sunset|dusk
    .night = night time
also-trait-shading =
    .soft = soft shaded
    .cel = cel shaded
    .pastel = pastel colours|pastel colors
also-trait-dye = hair dye
    .none = no|without|off
    .tips = dyed tips
    .streak = streaks|highlight|highlights
    .inner = inner colour|inner color
also-trait-mark = face mark
    .heart = heart on the cheek
    .none = no|without|off
    .mole = beauty mark|beauty spot
    .freckles = freckle
    .lines = whiskers|whisker marks
    .plaster = band-aid|bandage
also-trait-earrings = earring
    .none = no|without|off
    .stud = studs|earrings|earring
    .drop = drops
    .hoop = hoops
also-trait-ears =
    .human = normal
    .elf = elven|pointed|pointy
also-moved-turn =
    .more = turn right|turn to the right|turned right|look right|looking right|face right|facing right|head right|turn the head right|turn the head to the right
    .less = turn left|turn to the left|turned left|look left|looking left|face left|facing left|head left|turn the head left|turn the head to the left
also-moved-nod =
    .more = look down|head down|chin down
    .less = look up|head up|chin up
also-moved-tilt =
    .more = tilt right|tilt to the right|lean right|tilt the head right
    .less = tilt left|tilt to the left|lean left|tilt the head left
also-moved-gaze =
    .more = eyes right|gaze right|glance right|gaze to the right
    .less = eyes left|gaze left|glance left|gaze to the left
also-moved-mouth-curve =
    .more = smile more|more smile|bigger smile|happier
    .less = smile less|less smile|smaller smile|frown|sadder
also-moved-eye-opening =
    .more = wide eyes|wide open eyes|eyes wide open|eyes wider|open the eyes
    .less = half closed eyes|half open eyes|eyes half open|squint|squinting
also-moved-eye-size =
    .more = bigger eyes|eyes bigger|eyes larger
    .less = eyes smaller
also-moved-brow =
    .more = stern|sterner|frowning brows|lower brows
    .less = worried|worried eyebrows|raised brows
also-moved-blush =
    .more = blush more|more blush|rosy cheeks|redder blush
    .less = blush less|less blush
also-moved-back-length =
    .more = hair longer|grow the hair|let the hair grow
    .less = hair shorter|cut the hair
also-moved-wind =
    .more = wind to the right|wind from the left|hair to the right
    .less = wind to the left|wind from the right|hair to the left
also-moved-light-side =
    .more = light right|light on the right|lit from the right
    .less = light left|light on the left|lit from the left
