"""Tests that a typed line becomes what Discord's client would send, or one sentence that says why it cannot be sent.

Uses commands of its own instead of the bot's.
"""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.discord.errors import ClientRefusal
from playground.people.parse import find_focus, localize, mark_options, parse

SEED = {"type": 3, "name": "seed", "description": "which", "max_length": 64}
PSI = {"type": 10, "name": "psi", "description": "how wild", "min_value": -2, "max_value": 2}
TRAITS = {"type": 3, "name": "traits", "description": "hair: pink", "autocomplete": True}
COMMANDS: list[dict[str, Any]] = [
    {"type": 1, "name": "waifu", "description": "a face", "options": [SEED, PSI, TRAITS]},
    {
        "type": 1,
        "name": "grid",
        "description": "many",
        "options": [{"type": 4, "name": "size", "description": "side", "min_value": 1, "max_value": 5}],
    },
    {
        "type": 1,
        "name": "morph",
        "description": "moving",
        "options": [
            {"type": 3, "name": "from", "description": "first", "required": True},
            {"type": 3, "name": "to", "description": "last", "required": True},
            {"type": 4, "name": "frames", "description": "how many", "min_value": 2, "max_value": 240},
            {"type": 5, "name": "loop", "description": "round"},
            {
                "type": 3,
                "name": "ease",
                "description": "how",
                "choices": [{"name": "Sine", "value": "sine"}, {"name": "Linear", "value": "lin"}],
            },
        ],
    },
    {
        "type": 1,
        "name": "model",
        "description": "networks",
        "options": [
            {"type": 1, "name": "list", "description": "all"},
            {
                "type": 1,
                "name": "use",
                "description": "one",
                "options": [{"type": 3, "name": "name", "description": "which", "required": True}],
            },
        ],
    },
    {"type": 3, "name": "waifu", "description": ""},
    {
        "type": 1,
        "name": "who",
        "description": "people",
        "options": [{"type": 6, "name": "person", "description": "who"}],
    },
    {"name": "file", "description": "files", "options": [{"type": 11, "name": "picture", "description": "which"}]},
]


def test_an_option_for_a_file_takes_only_what_was_uploaded() -> None:
    names = {"@rei": "42", "a.png": "43"}
    for text in ("/file a.png", "/file 43"):
        assert parse(text, COMMANDS, names).options[0]["value"] == "43"
    for text in ("/file @rei", "/file 42"):
        with pytest.raises(ClientRefusal, match="needs a file"):
            parse(text, COMMANDS, names)


def values(text: str) -> dict[str, Any]:
    return {option["name"]: option["value"] for option in parse(text, COMMANDS, {"@rei": "42"}).options}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/waifu", {}),
        ("/waifu seed:123 psi:0.7", {"seed": "123", "psi": 0.7}),
        ("/waifu 123 0.7", {"seed": "123", "psi": 0.7}),
        ('/waifu seed:"two words"', {"seed": "two words"}),
        ('/waifu "Re:Zero" 1', {"seed": "Re:Zero", "psi": 1.0}),
        ("/waifu seed:two words psi:-.5", {"seed": "two words", "psi": -0.5}),
        ("/waifu traits:hair: pink, eyes: blue psi:1", {"traits": "hair: pink, eyes: blue", "psi": 1.0}),
        ("/waifu psi:1 123", {"psi": 1.0, "seed": "123"}),
        ("/waifu  明日香  ", {"seed": "明日香"}),
        ("/grid 3", {"size": 3}),
        ("/morph 10 20", {"from": "10", "to": "20"}),
        ("/morph from:10 to:20 frames:60", {"from": "10", "to": "20", "frames": 60}),
        ("/morph 10 20 loop:no ease:linear", {"from": "10", "to": "20", "loop": False, "ease": "lin"}),
        ("/who @rei", {"person": "42"}),
    ],
)
def test_a_line_becomes_typed_options(text: str, expected: dict[str, Any]) -> None:
    parsed = values(text)
    assert parsed == expected
    assert [type(value) for value in parsed.values()] == [type(value) for value in expected.values()]


