"""Tests which models are in memory: what is begun with one is finished first, within fairness."""

from generator.worker.residency import KEEP_FACES, PICTURE_KEEP_FACES, Residency


def test_a_model_with_work_is_kept_until_it_has_none():
    residency = Residency(2)
    waiting = {"c": False}
    assert residency.next_load(waiting, ["a", "b"], [], {"a", "b"}) is None
    residency.record("a", KEEP_FACES - 1)
    assert residency.next_load(waiting, ["a", "b"], [], {"a", "b"}) is None
    assert residency.next_load(waiting, ["a", "b"], [], {"a"}) == ("c", "b")


def test_a_model_makes_way_after_its_share_of_faces_and_sooner_for_a_picture():
    for picture, keep in ((False, KEEP_FACES), (True, PICTURE_KEEP_FACES)):
        residency = Residency(1)
        residency.record("a", 10_000)  # nobody waited
        assert residency.next_load({"b": picture}, ["a"], [], {"a"}) is None
        residency.record("a", keep)
        assert residency.next_load({"b": picture}, ["a"], [], {"a"}) == ("b", "a")


def test_models_are_loaded_in_the_order_in_which_they_were_waited_for():
    residency = Residency(1)
    assert residency.next_load({"c": False}, ["a"], [], {"a"}) is None
    assert residency.next_load({"b": False, "c": False}, ["a"], [], set()) == ("c", "a")
    assert residency.next_load({"b": False, "c": False}, [], ["c"], set()) is None


def test_a_free_place_is_used_at_once_and_the_least_recently_used_model_leaves_first():
    assert Residency(3).next_load({"c": False}, ["a", "b"], [], {"a", "b"}) == ("c", None)
    assert Residency(2).next_load({"c": False}, ["a", "b"], [], set()) == ("c", "a")
