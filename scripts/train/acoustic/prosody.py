"""Trains the linear layer over prosody and joins it to a network's weights file.

    python prosody.py dump --cache DIR [--undertone PATH]   # functionals of EmoDB and RAVDESS, by the Rust code
    python prosody.py join --cache DIR                       # writes models/tone-open.safetensors
    python prosody.py loso --cache DIR                       # the figure that the penalty was chosen by
    python prosody.py figures --cache DIR                    # tone-open as shipped, on corpora it never heard

`report.py final` must have left the network alone in DIR/weights/tone-open.safetensors. The functionals
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
CONDITIONS = {"emodb": ("clean", "phone", "noise:20", "noise:8", "far", "loss:5"), "ravdess": ("clean", "phone")}
"""How corpora are heard; every condition of EmoDB made corpora never heard a little better. RAVDESS is only for the
figures within it."""
PENALTY = 1 / 70
"""Of the squared weights, on the mean loss of a window."""
SHARE = 0.4
"""Of the layer in the joint logits; the rest is the network's."""
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


def read(path: Path, temperature: float) -> Looks:
    """A dump by `undertone eval acoustic`; logits are known up to a constant, by the network's temperature."""
    with open(path) as file:
        lines = [json.loads(line) for line in file]
    scores = np.array([line["scores"] for line in lines])
    logits = temperature * np.log(np.maximum(scores[:, :7], 5e-5))
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


def fit(looks: Looks, penalty: float = PENALTY) -> Layer:
    """Logistic regression for the classes, classes weighted evenly, and ridge regression for arousal and valence.

    Bored voices, of which the classes know nothing, are left out.
    """
    looks = looks.where(looks.label != "bored")
    mean, spread = looks.functionals.mean(0), looks.functionals.std(0) + 1e-6
    x = torch.from_numpy((looks.functionals - mean) / spread)
    heard, target = np.unique(looks.tone, return_inverse=True)
    weight, bias = logistic(x, torch.from_numpy(target), len(heard), penalty)
    layer = Layer(np.zeros((x.shape[1], OUTPUTS)), np.full(OUTPUTS, UNHEARD))
    layer.weight[:, heard], layer.bias[heard] = weight, bias
    affect = np.arctanh(np.clip([AFFECT[label] for label in looks.label], -0.95, 0.95))
    ridge = x.numpy().T @ x.numpy() / len(x) + penalty * np.eye(x.shape[1])
    layer.weight[:, 7:] = np.linalg.solve(ridge, x.numpy().T @ (affect - affect.mean(0)) / len(x))
    layer.bias[7:] = affect.mean(0)
    scaled = layer.weight / spread[:, None]
    return Layer(scaled, layer.bias - mean @ scaled)


def logistic(x: torch.Tensor, target: torch.Tensor, classes: int, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights [110, K] and bias [K] of least penalised log loss; convex, so no seed matters."""
    counts = torch.bincount(target, minlength=classes).double()
    importance = (len(target) / (classes * counts))[target]
    weight = torch.zeros(x.shape[1], classes, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(classes, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=300, line_search_fn="strong_wolfe")

    def cost() -> torch.Tensor:
        optimiser.zero_grad()
        loss = (importance * F.cross_entropy(x @ weight + bias, target, reduction="none")).mean()
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


def joint(looks: Looks, layer: Layer) -> np.ndarray:
    """Raw outputs [N, 9] of network and layer together, before the temperature."""
    return ((1 - SHARE) * looks.raw + SHARE * layer.raw(looks.functionals)) @ voting()


def clips(looks: Looks, raw: np.ndarray, temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean probabilities [clips, 7] over whole windows, and the tone of each clip."""
    probability = ev.softmax(raw[looks.whole, :7] / temperature)
    names, first, place = np.unique(looks.clip[looks.whole], return_index=True, return_inverse=True)
    mean = np.zeros((len(names), 7))
    np.add.at(mean, place, probability)
    return mean / np.bincount(place)[:, None], looks.tone[looks.whole][first]


def dumped(cache: Path, corpus: str, condition: str) -> Path:
    return cache / "prosody" / f"{corpus}-{condition.replace(':', '')}.jsonl"


def dumps(cache: Path, temperature: float) -> list[Looks]:
    return [read(dumped(cache, "emodb", condition), temperature) for condition in CONDITIONS["emodb"]]


def network(cache: Path) -> tuple[dict[str, np.ndarray], dict[str, str], float]:
    """Tensors, metadata and temperature of the network alone."""
    temperature = json.loads((cache / "report" / "open.json").read_text())["temperature"]
    with safe_open(cache / "weights" / "tone-open.safetensors", "numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata(), temperature


def dump(cache: Path, undertone: str) -> None:
    """Functionals and the network's scores of every training window, by the Rust code."""
    (cache / "prosody").mkdir(parents=True, exist_ok=True)
    model = ["--acoustic-model", cache / "weights" / "tone-open.safetensors"]
    for corpus, condition in ((corpus, c) for corpus, conditions in CONDITIONS.items() for c in conditions):
        manifest = data_dir() / "acoustic" / corpus / "manifest.csv"
        command = [undertone, "eval", "acoustic", "--manifest", manifest, "--condition", condition]
        subprocess.run([*command, *model, "--dump", dumped(cache, corpus, condition)], check=True)
        print(corpus, condition, flush=True)


def join(cache: Path) -> None:
    """Folds share, vote and temperature into the network's last layer and the prosody layer.

    The temperature stays the network's own: it was found on EmoGator's bursts, which have no prosody of speech.
    """
    arrays, meta, temperature = network(cache)
    layer = fit(together(dumps(cache, temperature)))
    scale = np.ones(OUTPUTS)
    scale[:7] = 1 / temperature
    undo = np.ones(OUTPUTS)
    undo[:7] = temperature
    for name in ("weight", "bias"):
        last = arrays[f"out.{name}"].astype(np.float64) * undo
        arrays[f"out.{name}"] = ((1 - SHARE) * last @ voting() * scale).astype(np.float16)
        mine = getattr(layer, name)
        arrays[f"prosody.{name}"] = (SHARE * mine @ voting() * scale).astype(np.float32)
    config = json.loads(meta["config"]) | {"prosody": True}
    arrays = {name: np.ascontiguousarray(value) for name, value in arrays.items()}
    write(ROOT / "models" / "tone-open.safetensors", arrays, meta | {"config": json.dumps(config)})


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
    looks = together(dumps(cache, network(cache)[2]))
    for penalty in (1 / 5, 1 / 18, PENALTY, 1 / 280):
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
        looks = in_order(corpus, read(dumped(cache, corpus, condition), 1.0))
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
    weight, bias = logistic(torch.from_numpy((taught.functionals - mean) / spread), target, len(labels), PENALTY)
    out = {}
    for condition, looks in heard.items():
        mine = looks.where(np.isin(looks.speaker, list(exclude)))
        told = ev.softmax((mine.functionals - mean) / spread @ weight + bias)
        out[condition] = np.stack([told[mine.clip == clip].mean(0) for clip in np.unique(mine.clip)])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("dump", "join", "loso", "figures"))
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--undertone", default=str(ROOT / "target/release/undertone"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.command in ("dump", "figures"):
        {"dump": dump, "figures": figures}[arguments.command](arguments.cache, arguments.undertone)
    else:
        {"join": join, "loso": loso}[arguments.command](arguments.cache)


if __name__ == "__main__":
    main()
