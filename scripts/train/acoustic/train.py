"""Trains one network from the bank of windows; the recipes and reports build on it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

import yamnet
from bank import BURSTS, Bank
from corpora import SYNONYMS
from model import OUTPUTS, Acoustic, Config, Private
from windows import Corpus


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run, apart from the speakers left out."""

    shares: dict[str, float]
    steps: int = 1000
    batch: int = 32
    rate: float = 1e-3
    body: float = 0.5
    """Learning rate of the convolutions, as a share of `rate`."""
    smoothing: float = 0.05
    decay: float = 0.02
    average: float = 0.995
    """Decay of the moving average of the weights, which is what a run returns."""
    mixup: float = 0.4
    """Share of batches whose windows are mixed in pairs."""
    burst_class: float = 0.3
    """Weight of the seven classes on bursts without words."""
    dropout: float = 0.3
    private: float = 0.0
    """Weight decay of each corpus's private offset to the outputs; 0: no private offsets."""
    labels: tuple[str, ...] = ()
    """Answer these labels of a corpus by a new last layer, instead of the seven classes."""
    seed: int = 1
    config: Config = field(default_factory=Config)


@dataclass
class Targets:
    """What a batch should answer: class shares [B, 7], affect [B, 2], burst class [B] or -1, corpus [B]."""

    classes: Tensor
    affect: Tensor
    burst: Tensor
    corpus: Tensor


def loss(raw: Tensor, targets: Targets, recipe: Recipe) -> Tensor:
    """Soft cross-entropy, squared error of arousal and valence, and the bursts' own classes."""
    count = targets.classes.shape[1]
    smooth = targets.classes * (1 - recipe.smoothing) + recipe.smoothing / count
    if recipe.labels:
        return -(smooth * F.log_softmax(raw, 1)).sum(1).mean()
    burst = targets.burst >= 0
    weight = torch.where(burst, recipe.burst_class, 1.0)
    classes = -(smooth * F.log_softmax(raw[:, :count], 1)).sum(1)
    affect = ((torch.tanh(raw[:, count:OUTPUTS]) - targets.affect) ** 2).sum(1)
    total = (weight * (classes + 0.3 * affect)).mean()
    if burst.any():
        total = total + 0.5 * burst.float().mean() * F.cross_entropy(raw[burst, OUTPUTS:], targets.burst[burst])
    return total


def draw(bank: Bank, recipe: Recipe) -> tuple[Tensor, Targets]:
    """A batch of the frozen layers' output and its targets, sometimes mixed in pairs."""
    front, classes, affect, origin = bank.batch(recipe.batch)
    burst = torch.tensor([BURSTS.index(label) if corpus == "emogator" else -1 for corpus, label in origin])
    if recipe.labels:
        wanted = torch.tensor([recipe.labels.index(label) for _, label in origin])
        classes = F.one_hot(wanted, len(recipe.labels)).float()
    if bank.rng.random() < recipe.mixup:
        share = float(bank.rng.beta(0.4, 0.4))
        share = max(share, 1 - share)
        order = torch.from_numpy(bank.rng.permutation(recipe.batch))
        front, classes, affect = (share * x + (1 - share) * x[order] for x in (front, classes, affect))
    corpus = torch.tensor([bank.names.index(name) for name, _ in origin])
    return front, Targets(classes, affect, burst, corpus)


def build(recipe: Recipe, data: Path) -> Acoustic:
    """A fresh network that starts as YAMNet's first layers."""
    torch.manual_seed(recipe.seed)
    model = Acoustic(recipe.config, OUTPUTS + len(BURSTS), recipe.dropout)
    yamnet.initialise(model, data / "pretrained" / "yamnet.tflite")
    return model.to(memory_format=torch.channels_last)


def groups(model: Acoustic, recipe: Recipe) -> list[dict]:
    """Optimiser groups: frozen layers absent, convolutions slower than the head."""
    head = [model.proj, model.att, model.hidden, model.out]
    return [
        {"params": [p for m in model.blocks[model.frozen :] for p in m.parameters()], "lr": recipe.rate * recipe.body},
        {"params": [p for m in head for p in m.parameters()], "lr": recipe.rate},
    ]


def fit(model: Acoustic, bank: Bank, recipe: Recipe, name: str = "") -> Acoustic:
    """Trains `model` in place; returns the averaged weights as a network in eval mode."""
    parts = groups(model, recipe)
    trained = [p for part in parts for p in part["params"]]
    optimiser = torch.optim.AdamW(parts, weight_decay=recipe.decay)
    private = Private(len(bank.names), recipe.config.hidden)
    if recipe.private:
        optimiser.add_param_group(
            {"params": [*private.parameters()], "lr": recipe.rate, "weight_decay": recipe.private}
        )
    warm = max(1, recipe.steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min((s + 1) / warm, 0.5 * (1 + math.cos(math.pi * s / recipe.steps)) + 0.01)
    )
    average, running = copy.deepcopy(model), 2.0
    model.train()
    for step in range(recipe.steps):
        front, targets = draw(bank, recipe)
        raw = forward(model, private if recipe.private else None, front, targets.corpus)
        value = loss(raw, targets, recipe)
        optimiser.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(trained, 2.0)
        optimiser.step()
        schedule.step()
        blend(average, model, min(recipe.average, step / (step + 10)))
        running = 0.98 * running + 0.02 * value.item()
        if step % 200 == 199:
            print(f"{name} step {step + 1} loss {running:.3f}", flush=True)
    return average.eval()


def forward(model: Acoustic, private: Private | None, front: Tensor, corpus: Tensor) -> Tensor:
    """The frozen layers' output -> raw outputs, with the private offsets of the corpora if any."""
    embedding = model.drop(model.embed(front))
    raw = model.out(embedding)
    if private is None:
        return raw
    return torch.cat([raw[:, :OUTPUTS] + private(embedding, corpus), raw[:, OUTPUTS:]], dim=1)


@torch.no_grad()
def blend(average: Acoustic, model: Acoustic, decay: float) -> None:
    """Moves `average` towards `model`."""
    for old, new in zip(average.parameters(), model.parameters()):
        old.lerp_(new, 1 - decay)


def train(
    recipe: Recipe,
    corpora: dict[str, Corpus],
    cache: Path,
    data: Path,
    exclude: frozenset[str] = frozenset(),
    start: Acoustic | None = None,
    name: str = "",
) -> Acoustic:
    """A network from the bank; `exclude` names speakers that must not be heard, `start` a network to go on from."""
    torch.set_num_threads(1)
    torch.manual_seed(recipe.seed)
    model = build(recipe, data) if start is None else copy.deepcopy(start)
    if recipe.labels:
        model.out = torch.nn.Linear(recipe.config.hidden, len(recipe.labels))
    bank = Bank(corpora, cache, recipe.shares, exclude, recipe.seed, gentle=bool(recipe.labels))
    model = fit(model, bank, recipe, name)
    if recipe.labels:
        restore_priors(model, recipe.labels)
    return model


@torch.no_grad()
def restore_priors(model: Acoustic, labels: tuple[str, ...]) -> None:
    """Labels that share one of our classes (neutral and calm) were drawn half as often: makes up for it."""
    targets = [SYNONYMS.get(label, label) for label in labels]
    model.out.bias += torch.log(torch.tensor([float(targets.count(t)) for t in targets]))
