#!/bin/sh
# Makes models/whisper-fixture.bin: speaks the sentences, trains, writes the file.
# Needs espeak-ng, flite, festival and its voices, and Python 3.11; takes about two
# hours of two otherwise idle cores. MINUTES=… says how long to train.
set -eu
cd "$(dirname "$0")"
work=${WORK:-work}
minutes=${MINUTES:-90}
calls=../../../audio-fixtures/calls-text.csv

for program in espeak-ng flite festival; do
    command -v "$program" >/dev/null || {
        echo "run.sh needs $program: apt-get install espeak-ng flite festival" \
            "festvox-kallpc16k festvox-kdlpc16k festvox-us-slt-hts" >&2
        exit 1
    }
done
[ -d .venv ] || { python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt; }
python=.venv/bin/python

[ -d "$work/data" ] || {
    $python synthesize.py "$work/data" --count 9000 --seed 1
    $python synthesize.py "$work/data" --count 600 --seed 2 --festival
}
[ -d "$work/calls" ] || $python synthesize.py "$work/calls" --count 2000 --seed 3 --extra "$calls"
[ -d "$work/held-out" ] || $python synthesize.py "$work/held-out" --count 300 --seed 4 --held-out

resume=
[ ! -f "$work/fixture.pt" ] || resume=--resume
# shellcheck disable=SC2086 # two words or none are meant
$python train.py --data "$work/data" "$work/calls" --texts "$calls" \
    ${NOISE:+--noise "$NOISE"} --out "$work/fixture.pt" --minutes "$minutes" $resume
$python evaluate.py "$work/fixture.pt" "$work/held-out"
$python export.py "$work/fixture.pt" ../../../models/whisper-fixture.bin
