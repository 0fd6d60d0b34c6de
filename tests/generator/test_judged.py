"""The shipped models were last checked with exactly the present files and code."""

import artefacts


def test_nothing_has_changed_since_the_models_were_checked() -> None:
    assert artefacts.changed() == [], "run `make test-models`: it checks them and records the new digests"


def test_a_changed_description_is_no_change_and_a_changed_number_is(tmp_path) -> None:
    file = tmp_path / "code.py"
    meanings = []
    for text in ('"""One."""\nx = 1', '"""Two."""\nx = 1  # why', '"""Two."""\nx = 2'):
        file.write_text(text)
        meanings.append(artefacts._meaning(file))
    assert meanings[0] == meanings[1] != meanings[2]
