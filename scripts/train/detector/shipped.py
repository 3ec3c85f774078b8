"""The shipped calls as `undertone eval spikes --dump` would write them, from `undertone analyze --json`.

    python shipped.py --undertone target/release/undertone --acoustic-model NEW.safetensors > shipped.jsonl
"""

import argparse
import csv
import json
import subprocess
from pathlib import Path

CALLS = Path(__file__).resolve().parents[3] / "audio-fixtures"
TONES = ("neutral", "angry", "happy", "sad", "fearful", "disgust", "surprised")
PROSODY = ("f0_hz", "f0_range_st", "loudness_db", "rate_hz", "roughness")


def look(event: dict) -> list:
    numbers = (event[name] for name in ("arousal", "valence", "contrast"))
    return [[event["probabilities"][tone] for tone in TONES], *numbers]


def hop(event: dict) -> list:
    looks = [look(event), look(event["recent"])] if event["recent"] else None
    return [event["end_s"], event["speech_now"], looks, [event[name] for name in PROSODY]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--undertone", required=True)
    parser.add_argument("--acoustic-model", required=True)
    args = parser.parse_args()
    spikes: dict[str, list] = {}
    with open(CALLS / "calls.csv") as table:
        for row in csv.DictReader(table):
            found = spikes.setdefault(row["file"], [])
            if row["onset_s"]:
                found.append([float(row["onset_s"]), float(row["end_s"]), None])
    for file, found in spikes.items():
        command = [args.undertone, "analyze", "--json", "--acoustic-model", args.acoustic_model, CALLS / file]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        events = [event for event in map(json.loads, lines) if event["type"] == "tone" and event["lane"] == "customer"]
        call = {"speaker": file, "seconds": events[-1]["end_s"], "spikes": found, "hops": list(map(hop, events))}
        print(json.dumps(call))


if __name__ == "__main__":
    main()
