#!/bin/sh
# Makes models/whisper-fixture.bin: speaks the sentences, trains, writes the file.
# Needs espeak-ng, flite and ffmpeg, and Python 3.11; takes about two hours of one idle
# core. MINUTES=… says how long to train. DATA=… is the folder with the public texts
# (text/banking77, text/goemotions, text/taskmaster4.tsv) and sounds (noise/esc10,
# noise/speech-commands, acoustic/emogator); without it, only what is made here is heard.
set -eu
cd "$(dirname "$0")"
mkdir -p "${WORK:-work}"
work=$(cd "${WORK:-work}" && pwd)
minutes=${MINUTES:-60}

for program in espeak-ng flite ffmpeg; do
    command -v "$program" >/dev/null || {
        echo "run.sh needs $program: apt-get install espeak-ng flite ffmpeg" >&2
        exit 1
    }
done
[ -d .venv ] || { python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt; }
python=.venv/bin/python

[ -d "$work/data" ] || {
    $python synthesize.py "$work/data" --count 14500 --seed 1 ${DATA:+--public "$DATA/text"}
}
[ -d "$work/held-out" ] || $python synthesize.py "$work/held-out" --count 300 --seed 4 --held-out
$python train.py "$work/data" ${DATA:+--public "$DATA/text" --noise "$DATA/noise"} \
    ${DATA:+--noise "$DATA/acoustic/emogator"} --out "$work/fixture.pt" --minutes "$minutes"
$python export.py "$work/fixture.pt" ../../../models/whisper-fixture.bin
cd ../../..
cargo build --release --locked --package undertone
undertone="${CARGO_TARGET_DIR:-target}/release/undertone"
for manifest in "$work/held-out/manifest.csv" audio-fixtures/calls-text.csv; do
    "$undertone" eval asr --manifest "$manifest" --whisper models/whisper-fixture.bin
done
