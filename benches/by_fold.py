"""Puts figures of folds together: what `undertone eval spikes --json` says of each.

    python benches/by_fold.py fold1.json fold2.json fold3.json fold4.json fold5.json

Recall and false alarms are those of all folds as one, at the same multiple of the threshold in each; delays are told
fold by fold, lowest to highest, as percentiles cannot be put together.
"""

import argparse
import json
from pathlib import Path

RATE = 2.0


def together(folds: list[dict], points: list[dict]) -> str:
    hours = sum(fold["calm_hours"] for fold in folds)
    false = sum(p["false_alarms_per_hour"] * fold["calm_hours"] for fold, p in zip(folds, points)) / hours
    found = []
    for key in ("recall", "recall_strong", "recall_normal"):
        told = [(fold["spikes"], p[key]) for fold, p in zip(folds, points) if p[key] is not None]
        share = sum(n * recall for n, recall in told) / sum(n for n, _ in told) if told else float("nan")
        found.append(f"{key.removeprefix('recall_')} {share:.3f}")
    between = lambda key: f"{min(p[key] for p in points):.2f} to {max(p[key] for p in points):.2f} s"
    return f"{', '.join(found)}; {false:.1f} false an hour; p50 {between('delay_p50_s')}, p95 {between('delay_p95_s')}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folds", type=Path, nargs="+")
    folds = [json.loads(path.read_text()) for path in parser.parse_args().folds]
    print("as shipped: " + together(folds, folds))
    hours = sum(fold["calm_hours"] for fold in folds)
    for points in zip(*(fold["detectors"][0]["curve"] for fold in folds)):
        false = sum(p["false_alarms_per_hour"] * fold["calm_hours"] for fold, p in zip(folds, points)) / hours
        if false <= RATE:
            print(f"kept to {RATE:.0f} an hour: " + together(folds, points))
            return


if __name__ == "__main__":
    main()
