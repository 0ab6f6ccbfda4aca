"""The three parts of the plays share no line of text, and each says what it is."""

from rnncourse.data import plays, shakespeare


def test_every_play_but_one_is_in_one_part():
    train, choice, unseen = plays.load()
    assert len(train) == 34
    assert {*train, *choice, *unseen, plays.LEFT_OUT} == set(shakespeare.titles())
    assert (list(choice), list(unseen)) == (["twelfth-night"], ["macbeth", "the-tempest"])
    assert len(train) + len(choice) + len(unseen) == 37
    assert unseen["macbeth"] == shakespeare.load("macbeth")


def test_what_is_never_seen_is_in_no_play_that_is_learned_from():
    train, choice, unseen = plays.load()
    known = {line for text in train.values() for line in text.split("\n") if len(line) > 60}
    for name, text in (choice | unseen).items():
        shared = [line for line in text.split("\n") if len(line) > 60 and line in known]
        assert not shared, f"{name} shares {len(shared)} long lines, such as {shared[0]!r}"


def test_speakers_are_found_by_the_lines_around_them():
    text = "ACT I\n\nSCENE I. A heath.\n\nEnter Witches\n\nFirst Witch\nWhen?\nALL\n\nExeunt\n\nKING JOHN\nWho?\n"
    assert plays.speakers(text) == [(text.index("First"), "First Witch"), (text.index("KING"), "KING JOHN")]


def test_speakers_of_a_play_are_its_persons():
    text = plays.load().unseen["macbeth"]
    names = [name for _, name in plays.speakers(text)]
    assert {"MACBETH", "LADY MACBETH", "MACDUFF", "First Witch", "Porter"} <= set(names)
    assert names.count("MACBETH") == text.count("\n\nMACBETH\n") == 145
    assert len(set(names)) == 41
