"""Trains the linear layers over prosody and joins them to the networks' weights files.

    python prosody.py dump --cache DIR [--undertone PATH]   # functionals of the acted corpora, by the Rust code
    python prosody.py loco --cache DIR                       # leave one corpus out: network, layer, both
    python prosody.py join --cache DIR [--model NAME]        # writes models/NAME.safetensors, or both models
    python prosody.py loso --cache DIR                       # the figure that the penalty was chosen by
    python prosody.py figures --cache DIR                    # tone-open as shipped, on corpora it never heard

`report.py loco` and `final` must have left the networks alone in DIR/weights. The functionals
are `undertone_dsp::Functionals`, written by `undertone eval acoustic --dump`.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open

import evaluate as ev
from export import write
from features import data_dir
from model import CLASSES, OUTPUTS
from windows import AFFECT

ROOT = Path(__file__).resolve().parents[3]
CONDITIONS = {
    "emodb": ("clean", "phone", "noise:20", "noise:8", "far", "loss:5"),
    "ravdess": ("clean", "phone"),
    "nemo": ("clean", "phone"),
}
"""How corpora are heard; every condition of EmoDB made corpora never heard a little better."""
FLAT = 3.0
"""Temperature of networks in DIR/weights: a dump rounds to four places, which would hide small probabilities."""


@dataclass(frozen=True)
class Recipe:
    """The layer of one weights file."""

    corpora: tuple[str, ...]
    penalty: float
    """Of the squared weights, on the mean loss of a window."""
    share: float
    """Of the layer in the joint logits; the rest is the network's."""


OPEN = Recipe(("emodb",), 1 / 70, 0.4)
RESEARCH = Recipe(("emodb", "ravdess", "nemo"), 1 / 8, 0.2)
RECIPES = {"tone-open": OPEN, "tone-research": RESEARCH}
SAY = 1.5
"""How much arousal and valence vote in the classes, as places on the circumplex."""
CIRCUMPLEX = np.array([AFFECT[name] for name in CLASSES])
UNHEARD = -4.0
"""Logit of a class that the layer was not taught."""


@dataclass
class Looks:
    """Looks at windows: functionals [N, 110], the network's raw outputs [N, 9], and whose they are."""

    functionals: np.ndarray
    raw: np.ndarray
    clip: np.ndarray
    speaker: np.ndarray
    label: np.ndarray
    tone: np.ndarray
    whole: np.ndarray

    def where(self, keep: np.ndarray) -> Looks:
        return Looks(*(value[keep] for value in vars(self).values()))


def read(path: Path) -> Looks:
    """A dump by `undertone eval acoustic` with a network of DIR/weights; logits are known up to a constant."""
    with open(path) as file:
        lines = [json.loads(line) for line in file]
    scores = np.array([line["scores"] for line in lines])
    logits = FLAT * np.log(np.maximum(scores[:, :7], 5e-5))
    affect = np.arctanh(np.clip(scores[:, 7:], -0.999, 0.999))
    return Looks(
        np.array([line["functionals"] for line in lines]),
        np.hstack([logits - logits.mean(1, keepdims=True), affect]),
        np.array([line["clip"] for line in lines]),
        np.array([line["speaker"] for line in lines]),
        np.array([line["label"] for line in lines]),
        np.array([CLASSES.index(line["tone"]) for line in lines]),
        np.array([line["look"] == "whole" for line in lines]),
    )


def together(parts: list[Looks]) -> Looks:
    return Looks(*(np.concatenate(values) for values in zip(*(vars(part).values() for part in parts))))


@dataclass
class Layer:
    """Functionals [N, 110] -> raw outputs [N, 9]: `x @ weight + bias`."""

    weight: np.ndarray
    bias: np.ndarray

    def raw(self, functionals: np.ndarray) -> np.ndarray:
        return functionals @ self.weight + self.bias


