"""The recipes that were chosen; docs/lab/acoustic.md has what they were chosen from."""

from __future__ import annotations

from dataclasses import replace

from train import Recipe

SHARES = {"emodb": 0.4, "ravdess": 0.4, "nemo": 0.4, "emogator": 0.15, "picovoice": 0.05}
"""How often each corpus is drawn when all are there."""
RAVDESS_LABELS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
EMODB_LABELS = ("angry", "bored", "disgust", "fearful", "happy", "neutral", "sad")
FOLDS = tuple(
    frozenset(f"ravdess-{actor:02}" for actor in range(first, min(first + 5, 25))) for first in (1, 6, 11, 16, 21)
)

OPEN = Recipe(shares={"emodb": 0.79, "picovoice": 0.06, "emogator": 0.15}, steps=700, burst_class=0.0, body=0.05)
RESEARCH = Recipe(shares=SHARES, steps=1200, burst_class=0.0, private=10.0)


def without(corpus: str) -> Recipe:
    """The research recipe with one corpus never heard."""
    return replace(RESEARCH, shares={name: share for name, share in SHARES.items() if name != corpus})


def refit(corpus: str, labels: tuple[str, ...], steps: int) -> Recipe:
    """Going on from a network that never heard `corpus`, with all of its labels."""
    return replace(
        RESEARCH, shares={corpus: 1.0}, labels=labels, steps=steps, rate=1.5e-3, body=0.7, mixup=0.3, private=0.0
    )
