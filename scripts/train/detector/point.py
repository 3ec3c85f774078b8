"""Finds what contrast weighs, and what an alert takes with it.

    python point.py --judge nemo1.jsonl nemo2.jsonl nemo3.jsonl --shipped shipped.jsonl

The other numbers are read from detector.rs. For every weight of contrast and of loudness it prints recall, median
delay and share of spikes told of within 1.8 s on `--judge`, whose speakers taught nothing, at the lowest threshold
that leaves no more than 1, 2, 4 and 8 false alarms an hour, and the latest that a shipped call is told of at the
threshold for 2.
"""

import argparse
import itertools
from pathlib import Path

import numpy as np

from fit import COLUMNS, CONTRAST, LOUDNESS, Set, run
from calls import read
from rising import shipped as detector

CONTRASTS, LOUDNESSES = (0.0, 1.0, 1.5, 2.0, 3.0), (1.0, 1.5, 2.0)
THRESHOLDS = 2.0 ** np.arange(4.0, 6.2, 0.025)
RATES, RATE, LATE_S = (1.0, 2.0, 4.0, 8.0), 2.0, 1.8


def line(calls: Set, false: float, delays: np.ndarray, raise_at: float) -> str:
    delays = delays[~np.isnan(calls.onsets)]
    hits = delays[~np.isnan(delays)]
    soon = (np.nan_to_num(delays, nan=np.inf) <= LATE_S).mean()
    median = np.median(hits) if len(hits) else np.nan
    return f"{raise_at:.1f}: {false / calls.hours:.1f}/h {len(hits) / len(delays):.2f} {median:.2f} s {soon:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--judge", type=Path, nargs="+", required=True)
    parser.add_argument("--shipped", type=Path, required=True)
    args = parser.parse_args()
    numbers, known = detector()
    judged = Set(sum(map(read, args.judge), []), known)
    shipped = Set(read(args.shipped), known)
    for contrast, loudness in itertools.product(CONTRASTS, LOUDNESSES):
        weights = np.array([numbers[name] for name in COLUMNS])
        weights[CONTRAST], weights[LOUDNESS] = contrast, loudness
        how = numbers["memory"], numbers["cold"]
        false, delays = run(judged, judged.features @ weights, *how, THRESHOLDS)
        print(f"contrast {contrast} loudness {loudness}")
        for rate in RATES:
            kept = np.flatnonzero(false / judged.hours <= rate)
            if not len(kept):
                continue
            place = kept[0]
            told = line(judged, false[place], delays[place], THRESHOLDS[place])
            if rate == RATE:
                at = np.array([THRESHOLDS[place]])
                wrong, late = run(shipped, shipped.features @ weights, *how, at)
                latest = np.nan_to_num(late[0][~np.isnan(shipped.onsets)], nan=np.inf).max()
                told += f"; shipped: latest {latest:.2f} s, {wrong[0]:.0f} false"
            print(f"  {told}", flush=True)


if __name__ == "__main__":
    main()
