"""``segue recommend``: the same core as the HTTP service, as a table and as JSON."""

from __future__ import annotations

import pytest


@pytest.fixture
def ask(segue, music, tone, tmp_path):
    segue("index", "add", music, "--catalogue", tmp_path / "cat")
    query = tone(tmp_path / "unreleased.wav", hz=115.0)

    def run(*more, file=query):
        return segue("recommend", file, "--catalogue", tmp_path / "cat", *more)

    return run


def test_json(ask):
    ran = ask("--json", "--limit", "3")
    (told,) = ran.lines
    assert ran.code == 0
    assert told["query"]["key"]["camelot"]
    assert told["pool"]["catalogue"] == 5
    assert [result["rank"] for result in told["results"]] == [1, 2, 3]
    similarities = [result["similarity"] for result in told["results"]]
    assert similarities == sorted(similarities, reverse=True)
    assert set(told["results"][0]["components"]) == {"sound", "tags", "tempo", "key", "energy", "segue"}
    assert told["results"][0]["title"] == "copy"


def test_table_says_rank_similarity_tempo_key_and_tags(ask):
    ran = ask("--min-shared", "0")
    for word in ("similarity", "track 1", "BPM", "%", "shared tags", "5 tracks in the catalogue"):
        assert word in ran.out


def test_where_is_told_of_segments_and_segues(ask):
    header = next(line for line in ask("--min-shared", "0").out.splitlines() if "similarity" in line)
    assert header.split()[-2:] == ["shared", "tags"]
    for match, words, named in (("segment", "is like its 0:0", "segment"), ("segue", "out at 0:0", "transition")):
        assert words in " ".join(ask("--min-shared", "0", "--match", match).out.split())
        (told,) = ask("--min-shared", "0", "--match", match, "--json").lines
        assert any(result[named] for result in told["results"])
        assert all(abs(result["key"]["detune_cents"]) <= 50 for result in told["results"])


def test_the_seed_itself_is_never_returned(ask, music):
    (told,) = ask("--json", "--min-shared", "0", file=music / "copy.WAV").lines
    assert told["pool"]["catalogue"] == 4
    assert len(told["results"]) == 4


def test_weights(ask):
    (told,) = ask(
        "--json", "--weight", "sound=0", "--weight", "tags=0", "--weight", "tempo=0", "--weight", "key=0"
    ).lines
    for result in told["results"]:
        assert result["similarity"] == pytest.approx(result["components"]["energy"], abs=1e-3)


@pytest.mark.parametrize("wrong", [("--weight", "bass=1"), ("--weight", "tempo"), ("--limit", "0"), ("--limit", "101")])
def test_usage_errors(ask, wrong):
    assert ask(*wrong).code == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--weight", "tempo=-1"), "weight of tempo"),
        (("--include", "polka"), "no tag 'polka'"),
        (("--plus", "b.wav"), "neither a file nor"),
    ],
)
def test_errors_are_one_line(ask, wrong, words):
    ran = ask(*wrong)
    assert ran.code == 1
    assert words in ran.err and len(ran.err.splitlines()) == 1


def test_min_similarity_and_exclude(ask):
    (told,) = ask("--json", "--min-similarity", "0.99", "--min-shared", "0").lines
    assert all(result["similarity"] >= 0.99 for result in told["results"])
    (told,) = ask("--json", "--exclude", "ambient", "--strict").lines
    assert all("genre---ambient" not in result["shared_tags"] for result in told["results"])


def test_an_empty_catalogue_says_what_to_do(segue, tone, tmp_path):
    ran = segue("recommend", tone(tmp_path / "a.wav"), "--catalogue", tmp_path / "new")
    assert ran.code == 1
    assert "segue index add" in ran.err
