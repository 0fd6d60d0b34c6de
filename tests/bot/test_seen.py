"""Interactions are remembered by time, however many come."""

from bot.delivery.seen import REMEMBERED_S, SeenInteractions


def test_an_interaction_is_remembered_however_many_follow_within_its_tokens_life() -> None:
    now = [0.0]
    seen = SeenInteractions(lambda: now[0])
    assert all(seen.is_new(interaction) for interaction in range(20_000))
    now[0] = REMEMBERED_S
    assert not any(seen.is_new(interaction) for interaction in range(20_000))


def test_an_interaction_is_forgotten_when_nobody_can_answer_it_any_more() -> None:
    now = [0.0]
    seen = SeenInteractions(lambda: now[0])
    assert seen.is_new(1)
    now[0] = REMEMBERED_S + 1
    assert seen.is_new(2)
    assert list(seen._seen_at) == [2]
