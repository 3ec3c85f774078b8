#!/usr/bin/env python3
"""False alerts in calm calls of real voices when something that is no voice is on the line.

Builds two-lane calls from read speech (a folder of clips, one reader a clip), puts one
sound between two turns of the customer, and runs `undertone analyze --json` over each.
A line a sound: calls with an alert, moments of a voice (shout, pace, rising, negative),
seconds of speech found inside the sound, and what was detected. Needs numpy, soundfile and
ffmpeg.

  python benches/gate/run.py --voices ../shared/data/neutral/librispeech \\
      --noise ../shared/data/noise/esc10
"""

import argparse
import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

import sounds as s

LEVEL = 0.05  # RMS of speech: -26 dBFS
VOICE = {"shout", "pace", "rising", "negative", "sigh", "overlap", "interruption"}


def read(path):
    """16 kHz mono; ffmpeg reads what soundfile does not (Opus)."""
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "f32le", "-ac", "1", "-ar", str(s.RATE), "-"]
    out = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(out, dtype=np.float32).astype(float)


def clip(path, level=LEVEL):
    wave = read(path)
    frames = wave[: len(wave) // 160 * 160].reshape(-1, 160)
    power = (frames**2).mean(axis=1)
    voiced = np.flatnonzero(power > power.max() * 1e-3)
    wave = wave[voiced[0] * 160 : (voiced[-1] + 1) * 160]
    return wave * level / np.sqrt(power[power > power.max() * 1e-3].mean())


def call(number, voices, sound, condition):
    """Both lanes, and where on the customer's the sound lies, in seconds."""
    rng = np.random.default_rng(number)
    mine, theirs = clip(voices[number]), clip(voices[(number + 7) % len(voices)])[: 5 * s.RATE]
    customer = np.concatenate([s.silence(0.5), mine, s.silence(6), mine, s.silence(6)])
    agent = np.zeros(len(customer))
    for at in (len(mine) + s.RATE, 2 * len(mine) + 7 * s.RATE):
        agent[at : at + len(theirs)] = theirs[: len(agent) - at]
    start = len(customer)
    tail = np.concatenate([s.silence(0.6), mine, s.silence(3)])
    customer = np.concatenate([customer, sound, tail])
    agent = np.concatenate([agent, np.zeros(len(customer) - len(agent))])
    lanes = [lane + 3e-4 * rng.standard_normal(len(lane)) for lane in (customer, agent)]
    if condition == "phone":
        lanes = [s.phone(lane) for lane in lanes]
    return np.stack(lanes, axis=1), (start / s.RATE, (start + len(sound)) / s.RATE)


def analyse(binary, lanes, span, folder):
    path = Path(folder) / "call.wav"
    soundfile.write(path, np.clip(lanes, -1, 1), s.RATE, subtype="PCM_16")
    for _ in range(3):  # a machine under load may make the model miss its deadline
        out = subprocess.run([binary, "analyze", "--json", path], capture_output=True, text=True)
        if out.returncode == 0:
            break
    else:
        sys.exit(f"{binary}: {out.stderr}")
    seen = {"alerts": 0, "moments": collections.Counter(), "found": collections.Counter(), "speech": 0.0}
    for line in out.stdout.splitlines():
        event = json.loads(line)
        kind = event["type"]
        mine = event.get("lane") == "customer"
        if kind == "alert" and event["state"] == "raised":
            seen["alerts"] += 1
        elif kind == "moment" and event["kind"] in VOICE:
            seen["moments"][event["kind"]] += 1
        elif kind == "tone_detected":
            seen["found"][event["kind"]] += 1
        elif kind == "tone" and mine and span[0] + 0.25 < event["end_s"] <= span[1]:
            seen["speech"] += 0.25 * event["speech_now"]
    return seen


def made(noise, number):
    """Every sound by name, each with a level of its own where levels matter."""
    digits = "".join(np.random.default_rng(number).choice(list(s.KEYS), 16))
    yield "control", s.silence(1)
    for db in (-12, -16, -20, -25, -30):
        yield f"16 keys {db} dB", s.keys(digits, db)
    yield "4 keys -15 dB", s.keys(digits[:4], -15)
    yield "1 key -15 dB", s.keys(digits[:1], -15)
    yield "keys of 50 ms", s.keys(digits, -14, 0.05, 0.05)
    yield "1 kHz beep", np.concatenate([s.tone((1000,), 1.0, -18), s.silence(0.5)] * 2)
    yield "1400 Hz recorder", np.concatenate([s.tone((1400,), 0.5, -18), s.silence(1.5)] * 3)
    yield "mailbox beep", s.tone((440,), 0.4, -14)
    yield "SIT", s.sit(-14)
    yield "fax", np.concatenate([s.fax(-13), s.fsk(-14)])
    yield "ring US", s.cadence((440, 480), (2, 4), 2, -19)
    yield "ring Europe", s.cadence((425,), (1, 4), 3, -15)
    yield "ring UK", s.cadence((400, 450), (0.4, 0.2, 0.4, 2), 3, -19)
    yield "busy US", s.cadence((480, 620), (0.5, 0.5), 10, -21)
    yield "busy Europe", s.cadence((425,), (0.48, 0.48), 10, -15)
    yield "congestion", s.cadence((425,), (0.24, 0.24), 16, -15)
    yield "dial US", s.tone((350, 440), 5, -13)
    yield "dial Europe", s.tone((425,), 5, -15)
    for style, name in enumerate(("piano", "strings", "lead", "guitar")):
        yield f"hold music, {name}", s.music(30, -20 + number % 3 * 3, 100 * style + number, style)
    for folder in sorted(Path(noise).iterdir()) if noise else []:
        files = sorted(folder.iterdir())
        four = [files[(number * 4 + n) % len(files)] for n in range(4)]
        wave = np.concatenate([read(path) for path in four])
        loud = np.sqrt(np.mean(np.sort(wave**2)[len(wave) // 2 :])) + 1e-9
        yield folder.name, wave * (0.05 / loud)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--binary", default="target/release/undertone")
    parser.add_argument("--voices", required=True, type=Path, help="folder of clips, one reader each")
    parser.add_argument("--noise", type=Path, help="folder of folders of noises (ESC-10)")
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--condition", default="clean,phone")
    parser.add_argument("--only", default="", help="sounds whose name holds this")
    parser.add_argument("--json", action="store_true", help="a JSON object a line instead")
    args = parser.parse_args()
    voices = sorted(p for p in args.voices.iterdir() if p.suffix in (".ogg", ".flac", ".wav"))
    voices = voices[:: max(1, len(voices) // 40)]
    for condition in args.condition.split(","):
        totals = {}
        with tempfile.TemporaryDirectory() as folder:
            for number in range(args.calls):
                for name, sound in made(args.noise, number):
                    if args.only not in name:
                        continue
                    lanes, span = call(number, voices, sound, condition)
                    seen = analyse(args.binary, lanes, span, folder)
                    total = totals.setdefault(name, [0, collections.Counter(), collections.Counter(), 0.0])
                    total[0] += seen["alerts"] > 0
                    total[1] += seen["moments"]
                    total[2] += seen["found"]
                    total[3] += seen["speech"]
        for name, (alerts, moments, found, speech) in totals.items():
            if args.json:
                row = {"condition": condition, "sound": name, "calls": args.calls, "alerts": alerts}
                print(json.dumps({**row, "moments": moments, "found": found, "speech_s": round(speech, 1)}))
            else:
                told = " ".join(f"{kind} {count}" for kind, count in sorted(moments.items()))
                seen = " ".join(f"{kind} {count}" for kind, count in sorted(found.items()))
                print(f"{condition:6} {name:20} {alerts:3} of {args.calls}  {speech:6.1f} s  {told:30} {seen}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
