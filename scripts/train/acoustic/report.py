"""Every figure about the accuracy of the acoustic networks, one command each.

    python report.py train --cache DIR     # the networks of loco and final, one a core
    python report.py refit --cache DIR     # those of folds and loso
    python report.py loco  --cache DIR     # leave one corpus out: the table that decides
    python report.py folds --cache DIR     # RAVDESS, 8 classes, 5 speaker-disjoint folds
    python report.py loso  --cache DIR     # EmoDB, 7 classes, leave one speaker out
    python report.py open  --cache DIR     # tone-open on corpora it never heard
    python report.py final --cache DIR     # trains and writes the networks alone to DIR/weights, for prosody.py

Networks are kept in DIR/weights, so later commands go on from them (and train what is missing); figures in DIR/report.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

import evaluate as ev
import prosody
from bank import BURSTS
from corpora import SPEECH, load
from export import export
from features import data_dir
from model import OUTPUTS, Acoustic
from recipes import EMODB_LABELS, FOLDS, OPEN, RAVDESS_LABELS, RESEARCH, refit, without
from train import Recipe, train
from windows import Corpus

WITHIN_EMODB = 0.77
"""The temperature that two EmoDB speakers want of a twin of tone-open that never heard them."""


@dataclass(frozen=True)
class Job:
    """One network: its recipe, speakers it must not hear, and the network it goes on from."""

    name: str
    recipe: Recipe
    exclude: frozenset[str] = frozenset()
    start: Job | None = None


OPEN_NETWORK, RESEARCH_NETWORK = Job("open", OPEN), Job("research", RESEARCH)
WITHOUT = {name: Job(f"without-{name}", without(name)) for name in SPEECH}


@dataclass(frozen=True)
class Within:
    """Refits of a network that never heard `corpus` on all of its folds but one, in turn."""

    corpus: str
    labels: tuple[str, ...]
    steps: int
    folds: dict[str, frozenset[str]]

    def jobs(self) -> list[Job]:
        recipe = refit(self.corpus, self.labels, self.steps)
        return [Job(f"{self.corpus}-{n}", recipe, fold, WITHOUT[self.corpus]) for n, fold in self.folds.items()]


def ravdess() -> Within:
    return Within("ravdess", RAVDESS_LABELS, 2000, {f"fold{i + 1}": speakers for i, speakers in enumerate(FOLDS)})


def emodb() -> Within:
    speakers = sorted({clip.speaker for clip in load(data_dir(), "emodb")})
    return Within("emodb", EMODB_LABELS, 250, {name: frozenset({name}) for name in speakers})


class Bench:
    """Corpora, loaded when first asked for, and networks, trained when first asked for."""

    def __init__(self, data: Path, cache: Path) -> None:
        self.data, self.cache = data, cache
        self._corpora: dict[str, Corpus] = {}
        for folder in ("weights", "report"):
            (cache / folder).mkdir(parents=True, exist_ok=True)

    def corpus(self, name: str) -> Corpus:
        if name not in self._corpora:
            self._corpora[name] = Corpus(self.data, self.cache, name)
        return self._corpora[name]

    def network(self, job: Job) -> Acoustic:
        """Loads DIR/weights/NAME.pt, or trains and stores it."""
        path, recipe = self.cache / "weights" / f"{job.name}.pt", job.recipe
        if path.exists():
            model = Acoustic(recipe.config, len(recipe.labels) or OUTPUTS + len(BURSTS))
            model.load_state_dict(torch.load(path))
            return model.eval()
        corpora = {n: self.corpus(n) for n in recipe.shares}
        start = self.network(job.start) if job.start else None
        model = train(recipe, corpora, self.cache, self.data, job.exclude, start, job.name)
        torch.save(model.state_dict(), path)
        return model

    def keep(self, name: str, figures: dict) -> None:
        (self.cache / "report" / f"{name}.json").write_text(json.dumps(figures, indent=1))
        print(json.dumps(figures, indent=1))


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {key: round(float(value), 3) for key, value in values.items()}


def unseen(models: list[Acoustic], corpus: Corpus, channel: str, temperature: float = 1.0) -> dict:
    """Figures on a corpus whose speakers the networks never heard."""
    scores = ev.hear(models, corpus, channel).scores(temperature)
    running = ev.score_running(models, corpus, channel)
    figures = ev.summary(scores)
    figures |= {"window_auc_baseline": ev.anger_auc(running, 10**6), "windows_caught_at_2pct": ev.caught(running)}
    for intensity in ("normal", "strong"):
        angry = (scores.label == "angry") & (scores.intensity == intensity)
        if angry.any():
            part = scores.where(angry | np.isin(scores.label, ("neutral", "calm")))
            figures[f"anger_auc_baseline_{intensity}"] = ev.anger_auc(part, ev.BASELINE_CLIPS)
    for sex in ("f", "m"):
        part = scores.where(scores.sex == sex)
        figures[f"uar4_{sex}"] = ev.uar(ev.four_classes(part))
        figures[f"anger_auc_baseline_{sex}"] = ev.anger_auc(part, ev.BASELINE_CLIPS)
    return rounded(figures)


def loco(bench: Bench) -> None:
    table = {}
    for name in SPEECH:
        model = bench.network(WITHOUT[name])
        export(model, bench.cache / "weights" / f"without-{name}.safetensors", f"without-{name}", prosody.FLAT)
        for channel in ("clean", "phone"):
            table[f"{name} {channel}"] = unseen([model], bench.corpus(name), channel)
    bench.keep("loco", table)


def speakers_out(bench: Bench, within: Within) -> dict:
    """Pools the answers of refits, each on the fold that it never heard.

    The same is done by the prosody layer, with and without the speaker's baseline; `both` answers by the geometric
    mean of network and layer, with a baseline less the speaker's own mean log-probabilities by the network.
    """
    labels, recordings = within.labels, bench.corpus(within.corpus)
    target = np.array([labels.index(c.label) for c in recordings.clips])
    heard: dict[str, list[ev.Heard]] = {"clean": [], "phone": []}
    truth: list[np.ndarray] = []
    for job in within.jobs():
        model = bench.network(job)
        clips = [i for i, c in enumerate(recordings.clips) if c.speaker in job.exclude]
        for channel, parts in heard.items():
            parts.append(ev.hear([model], recordings, channel, clips, len(labels)))
        truth.append(target[clips])
    names = list(within.folds)
    figures = {channel: pooled(parts, truth, names, len(labels)) for channel, parts in heard.items()}
    for how, baseline in (("prosody", False), ("prosody baseline", True)):
        layers = prosody.within(bench.cache, within.corpus, baseline)
        told = [prosody.refit(layers, labels, speakers) for speakers in within.folds.values()]
        for channel, parts in heard.items():
            alone = [fold[channel] for fold in told]
            both = [ev.softmax(0.5 * (np.log(p) + logs(part, baseline))) for p, part in zip(alone, parts)]
            figures[channel] |= {f"uar {how}": pooled_uar(alone, truth), f"uar both, {how}": pooled_uar(both, truth)}
            figures[channel][f"ece both, {how}"] = round(
                ev.calibration_error(np.concatenate(both), np.concatenate(truth)), 3
            )
    return figures


def logs(heard: ev.Heard, baseline: bool) -> np.ndarray:
    """Log-probabilities of clips, less the mean of their speaker's if `baseline`."""
    scores = heard.scores()
    values = np.log(np.maximum(scores.probability, 1e-6))
    if baseline:
        for speaker in np.unique(scores.speaker):
            values[scores.speaker == speaker] -= values[scores.speaker == speaker].mean(0)
    return values


