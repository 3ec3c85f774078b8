#!/bin/sh
# From recordings to weights and every figure of the model cards, on a CPU.
#   UNDERTONE_DATA=../shared/data scripts/train/acoustic/train.sh CACHE_DIR [weights]
# With `weights` it stops once both weights files and the leave-one-corpus-out table are made.
# Needs about 12 GB of disk for the cache. Seeds are fixed; a cache that is there is reused.
set -eu
cache=${1:?usage: train.sh CACHE_DIR [weights]}
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
step prosody join
[ "${2:-}" = weights ] && exit
step prosody figures
step report refit
step report folds
step report loso
step cards
