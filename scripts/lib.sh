# shellcheck shell=bash
# Functions that the scripts share. Source it from the root of the repository.

say() { printf '%s\n' "$*"; }
step() { printf '\n==> %s\n' "$*"; }
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "This needs root, and sudo is not installed: $*"
    fi
}

# ensure_packages PROGRAM-OR-FILE:PACKAGE:REASON...
# Installs the Debian packages that are missing, with the reason for each.
ensure_packages() {
    local entry program package reason missing=()
    for entry in "$@"; do
        IFS=: read -r program package reason <<<"$entry"
        if command -v "$program" >/dev/null || [ -e "$program" ]; then continue; fi
        say "$program is missing (package $package): it $reason"
        missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then return; fi
    command -v apt-get >/dev/null || fail "Please install: ${missing[*]}"
    step "Installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}"
}

# Everything that the build needs besides Rust.
ensure_build_tools() {
    ensure_packages \
        "c++:g++:compiles whisper.cpp, the speech recogniser" \
        "make:make:drives the build of whisper.cpp" \
        "cmake:cmake:configures whisper.cpp"
    if command -v apt-get >/dev/null; then
        ensure_packages \
            "/etc/ssl/certs/ca-certificates.crt:ca-certificates:lets cargo verify servers" \
            "pkg-config:pkg-config:finds ALSA" \
            "/usr/include/alsa/asoundlib.h:libasound2-dev:gives undertone access to sound cards"
    fi
    ensure_rust
}

ensure_rust() {
    # A shell that never read ~/.profile does not have cargo on its path.
    if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then
        export PATH="$HOME/.cargo/bin:$PATH"
    fi
    if ! command -v cargo >/dev/null; then
        local candidate
        candidate=$(apt-cache policy rustup 2>/dev/null | sed -n 's/^ *Candidate: //p')
        if [ -z "$candidate" ] || [ "$candidate" = "(none)" ]; then
            fail "Rust is missing. Install it with
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y
and run this again."
        fi
        ensure_packages "rustup:rustup:installs the Rust compiler"
        rustup default stable
    fi
    local wanted have
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    have=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n' "$wanted" "$have" | sort -V | head -n1)" != "$wanted" ]; then
        fail "Rust $have is too old, Undertone needs $wanted: run \`rustup update stable\`"
    fi
}

# Downloads the crates of Cargo.lock. If they are here already, or the registry cannot be
# reached, later steps do not use the network.
fetch_crates() {
    local host
    host=$(rustc -vV | sed -n 's/^host: //p')
    if cargo fetch --locked --offline --target "$host" >/dev/null 2>&1; then
        export CARGO_NET_OFFLINE=true
        return
    fi
    step "Downloading Rust libraries"
    if ! cargo fetch --locked --target "$host"; then
        say "The download failed; continuing with the libraries that are installed."
        export CARGO_NET_OFFLINE=true
    fi
}