def test_a_sub_command_nests_its_options() -> None:
    assert parse("/model use drawn-4", COMMANDS).options == (
        {"name": "use", "type": 1, "options": [{"name": "name", "type": 3, "value": "drawn-4"}]},
    )
    assert parse("/model list", COMMANDS).options == ({"name": "list", "type": 1, "options": []},)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello", "begins with a slash"),
        ("/", "There is no command /;"),
        ("/wifu", "There is no command /wifu; the commands are: /waifu, /grid"),
        ("/waifu colour:red", "/waifu has no option colour; its options are: seed, psi, traits."),
        ("/waifu " + "x" * 300, "0 to 64 characters, not 300"),
        ("/waifu psi:9", "psi must be from -2 to 2, not 9."),
        ("/waifu psi:much", "psi must be a number, not 'much'."),
        ("/waifu psi:nan", "must be a number"),
        ("/waifu psi:", "The option psi is still empty."),
        ("/grid 50", "size must be from 1 to 5, not 50."),
        ("/grid 2.5", "size must be a whole number"),
        ("/grid 2 3", "/grid has no option for '3'"),
        ("/morph 10", "/morph cannot be sent without the option to (last)."),
        ("/morph 1 2 frames:0", "frames must be from 2 to 240, not 0."),
        ("/morph 1 2 frames:100000", "frames must be from 2 to 240"),
        ("/morph 1 2 loop:perhaps", "loop must be true or false"),
        ("/morph 1 2 ease:cubic", "ease must be one of: Sine, Linear."),
        ("/waifu seed:1 seed:2", "given twice"),
        ("/model", "/model is followed by one of: list, use."),
        ("/who @nobody", "The option person names '@nobody', who is not here."),
        ("/who person:", "The option person is still empty."),
        ("/file picture:", "The option picture is still empty."),
        ("/file 99", "The option picture needs a file, and none called '99' is attached."),
        ("/file lost.png", "The option picture needs a file, and none called 'lost.png' is attached."),
    ],
)
def test_a_line_that_discords_client_would_not_send_is_refused_in_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ClientRefusal) as caught:
        parse(text, COMMANDS)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "option", "value", "start"),
    [
        ("/waifu traits:ha", "traits", "ha", 7),
        ("/waifu 1 psi:9 traits:hair: pi", "traits", "hair: pi", 15),
        ("/waifu traits:hair: pink, ", "traits", "hair: pink,", 7),
        ("/waifu 1 1 ", "traits", "", 11),
    ],
)
def test_the_option_being_typed_is_marked(text: str, option: str, value: str, start: int) -> None:
    focus = find_focus(text, COMMANDS)
    assert focus is not None
    assert (focus.option, focus.start) == (option, start)
    marked = [given for given in focus.command.options if given.get("focused")]
    assert [(given["name"], given["value"]) for given in marked] == [(option, value)]
    assert "psi" not in [given["name"] for given in focus.command.options if given["value"] == 9.0]


@pytest.mark.parametrize("text", ["/waifu 1", "/waifu ", "/waifu psi:1 ", "/grid 3", "/morph 1 2 60 yes sine "])
def test_options_without_autocompletion_have_no_focus(text: str) -> None:
    assert find_focus(text, COMMANDS) is None


@given(st.text(max_size=80))
def test_any_text_is_parsed_or_refused_and_never_fails_otherwise(text: str) -> None:
    for line in (text, "/waifu " + text, "/morph " + text):
        for read in (parse, find_focus):
            with suppress(ClientRefusal):
                read(line, COMMANDS)


@given(st.text(alphabet='/ wafumorph:"12-9', max_size=40))
def test_the_marks_of_any_line_are_in_order_inside_it(text: str) -> None:
    with suppress(ClientRefusal):
        at = 0
        for mark in mark_options("/morph " + text, COMMANDS):
            assert at <= mark.start <= mark.value <= mark.end <= len("/morph " + text)
            at = mark.end


def test_marks_show_which_option_is_wrong_and_where_it_is() -> None:
    text = "/morph 10 to:20 frames:1 ease:sine "
    marks = {mark.option: (text[mark.start : mark.end], mark.problem) for mark in mark_options(text, COMMANDS)}
    assert marks == {
        "from": ("10", ""),
        "to": ("to:20", ""),
        "frames": ("frames:1", "frames must be from 2 to 240, not 1."),
        "ease": ("ease:sine ", ""),
    }


# In another language


LOCAL = {"zh-CN": "种子"}
LOCALIZED = localize(
    [
        {
            "name": "waifu",
            "name_localizations": {"zh-CN": "老婆"},
            "description": "Draw a face",
            "type": 1,
            "options": [
                {"name": "seed", "name_localizations": LOCAL, "description": "A seed", "type": 3, "required": True}
                | {"description_localizations": {"zh-CN": "数字或词语"}},
                {
                    "name": "ease",
                    "description": "How",
                    "type": 3,
                    "choices": [{"name": "sine", "value": "s", "name_localizations": {"zh-CN": "正弦"}}],
                },
            ],
        }
    ],
    "zh-CN",
)


@pytest.mark.parametrize("text", ["/老婆 种子:Rei ease:正弦", "/waifu seed:Rei ease:sine", "/老婆 Rei 正弦"])
def test_a_line_in_a_persons_language_or_in_english_is_the_same_command(text: str) -> None:
    parsed = parse(text, LOCALIZED)
    assert parsed.command["name"] == "waifu"
    assert [(option["name"], option["value"]) for option in parsed.options] == [("seed", "Rei"), ("ease", "s")]


def test_a_refusal_names_things_in_the_persons_language() -> None:
    with pytest.raises(ClientRefusal, match=r"/老婆 cannot be sent without the option 种子 \(数字或词语"):
        parse("/老婆", LOCALIZED)
    with pytest.raises(ClientRefusal, match=r"commands are: /老婆"):
        parse("/nothing", LOCALIZED)


def test_options_in_another_language_are_marked_where_they_are() -> None:
    mark = mark_options("/老婆 种子:Rei", LOCALIZED)[0]
    assert (mark.option, mark.start, mark.value, mark.end) == ("seed", 4, 7, 10)
