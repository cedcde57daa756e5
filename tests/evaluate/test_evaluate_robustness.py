"""The robustness study on made-up tracks, whose scores under every condition are known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from segue.analyse import Analyser
from segue.audio.decode import Decoder
from segue.audio.waveform import SAMPLE_RATE
from segue.errors import CorruptAudio
from segue.fakes import FAKE_VOCABULARY, FakeEmbedder, FakeTagger
from segue.key import Key
from training.evaluate import cli
from training.evaluate.manifest import Entry, Manifest
from training.evaluate.marks import replace_between
from training.evaluate.robustness import page
from training.evaluate.robustness.conditions import CLEAN, CONDITIONS, Condition
from training.evaluate.robustness.mp3_copy import copy_as_mp3
from training.evaluate.robustness.plot import write_plot
from training.evaluate.robustness.results import Results, ResultsInvalid
from training.evaluate.robustness.study import score_conditions, study_robustness
from training.evaluate.robustness.tables import beyond_chance, markdown_table, notes
from training.evaluate.sample import sample
from training.evaluate.score import score
from training.evaluate.tracks import Estimates, EvaluatedTrack, References

soundfile = pytest.importorskip("soundfile")
DOCS = Path(__file__).parents[2] / "docs"
N_TRACKS = 24
HALVED, COPY = Condition("time_stretch", 0.5), Condition("mp3_kbit", 64)


def heard_track(rng: np.random.Generator, number: int) -> EvaluatedTrack:
    genre = "house" if number % 2 else "ambient"
    tags = rng.uniform(0, 1, len(FAKE_VOCABULARY.labels)).astype(np.float32)
    return EvaluatedTrack(
        name=f"{number}.wav",
        references=References(frozenset({genre}), frozenset({"piano"} if number % 3 else {"bass"}), 100.0 + number),
        estimates=Estimates(tags=tags, bpm=100.0 + number, key=Key(0, "minor"), embedding=rng.normal(size=8)),
        group=f"g{number // 2}",
    )


@pytest.fixture
def heard(rng):
    """Tracks heard clean, at half speed with the tempo of the clean version, and as perfect copy."""
    tracks = []
    for number in range(N_TRACKS):
        clean = heard_track(rng, number)
        if number % 4 == 0:
            clean = replace(clean, references=replace(clean.references, key=Key(0, "minor")))
        slow = replace(clean, references=HALVED.move(clean.references))
        noise = rng.normal(size=8)
        estimates = replace(clean.estimates, embedding=clean.estimates.embedding + 3 * noise)
        tracks.append((clean, replace(slow, estimates=estimates), clean))
    return tracks


@pytest.fixture
def results(heard):
    return score_conditions(heard, (CLEAN, HALVED, COPY), FAKE_VOCABULARY, 200)


def test_clean_scores_are_those_of_the_judge(heard, results):
    report = score([track[0] for track in heard], FAKE_VOCABULARY, 0)
    shared = ("genre.macro_roc_auc", "instrument.macro_roc_auc", "tempo.accuracy1", "tempo.accuracy2")
    for name in (*shared, "key.weighted_score", "neighbours.genre_precision_at_5_by_embedding"):
        section, _, metric = name.partition(".")
        expected = report.get(section, metric)
        row = results.get("clean", name)
        assert row is not None
        assert row.value == pytest.approx(expected.value)
        assert row.n == expected.n
        assert row.low <= row.value <= row.high


def test_what_is_the_same_has_not_changed_and_what_is_not_has(results):
    for name in results.scores:
        copy = results.get(COPY.name, name)
        assert copy is not None and not beyond_chance(copy)
        assert copy.change == copy.change_low == copy.change_high == 0
    slow = results.get(HALVED.name, "tempo.accuracy1")
    assert slow is not None and (slow.value, slow.change) == (0.0, -1.0) and beyond_chance(slow)
    octave = results.get(HALVED.name, "tempo.accuracy2")
    assert octave is not None and octave.value == 1.0
    assert [results.get(COPY.name, f"embedding.cosine_{kind}").value for kind in ("mean", "5th_percentile")] == (
        pytest.approx([1.0, 1.0])
    )
    mean, low = (results.get(HALVED.name, f"embedding.cosine_{kind}") for kind in ("mean", "5th_percentile"))
    assert low.value < mean.value < 0.8
    assert abs(results.other_track_cosine) < 0.3


def test_the_5th_percentile_is_the_cosine_that_all_but_a_twentieth_reach(heard, results):
    def cosine(a, b):
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    cosines = sorted(cosine(t[0].estimates.embedding, t[1].estimates.embedding) for t in heard)
    row = results.get(HALVED.name, "embedding.cosine_5th_percentile")
    assert row is not None and row.value == pytest.approx(cosines[1])  # the second of 24


def test_truth_moves_with_the_sound():
    references = References(bpm=200.0, key=Key(11, "major"))
    assert Condition("time_stretch", 0.92).move(references).bpm == pytest.approx(184.0)
    assert Condition("time_stretch", 0.92).move(references).bpm_octave_known
    assert not Condition("time_stretch", 1.36).move(references).bpm_octave_known
    assert Condition("pitch_shift", 2).move(references).key == Key(1, "major")
    assert Condition("pitch_shift", -2).move(references).key == Key(9, "major")
    for condition in CONDITIONS:
        if condition.kind not in ("time_stretch", "pitch_shift"):
            assert condition.move(references) == references
    assert Condition("time_stretch", 1.36).move(References()) == References()


def test_results_survive_the_file(results, tmp_path):
    path = tmp_path / "results.json"
    told = replace(
        results, models=("a@1",), missing=("x",), failures={"y": "z"}, clip={"seconds": 30.0, "at": "middle"}
    )
    path.write_text(told.to_json())
    again = Results.read(path)
    assert json.loads(again.to_json()) == json.loads(told.to_json())
    assert again.clip == told.clip and again.for_page().failures == {}
    assert "30 s from the middle of each" in notes(again)[0]
    path.write_text('{"measures": []}')
    with pytest.raises(ResultsInvalid, match="robustness"):
        Results.read(path)


def test_sample_takes_every_group_before_any_twice_and_always_the_same():
    entries = tuple(Entry(Path(f"{i}.wav"), EvaluatedTrack(f"{i}", group=f"{min(i, 5)}")) for i in range(20))
    manifest = Manifest(entries, missing=("19",))
    chosen = sample(manifest, 6)
    assert {entry.track.group for entry in chosen.entries} == {f"{i}" for i in range(6)}
    assert chosen == sample(manifest, 6)
    positions = [int(entry.track.name) for entry in sample(manifest, 9).entries]
    assert len(positions) == 9 and positions == sorted(positions) and 19 not in positions
    assert len(sample(manifest, 100).entries) == 19


def write_music(path: Path, rng: np.random.Generator, seconds: float = 5.0) -> None:
    t = np.arange(int(seconds * 44_100)) / 44_100
    left = 0.3 * np.sin(2 * np.pi * 220 * t) + 0.02 * rng.normal(size=len(t))
    right = 0.3 * np.sin(2 * np.pi * 330 * t) + 0.02 * rng.normal(size=len(t))
    soundfile.write(path, np.stack([left, right], axis=1), 44_100)


def test_mp3_copies_sound_like_the_file(tmp_path, rng):
    write_music(tmp_path / "a.wav", rng)
    copy = copy_as_mp3(tmp_path / "a.wav", 64_000)
    assert len(copy) == pytest.approx(5.0 * 64_000 / 8, rel=0.1)
    with Decoder() as decoder:
        clean, coded = decoder.decode(tmp_path / "a.wav"), decoder.decode(copy)
    assert coded.codec.startswith("mp3") and (coded.n_channels, coded.source_sample_rate) == (2, 44_100)
    n = min(clean.waveform.n_samples, coded.waveform.n_samples)
    assert n == pytest.approx(5 * SAMPLE_RATE, abs=SAMPLE_RATE // 20)
    a, b = clean.waveform.samples[:n], coded.waveform.samples[:n]
    assert np.mean((a - b) ** 2) < 0.02 * np.mean(a**2)
    (tmp_path / "b.wav").write_bytes(b"no sound")
    with pytest.raises(CorruptAudio, match=r"b\.wav"):
        copy_as_mp3(tmp_path / "b.wav", 64_000)


def test_the_whole_study_hears_every_condition(tmp_path, rng):
    entries = []
    for number in range(3):
        write_music(tmp_path / f"{number}.wav", rng)
        references = References(frozenset({"house"}), bpm=120.0, key=Key(9, "minor"))
        entries.append(Entry(tmp_path / f"{number}.wav", EvaluatedTrack(f"{number}", references, group=f"{number}")))
    (tmp_path / "broken.wav").write_bytes(b"nothing")
    entries.append(Entry(tmp_path / "broken.wav", EvaluatedTrack("broken")))
    ticks = []
    with Decoder(n_workers=2) as decoder:
        analyser = Analyser(decoder, FakeTagger(), FakeEmbedder())
        found = study_robustness(Manifest(tuple(entries)), analyser, 20, 2, lambda: ticks.append(1))
        again = study_robustness(Manifest(tuple(entries)), analyser, 20, 1)
    assert found == again
    assert found.n_tracks == 3 and len(ticks) == 3 * len(CONDITIONS)
    assert found.conditions == [condition.name for condition in CONDITIONS]
    assert list(found.failures) == ["broken"]
    assert found.get("mp3_kbit=64", "embedding.cosine_mean").value > 0.99
    assert found.get("noise_db=10", "embedding.cosine_mean").change < 0
    assert found.get("first_seconds=30", "embedding.cosine_mean").value == pytest.approx(1.0)


def test_plots_repeat_and_name_everything(results, tmp_path):
    pytest.importorskip("matplotlib")
    write_plot(results, tmp_path / "a.svg")
    write_plot(results, tmp_path / "b.svg")
    drawn = (tmp_path / "a.svg").read_text()
    assert drawn == (tmp_path / "b.svg").read_text()
    for text in ("Tempo Acc1", "Key score", "Cosine, 5th percentile", "mp3, 64 kbit/s"):
        assert text in drawn
    write_plot(results, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_the_table_marks_what_changed_and_where_n_differs(heard, results):
    table = markdown_table(results)
    lines = table.splitlines()
    assert lines[0].startswith("| condition | Genre ROC-AUC |")
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    assert "**0.000**" in lines[-2] and "**" not in lines[-1]
    fewer = [replace(row, n=row.n - 1) if row.condition == HALVED.name else row for row in results.rows]
    assert f", n {N_TRACKS - 1}" in markdown_table(replace(results, rows=tuple(fewer)))


def test_the_page_is_what_its_generator_writes(tmp_path):
    """The page in the repository is made of the results beside it, and nobody edited it by hand."""
    results, text = Results.read(DOCS / "robustness.json"), (DOCS / "robustness.md").read_text()
    assert replace_between(text, page.NAME, page.block(results, "robustness.svg")) == text
    assert results.conditions == [condition.name for condition in CONDITIONS]
    drawn = (DOCS / "robustness.svg").read_text()
    assert all(condition.title in drawn for condition in CONDITIONS)
    assert len(drawn) < 200_000


def test_the_generator_refreshes_page_plot_and_numbers(results, tmp_path):
    pytest.importorskip("matplotlib")
    (tmp_path / "results.json").write_text(replace(results, failures={"secret.wav": "x"}).to_json())
    target = tmp_path / "page.md"
    target.write_text("before\n<!-- results: begin -->\nold\n<!-- results: end -->\nafter\n")
    page.write_page(tmp_path / "results.json", target, tmp_path / "plot.svg")
    text = target.read_text()
    assert text.startswith("before\n") and text.endswith("\nafter\n") and "old" not in text
    assert "](plot.svg)" in text and "secret" not in text + (tmp_path / "plot.json").read_text()
    page.write_page(tmp_path / "plot.json", target, tmp_path / "plot.svg")
    assert target.read_text() == text


def test_the_command(tmp_path, rng, monkeypatch):
    monkeypatch.setattr(
        cli, "build_analyser", lambda n_jobs: Analyser(Decoder(n_workers=n_jobs), FakeTagger(), FakeEmbedder())
    )
    app = typer.Typer()
    app.command()(cli.evaluate)
    rows = ["path,bpm,group"]
    for number in range(3):
        write_music(tmp_path / f"{number}.wav", rng, 4.0)
        rows.append(f"{number}.wav,120,g{number}")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("\n".join(rows) + "\n")

    def invoke(*options):
        return CliRunner().invoke(app, [str(manifest), "--robustness", *map(str, options)])

    out = tmp_path / "out.json"
    done = invoke("--limit", 2, "--jobs", 2, "--resamples", 20, "--out", out)
    assert done.exit_code == 0, done.output
    assert Results.read(out).n_tracks == 2
    assert "Tempo Acc2" in done.stdout and "time-stretch" in done.stdout
    refused = invoke("--peers-only")
    assert refused.exit_code == 2 and "--peers-only" in refused.stderr
