# shellcheck shell=bash
# Steps that the recipes of the acoustic models and of the detector share. Source it from
# the root of the repository with `cache` set to the folder that keeps what is computed.

fail() {
    echo "$0: $*" >&2
    exit 1
}

: "${UNDERTONE_DATA:=../shared/data}"
UNDERTONE_DATA=$(cd "$UNDERTONE_DATA" 2>/dev/null && pwd) ||
    fail "set UNDERTONE_DATA to the folder of recordings (scripts/train/README.md)"
export UNDERTONE_DATA OMP_NUM_THREADS=1
detector=scripts/train/detector
undertone="${CARGO_TARGET_DIR:-target}/release/undertone"

# dump NAME MANIFEST WEIGHTS SEEDS: what the detector is given in calls built from a corpus,
# into $cache/detector/NAME.jsonl.
dump() {
    local out=$cache/detector/$1.jsonl
    "$undertone" eval spikes --condition phone --manifest "$2" --acoustic-model "$3" \
        --seed "$4" --dump "$out.part"
    mv "$out.part" "$out"
}

# Weights we0 to we3 and twin, which two EmoDB speakers each had no part in, the manifests
# of those speakers, and the dumps that contrast is fitted on.
held_out_folds() {
    mkdir -p "$cache/detector"
    python $detector/held_out.py folds --cache "$cache" --out "$cache/detector"
    for i in 0 1 2 3; do
        dump "we$i" "$cache/detector/fold$i.csv" "$cache/detector/we$i.safetensors" 1,2
    done
}

# emodb_dumps: their paths, in order.
emodb_dumps() {
    for i in 0 1 2 3; do echo "$cache/detector/we$i.jsonl"; done
}

# Every second clip of Picovoice, as calm speech, each a speaker of its own.
picovoice_manifest() {
    awk -F, -v folder="$UNDERTONE_DATA/neutral" '
        NR == 1 { print "path,speaker,label" }
        /^picovoice/ && ++n % 2 { print folder "/" $1 "," $1 ",neutral" }
    ' "$UNDERTONE_DATA/neutral/manifest.csv" >"$cache/detector/picovoice.csv"
}

# calm_scores MODEL [DUMP...]: what calm speech scores under models/MODEL.safetensors, from
# Picovoice, the shipped calls and DUMPs, into the header of that file.
calm_scores() {
    local model=$1 weights=models/$1.safetensors
    shift
    picovoice_manifest
    dump "picovoice-$model" "$cache/detector/picovoice.csv" "$weights" 1
    python $detector/shipped.py --undertone "$undertone" --acoustic-model "$weights" \
        >"$cache/detector/shipped-$model.jsonl"
    python $detector/calm.py "$@" "$cache/detector/picovoice-$model.jsonl" \
        "$cache/detector/shipped-$model.jsonl" --weights "$weights"
}