def fit(looks: Looks, penalty: float) -> Layer:
    """Logistic regression for the classes and ridge regression for arousal and valence.

    Classes weigh evenly, and in each the corpora that have it. Bored voices, of which the classes know nothing, are
    left out.
    """
    looks = looks.where(looks.label != "bored")
    corpus = np.unique([speaker.split("-")[0] for speaker in looks.speaker], return_inverse=True)[1]
    x, mean, spread = standardised(looks.functionals, evenly(corpus))
    heard, target = np.unique(looks.tone, return_inverse=True)
    importance = evenly(target, corpus)
    weight, bias = logistic(torch.from_numpy(x), torch.from_numpy(target), len(heard), penalty, importance)
    layer = Layer(np.zeros((x.shape[1], OUTPUTS)), np.full(OUTPUTS, UNHEARD))
    layer.weight[:, heard], layer.bias[heard] = weight, bias
    affect = np.arctanh(np.clip([AFFECT[label] for label in looks.label], -0.95, 0.95))
    share = evenly(corpus)[:, None] / len(x)
    average = (share * affect).sum(0)
    ridge = x.T @ (share * x) + penalty * np.eye(x.shape[1])
    layer.weight[:, 7:] = np.linalg.solve(ridge, x.T @ (share * (affect - average)))
    layer.bias[7:] = average
    scaled = layer.weight / spread[:, None]
    return Layer(scaled, layer.bias - mean @ scaled)


def evenly(group: np.ndarray, within: np.ndarray | None = None) -> np.ndarray:
    """Weights [N] of mean 1 that give each group, and in it each group of `within`, the same."""
    weights = np.zeros(len(group))
    for one in np.unique(group):
        mine = group == one
        inner = np.zeros(len(group)) if within is None else within
        parts = [mine & (inner == part) for part in np.unique(inner[mine])]
        for part in parts:
            weights[part] = len(group) / (len(np.unique(group)) * len(parts) * part.sum())
    return weights