def pooled_uar(probability: list[np.ndarray], truth: list[np.ndarray]) -> float:
    answer, target = np.concatenate(probability).argmax(1), np.concatenate(truth)
    return round(float(np.mean([(answer[target == k] == k).mean() for k in np.unique(target)])), 3)


def pooled(heard: list[ev.Heard], truth: list[np.ndarray], names: list[str], classes: int) -> dict:
    """UAR over all folds together; each fold's temperature comes from the other folds."""
    probability = []
    for i, part in enumerate(heard):
        others = [j for j in range(len(heard)) if j != i]
        temperature = ev.best_temperature([heard[j] for j in others], [truth[j] for j in others])
        probability.append(part.scores(temperature).probability)

    def uar(p: np.ndarray, t: np.ndarray) -> float:
        return float(np.mean([(p[t == c].argmax(1) == c).mean() for c in range(classes) if (t == c).any()]))

    every, target = np.concatenate(probability), np.concatenate(truth)
    figures = {"uar": uar(every, target), "ece": ev.calibration_error(every, target)}
    figures |= {f"uar {n}": uar(p, t) for n, p, t in zip(names, probability, truth)}
    return rounded(figures)


def folds(bench: Bench) -> None:
    bench.keep("folds", speakers_out(bench, ravdess()))


