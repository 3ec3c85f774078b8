#!/bin/sh
# Trains the networks of the acoustic models and their layers over prosody, on a CPU.
#   scripts/train/acoustic/train.sh CACHE tone-open|tone-research   # writes models/NAME.safetensors
#   scripts/train/acoustic/train.sh CACHE cards                     # every figure of both model cards
# The first is a step of scripts/train/NAME/make, which adds contrast and calm scores.
# Needs about 12 GB of disk for the cache. Seeds are fixed; a cache that is there is reused.
set -eu
usage="usage: train.sh CACHE tone-open|tone-research|cards"
cache=${1:?$usage}
case ${2:-} in
tone-open | tone-research | cards) ;;
*) echo "$usage" >&2; exit 1 ;;
esac
here=$(dirname "$0")
: "${UNDERTONE_DATA:=../shared/data}"
OMP_NUM_THREADS=1
export UNDERTONE_DATA OMP_NUM_THREADS
started=$(date +%s)

step() {
    script=$1
    shift
    began=$(date +%s)
    python "$here/$script.py" "$@" --cache "$cache"
    now=$(date +%s)
    echo "train.sh: $script $*: $((now - began)) s, $(((now - started) / 60)) min since the start" >&2
}

# The prosody of windows is measured by the Rust code.
(cd "$here/../../.." && cargo build --release --locked --package undertone)
step features
step bank
step report train
step report loco
step report final
step prosody dump
step report open
step prosody loco
if [ "$2" != cards ]; then
    step prosody join --model "$2"
    exit
fi
step prosody figures
step report refit
step report folds
step report loso
step cards