def standardised(values: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Columns of `values` [N, 110] with mean 0 and spread 1 under `weights`, and the mean and spread they had."""
    mean = np.average(values, axis=0, weights=weights)
    spread = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights)) + 1e-6
    return (values - mean) / spread, mean, spread


def logistic(
    x: torch.Tensor, target: torch.Tensor, classes: int, penalty: float, importance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights [110, K] and bias [K] of least penalised log loss; convex, so no seed matters."""
    weights = torch.from_numpy(importance)
    weight = torch.zeros(x.shape[1], classes, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=300, line_search_fn="strong_wolfe")

    def cost() -> torch.Tensor:
        optimiser.zero_grad()
        loss = (weights * F.cross_entropy(x @ weight + bias, target, reduction="none")).mean()
        loss = loss + 0.5 * penalty * (weight**2).sum()
        loss.backward()
        return loss

    optimiser.step(cost)
    return weight.detach().numpy(), bias.detach().numpy()


def voting() -> np.ndarray:
    """[9, 9], from the right of raw outputs: arousal and valence add to each class by its place."""
    matrix = np.eye(OUTPUTS)
    matrix[7:, :7] = SAY * CIRCUMPLEX.T
    return matrix


def joint(looks: Looks, layer: Layer, share: float) -> np.ndarray:
    """Raw outputs [N, 9] of network and layer together, before the temperature."""
    return ((1 - share) * looks.raw + share * layer.raw(looks.functionals)) @ voting()


def clips(looks: Looks, raw: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean probabilities [clips, 7] over whole windows, and the tone of each clip."""
    probability = ev.softmax(raw[looks.whole, :7] / temperature)
    names, first, place = np.unique(looks.clip[looks.whole], return_index=True, return_inverse=True)
    mean = np.zeros((len(names), 7))
    np.add.at(mean, place, probability)
    return mean / np.bincount(place)[:, None], looks.tone[looks.whole][first]


def dumped(cache: Path, corpus: str, condition: str) -> Path:
    return cache / "prosody" / f"{corpus}-{condition.replace(':', '')}.jsonl"


def dumps(cache: Path, corpora: tuple[str, ...]) -> Looks:
    return together([read(dumped(cache, corpus, c)) for corpus in corpora for c in CONDITIONS[corpus]])


def dump(cache: Path, undertone: str) -> None:
    """Functionals of every window, by the Rust code, and scores of the network that never heard the corpus."""
    (cache / "prosody").mkdir(parents=True, exist_ok=True)
    for corpus, condition in ((corpus, c) for corpus, conditions in CONDITIONS.items() for c in conditions):
        manifest = data_dir() / "acoustic" / corpus / "manifest.csv"
        command = [undertone, "eval", "acoustic", "--manifest", manifest, "--condition", condition]
        command += ["--acoustic-model", cache / "weights" / f"without-{corpus}.safetensors"]
        subprocess.run([*command, "--dump", dumped(cache, corpus, condition)], check=True)
        print(corpus, condition, flush=True)


def scores(looks: Looks, raw: np.ndarray, temperature: float) -> ev.Scores:
    """Of whole clips, as `report.py` has them."""
    probability, tone = clips(looks, raw, temperature)
    _, first = np.unique(looks.clip[looks.whole], return_index=True)
    speaker, label = looks.speaker[looks.whole][first], looks.label[looks.whole][first]
    nothing = np.full(len(tone), "")
    return ev.Scores(probability, tone, speaker, nothing, label, nothing)


def loco(cache: Path) -> None:
    """Network, layer and both on each corpus that neither heard, and the temperature that suits all three best."""
    heard = {}
    for corpus in CONDITIONS:
        layer = fit(dumps(cache, tuple(other for other in RESEARCH.corpora if other != corpus)), RESEARCH.penalty)
        for condition in ("clean", "phone"):
            looks = read(dumped(cache, corpus, condition))
            both = joint(looks, layer, RESEARCH.share)
            heard[f"{corpus} {condition}"] = (
                looks,
                {"network": looks.raw, "layer": layer.raw(looks.functionals), "both": both},
            )

    def cost(temperature: float) -> float:
        losses = []
        for name, (looks, raw) in heard.items():
            told = scores(looks, raw["both"], temperature)
            told = told.where(told.label != "bored")
            chosen = told.probability[np.arange(len(told.target)), told.target]
            losses += [-np.log(np.maximum(chosen, 1e-9)).mean()] if name.endswith("phone") else []
        return float(np.mean(losses))

    temperature = float(min(np.geomspace(0.5, 5.0, 41), key=cost))
    table: dict = {"temperature": round(temperature, 3)}
    for name, (looks, raw) in heard.items():
        for who, outputs in raw.items():
            told = ev.summary(scores(looks, outputs, temperature if who == "both" else 1.0))
            table[f"{name}, {who}"] = {key: round(float(value), 3) for key, value in told.items()}
    (cache / "report" / "loco-joint.json").write_text(json.dumps(table, indent=1))
    print(json.dumps(table, indent=1))


def temperatures(cache: Path) -> dict[str, float]:
    """tone-open keeps its network's, found on EmoGator's bursts, which have no prosody of speech; tone-research has
    that of the twins that never heard a corpus."""
    folder = cache / "report"
    told = {"tone-open": "open", "tone-research": "loco-joint"}
    return {name: json.loads((folder / f"{file}.json").read_text())["temperature"] for name, file in told.items()}


def join(cache: Path, model: str | None) -> None:
    for name, temperature in temperatures(cache).items():
        if model in (None, name):
            join_one(cache, name, temperature)


def fold(arrays: dict[str, np.ndarray], layer: Layer, share: float, temperature: float, was: float) -> None:
    """Puts share, vote and `temperature` into a network's last layer, which has the temperature `was`, and `layer`."""
    vote, undo = voting(), np.ones(OUTPUTS)
    vote[:, :7] /= temperature
    undo[:7] = was
    for name in ("weight", "bias"):
        last = arrays[f"out.{name}"].astype(np.float64) * undo
        arrays[f"out.{name}"] = ((1 - share) * last @ vote).astype(np.float16)
        arrays[f"prosody.{name}"] = (share * getattr(layer, name) @ vote).astype(np.float32)


def join_one(cache: Path, model: str, temperature: float) -> None:
    """Writes models/MODEL.safetensors: the network of DIR/weights and its layer."""
    with safe_open(cache / "weights" / f"{model}.safetensors", "numpy") as file:
        arrays, meta = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    recipe = RECIPES[model]
    layer = fit(dumps(cache, recipe.corpora), recipe.penalty)
    fold(arrays, layer, recipe.share, temperature, FLAT)
    config = json.loads(meta["config"]) | {"prosody": True}
    arrays = {name: np.ascontiguousarray(value) for name, value in arrays.items()}
    write(ROOT / "models" / f"{model}.safetensors", arrays, meta | {"config": json.dumps(config)})


def figures(cache: Path, undertone: str) -> None:
    """What `undertone eval acoustic` says of the joint model on RAVDESS and nEMO, for the card."""
    table = {}
    for corpus, condition in ((corpus, c) for corpus in ("ravdess", "nemo") for c in ("clean", "phone")):
        manifest = data_dir() / "acoustic" / corpus / "manifest.csv"
        model = ["--acoustic-model", ROOT / "models" / "tone-open.safetensors"]
        command = [undertone, "eval", "acoustic", "--json", "--manifest", manifest, "--condition", condition, *model]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        row = {key: told[key] for key in ("uar_four", "uar", "anger_auc", "anger_auc_baseline", "ece")}
        for sex, values in told["by_sex"].items():
            row |= {f"{key}_{sex}": values[key] for key in ("uar_four", "anger_auc_baseline")}
        table[f"{corpus} {condition}"] = {key: round(value, 3) for key, value in row.items()}
        print(corpus, condition, table[f"{corpus} {condition}"], flush=True)
    (cache / "report" / "joint.json").write_text(json.dumps(table, indent=1))


def loso(cache: Path) -> None:
    """UAR of the layer alone on EmoDB speakers it never heard, six classes, windows of every condition."""
    looks = dumps(cache, ("emodb",))
    for penalty in (1 / 5, 1 / 18, OPEN.penalty, 1 / 280):
        answers: list[tuple[int, bool]] = []
        for speaker in np.unique(looks.speaker):
            layer = fit(looks.where(looks.speaker != speaker), penalty)
            mine = looks.where((looks.speaker == speaker) & (looks.label != "bored"))
            probability, tone = clips(mine, layer.raw(mine.functionals), 1.0)
            answers += zip(tone.tolist(), (probability.argmax(1) == tone).tolist())
        recalls = [np.mean([right for t, right in answers if t == tone]) for tone in {t for t, _ in answers}]
        print(json.dumps({"penalty": round(penalty, 4), "uar": round(float(np.mean(recalls)), 3)}), flush=True)


def in_order(corpus: str, looks: Looks) -> Looks:
    """Numbers clips as `corpora.load` does, by path, and not by their line in the manifest."""
    with open(data_dir() / "acoustic" / corpus / "manifest.csv", newline="") as file:
        paths = [row["path"] for row in csv.DictReader(file)]
    place = np.empty(len(paths), int)
    place[sorted(range(len(paths)), key=lambda i: paths[i])] = np.arange(len(paths))
    looks.clip = place[looks.clip]
    return looks


def within(cache: Path, corpus: str, baseline: bool) -> dict[str, Looks]:
    """Whole windows, clean and on the phone; `baseline`: functionals as deviations from the speaker's own."""
    heard = {}
    for condition in ("clean", "phone"):
        looks = in_order(corpus, read(dumped(cache, corpus, condition)))
        looks = looks.where(looks.whole)
        if baseline:
            little = 0.05 * looks.functionals.std(0) + 1e-6
            for speaker in np.unique(looks.speaker):
                mine = looks.functionals[looks.speaker == speaker]
                looks.functionals[looks.speaker == speaker] = (mine - mine.mean(0)) / (mine.std(0) + little)
        heard[condition] = looks
    return heard


def refit(heard: dict[str, Looks], labels: tuple[str, ...], exclude: frozenset[str]) -> dict[str, np.ndarray]:
    """Probabilities [clips, labels] of the clips of speakers in `exclude`, by a layer that never heard them."""
    taught = together(list(heard.values()))
    taught = taught.where(~np.isin(taught.speaker, list(exclude)))
    mean, spread = taught.functionals.mean(0), taught.functionals.std(0) + 1e-6
    target = torch.tensor([labels.index(label) for label in taught.label])
    x = torch.from_numpy((taught.functionals - mean) / spread)
    weight, bias = logistic(x, target, len(labels), OPEN.penalty, evenly(target.numpy()))
    out = {}
    for condition, looks in heard.items():
        mine = looks.where(np.isin(looks.speaker, list(exclude)))
        told = ev.softmax((mine.functionals - mean) / spread @ weight + bias)
        out[condition] = np.stack([told[mine.clip == clip].mean(0) for clip in np.unique(mine.clip)])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("dump", "loco", "join", "loso", "figures"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--undertone", default=str(ROOT / "target/release/undertone"))
    parser.add_argument("--model", choices=RECIPES, help="join: this model alone")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.command in ("dump", "figures"):
        {"dump": dump, "figures": figures}[arguments.command](arguments.cache, arguments.undertone)
    elif arguments.command == "join":
        join(arguments.cache, arguments.model)
    else:
        {"loco": loco, "loso": loso}[arguments.command](arguments.cache)


if __name__ == "__main__":
    main()