def loso(bench: Bench) -> None:
    bench.keep("loso", speakers_out(bench, emodb()))


def calibrate_open(bench: Bench) -> float:
    """Temperature on EmoGator's bursts, whose labels the seven classes never learnt.

    Held-out speakers of EmoDB would give WITHIN_EMODB, far too sure of corpora never heard; this is far enough away.
    """
    corpus = bench.corpus("emogator")
    clips = list(range(0, len(corpus.clips), 11))
    heard = [ev.hear([bench.network(OPEN_NETWORK)], corpus, channel, clips) for channel in ("clean", "phone")]
    return ev.best_temperature(heard, [np.array([corpus.clips[i].target for i in clips])] * 2)


def calibrate_research(bench: Bench) -> float:
    """Temperature on the corpora that the leave-one-out networks never heard."""
    heard = [ev.hear([bench.network(job)], bench.corpus(n), "phone") for n, job in WITHOUT.items()]
    return ev.best_temperature(heard, [np.array([c.target for c in h.corpus.clips]) for h in heard])


def reading(model: Acoustic, bench: Bench, temperature: float) -> dict:
    """False anger on read speech that is never trained on: every fourth clip of LibriSpeech."""
    corpus, figures = bench.corpus("librispeech"), {}
    clips = list(range(0, len(corpus.clips), 4))
    for channel in ("clean", "phone"):
        angry = ev.hear([model], corpus, channel, clips).scores(temperature).probability[:, 1]
        figures[f"librispeech {channel}"] = rounded(
            {"mean_p_angry": angry.mean(), "clips_over_half": (angry > 0.5).mean()}
        )
    return figures


def open_(bench: Bench) -> None:
    model, temperature = bench.network(OPEN_NETWORK), calibrate_open(bench)
    table = {"temperature": round(temperature, 3), **reading(model, bench, temperature)}
    for name in ("ravdess", "nemo"):
        for channel in ("clean", "phone"):
            figures = unseen([model], bench.corpus(name), channel, temperature)
            sharp = ev.hear([model], bench.corpus(name), channel).scores(WITHIN_EMODB)
            figures["ece_within_emodb"] = round(ev.calibration_error(sharp.probability, sharp.target), 3)
            table[f"{name} {channel}"] = figures
    bench.keep("open", table)


def final(bench: Bench) -> None:
    for job in (OPEN_NETWORK, RESEARCH_NETWORK):
        model, name = bench.network(job), f"tone-{job.name}"
        export(model, bench.cache / "weights" / f"{name}.safetensors", name, prosody.FLAT)
    temperature = calibrate_research(bench)
    bench.keep("research", {"temperature": round(temperature, 3), **reading(model, bench, temperature)})


def train_one(cache: Path, job: Job) -> str:
    Bench(data_dir(), cache).network(job)
    return job.name


def train_all(bench: Bench, jobs: list[Job]) -> None:
    """One network a core: its figures are the same as by one after the other."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        for name in workers.map(train_one, [bench.cache] * len(jobs), jobs):
            print(name, flush=True)


def networks(bench: Bench) -> None:
    train_all(bench, [*WITHOUT.values(), RESEARCH_NETWORK, OPEN_NETWORK])


def refits(bench: Bench) -> None:
    train_all(bench, [*ravdess().jobs(), *emodb().jobs()])


COMMANDS = {
    "train": networks,
    "refit": refits,
    "loco": loco,
    "folds": folds,
    "loso": loso,
    "open": open_,
    "final": final,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("--cache", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    COMMANDS[arguments.command](Bench(data_dir(), arguments.cache))


if __name__ == "__main__":
    main()
