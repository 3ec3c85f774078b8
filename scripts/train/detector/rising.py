"""Finds when to warn of a tone on its way to an alert.

    python rising.py --fit we?.jsonl twin*.jsonl picovoice.jsonl --judge nemo.jsonl

Weights, baseline and alerts are the shipped ones, read from detector.rs. A warning comes from a
slower sum, to which no hop adds more than `most`. For every memory and `most` the threshold is
the lowest that keeps to 4 false warnings an hour on all `--fit` calls together; of these, what
warns of most growing spikes of `--judge` a second or more before their alert is taken, and of
those that are as good but for a fiftieth what gives the fewest false warnings there.
"""

import argparse
import itertools
import re
from pathlib import Path

import numpy as np

from fit import CLEAR_HOPS, CLEAR_SHARE, PROSODY_RANGE, REST_S, SCORE_RANGE
from calls import GRACE_S, NAMES, PROSODY, SCORES, Call, against_own, read

DETECTOR = Path(__file__).resolve().parents[3] / "crates/undertone-fusion/src/detector.rs"
MEMORIES, MOSTS = (0.8, 0.85, 0.88, 0.9, 0.92, 0.95), (3.0, 5.0, 8.0, 10.0, np.inf)
THRESHOLDS = np.arange(0.3, 3.0, 0.05)
RATE, AHEAD_S, AGAIN_S, AS_GOOD = 4.0, 1.0, 20.0, 0.02


def shipped() -> tuple[dict[str, float], np.ndarray]:
    """The detector's numbers by name, and what calm speech scores: [3, 8]."""
    text = DETECTOR.read_text().split("impl Default for Detector")[1]
    numbers = {name: float(value) for name, value in re.findall(r"(\w+): (-?[\d.]+),", text)}
    usual = re.findall(r"center: ([-\d.]+), within: ([-\d.]+), between: ([-\d.]+)", text)
    return numbers, np.column_stack([np.array(usual, float).T, PROSODY])


class Heard:
    """A call as the shipped detector hears it: evidence, threshold and alerts, hop by hop."""

    def __init__(self, call: Call, numbers: dict[str, float], known: np.ndarray) -> None:
        z, absolute, unheard = against_own(call, known)
        z[:, :SCORES] = np.clip(z[:, :SCORES], *SCORE_RANGE)
        z[:, SCORES:] = np.clip(z[:, SCORES:], *PROSODY_RANGE)
        own = z @ [numbers[name] for name in NAMES] + numbers["bias"]
        absolute = np.clip(absolute, *SCORE_RANGE)
        self.call = call
        self.evidence = own + absolute @ [numbers["score_absolute"], numbers["recent_absolute"]]
        self.raise_at = numbers["raise_at"] * (1 + numbers["cold"] * unheard)
        self.open, self.alerts = self.life(numbers["memory"], CLEAR_SHARE * numbers["raise_at"])

    def life(self, memory: float, clear_at: float) -> tuple[np.ndarray, list[float]]:
        """Hops at which an alert is open, and when alerts were raised."""
        total, quiet, rest, is_open = 0.0, 0, -REST_S, False
        opened, raised = np.zeros(len(self.evidence), bool), []
        for n, (now, evidence, at) in enumerate(zip(self.call.times, self.evidence, self.raise_at)):
            total = min(max(total * memory + evidence, 0.0), 2 * at)
            if is_open:
                quiet = quiet + 1 if total < clear_at else 0
                is_open = quiet < CLEAR_HOPS
                rest = rest if is_open else now
            elif total >= at and now - rest >= REST_S:
                is_open, quiet = True, 0
                raised.append(now)
            opened[n] = is_open
        return opened, raised

    def slow(self, memory: float, most: float) -> np.ndarray:
        """The slower sum over what an alert takes; nothing while one is open."""
        total, sums = 0.0, np.zeros(len(self.evidence))
        for n, evidence in enumerate(np.minimum(self.evidence, most)):
            total = max(total * memory + evidence, 0.0)
            sums[n] = total
        return np.where(self.open, 0.0, sums / self.raise_at)

    def warnings(self, slow: np.ndarray, at: float) -> list[float]:
        told: list[float] = []
        for now in self.call.times[slow >= at]:
            if not told or now - told[-1] >= AGAIN_S:
                told.append(now)
        return told

    def false(self, warnings: list[float]) -> int:
        inside = lambda now: any(on <= now <= end + GRACE_S for on, end, _ in self.call.spikes)
        return sum(not inside(now) for now in warnings)

    def ahead(self, warnings: list[float]) -> list[float]:
        """Seconds from warning to alert of every growing spike that led to one, 0 without a warning."""
        seconds = []
        for on, end, _ in self.call.spikes if self.call.grows() else ():
            alert = next((now for now in self.alerts if on <= now <= end), None)
            if alert is not None:
                seconds.append(alert - next((now for now in warnings if on <= now < alert), alert))
        return seconds


def figures(heard: list[Heard], slow: list[np.ndarray], at: float) -> tuple[float, float]:
    """Share of growing spikes warned of in time, and false warnings an hour."""
    told = [one.warnings(sums, at) for one, sums in zip(heard, slow)]
    ahead = sum((one.ahead(warnings) for one, warnings in zip(heard, told)), [])
    false = sum(one.false(warnings) for one, warnings in zip(heard, told))
    hours = sum(one.call.calm_hours() for one in heard)
    return float(np.mean(np.array(ahead) >= AHEAD_S)) if ahead else 0.0, false / hours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", type=Path, nargs="+", required=True, help="dumps that set the threshold")
    parser.add_argument("--judge", type=Path, nargs="+", required=True, help="dumps that choose the way")
    args = parser.parse_args()
    numbers, known = shipped()
    hear = lambda paths: [Heard(call, numbers, known) for path in paths for call in read(path, growing=True)]
    taught, judged = hear(args.fit), hear(args.judge)
    found = []
    for memory, most in itertools.product(MEMORIES, MOSTS):
        sums = [one.slow(memory, most) for one in taught]
        rates = [figures(taught, sums, at)[1] for at in THRESHOLDS]
        keeps = np.flatnonzero(np.array(rates) <= RATE)
        if not len(keeps):
            continue
        at = THRESHOLDS[keeps[0]]
        warned, false = figures(judged, [one.slow(memory, most) for one in judged], at)
        print(f"memory {memory} most {most} at {at:.2f}: {rates[keeps[0]]:.1f} false/h; "
              f"judged: {warned:.2f} warned, {false:.1f} false/h", flush=True)
        found.append((warned, false, memory, most, at))
    most_warned = max(one[0] for one in found)
    best = min((one for one in found if one[0] >= most_warned - AS_GOOD), key=lambda one: one[1])
    print("rising_memory {}, rising_most {}, rising_at {:.2f}".format(*best[2:]))


if __name__ == "__main__":
    main()
