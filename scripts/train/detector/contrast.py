"""Teaches a weights file to say how far a voice's prosody is from its own calm.

    python contrast.py we*.jsonl --weights models/tone-open.safetensors
    python contrast.py we*.jsonl --without emodb-03 emodb-08 --weights we0.safetensors

The dumps (`undertone eval spikes --dump`) may be of any model that hears prosody: what is used of them are
the functionals of newest halves, less what the speaker's calm has been so far. A penalised logistic
regression tells angry from calm in them. Being linear, its answer is the difference of one number from that number's
own calm, so the model says the number and knows no speakers. It is scaled to the spread of calm speech.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from calls import MIN_SPEECH, PRIOR_WEIGHT, PROBATION, Call, read

PENALTY = 1e-3  # of squared weights, on the mean loss of a hop; 1e-4 is as good, 1e-2 finds less of nEMO
LATE_LOOK_S = 0.4
LIMIT = 6.0  # spreads that one functional may be off


@dataclass
class Heard:
    """A call and the functionals of its newest halves [n, 110]."""

    call: Call
    functionals: np.ndarray

    def angry(self) -> np.ndarray:
        times = self.call.times
        inside = [(times >= on + LATE_LOOK_S) & (times <= end) for on, end, _ in self.call.spikes]
        return np.any(inside, 0) if inside else np.zeros(len(times), bool)

    def against_own(self, usual: np.ndarray) -> np.ndarray:
        """Functionals less the mean of calm hops so far, which is `usual` before the first."""
        total, count, waiting, rows = usual * PRIOR_WEIGHT, PRIOR_WEIGHT, [], []
        for now, calm in zip(self.functionals, self.call.calm()):
            rows.append(now - total / count)
            if calm:
                waiting.append(now)
            if len(waiting) > PROBATION:
                total, count = total + waiting.pop(0), count + 1
        return np.array(rows)


def heard(path: Path) -> list[Heard]:
    calls, rows = read(path), []
    with open(path) as lines:
        for line in lines:
            call = json.loads(line)
            hops = [hop[4][1] for hop in call["hops"] if hop[2] and hop[1] >= MIN_SPEECH]
            if hops and not any(how == "growing" for _, _, how in call["spikes"]):
                rows.append(np.array(hops))
    return [Heard(*both) for both in zip(calls, rows, strict=True)]


def taught(calls: list[Heard]) -> np.ndarray:
    """Weights [110]; angry and calm weigh the same, and in each every corpus that has it."""
    usual = np.mean([one.functionals[one.call.calm()].mean(0) for one in calls], 0)
    rows = np.concatenate([one.against_own(usual) for one in calls])
    angry = np.concatenate([one.angry() for one in calls])
    calm = np.concatenate([one.call.calm() for one in calls])
    corpus = np.concatenate([[one.call.speaker.split("-")[0]] * len(one.call.times) for one in calls])
    spread = rows[calm].std(0) + 1e-6
    taken = angry | calm
    weight = np.zeros(len(rows))
    for name in np.unique(corpus):
        for label in (angry, calm):
            mine = label & taken & (corpus == name)
            weight[mine] = 1 / max(mine.sum(), 1)
    rows = np.clip(rows[taken] / spread, -LIMIT, LIMIT)
    return logistic(rows, angry[taken].astype(float), weight[taken] / weight.sum()) / spread


def logistic(rows: np.ndarray, target: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weights of the columns by Newton's method; the bias is not held back and not returned."""
    rows = np.column_stack([rows, np.ones(len(rows))])
    held = np.full(rows.shape[1], PENALTY)
    held[-1] = 0.0
    found = np.zeros(rows.shape[1])
    for _ in range(100):
        likely = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = rows.T @ (weight * (likely - target)) + held * found
        bend = (rows * (weight * likely * (1 - likely))[:, None]).T @ rows + np.diag(held + 1e-12)
        step = np.linalg.solve(bend, slope)
        found -= step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-6:
            break
    return found[:-1]


def scaled(weights: np.ndarray, calls: list[Heard]) -> np.ndarray:
    """So that calm speech of the median call has a spread of 1."""
    calm = [one.functionals[one.call.calm()] @ weights for one in calls]
    return weights / np.median([1.4826 * np.median(np.abs(row - np.median(row))) for row in calm])


def patch(path: Path, weights: np.ndarray) -> None:
    """Adds the tensor `prosody.contrast` to a weights file; the other tensors keep their numbers."""
    with safe_open(path, "numpy") as file:
        arrays, meta = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()
    config = json.loads(meta["config"]) | {"contrast": True}
    arrays["prosody.contrast"] = weights.astype(np.float32)
    save_file(arrays, path, meta | {"config": json.dumps(config)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dumps", type=Path, nargs="+")
    parser.add_argument("--without", nargs="*", default=[], metavar="SPEAKER", help="who must not teach")
    parser.add_argument("--weights", type=Path, required=True)
    args = parser.parse_args()
    calls = [one for path in args.dumps for one in heard(path) if one.call.speaker not in args.without]
    patch(args.weights, scaled(taught(calls), calls))
    print(f"{args.weights}: {len({one.call.speaker for one in calls})} speakers taught it", flush=True)


if __name__ == "__main__":
    main()
