#!/usr/bin/env bash
# Builds the example contracts to WebAssembly.
#
#   contracts/build.sh            writes contracts/artifacts/*.wasm, debug/*.debug and CHECKSUMS
#   contracts/build.sh --check    builds again and compares with what is committed
#
# The same sources, compiler and recipe give the same bytes in any folder: paths are remapped.
# Another compiler gives other bytes; CHECKSUMS names the one that made them.
set -euo pipefail

contracts="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=toolchain.sh
source "$contracts/toolchain.sh"
target=wasm32v1-none

usage() {
    echo "usage: contracts/build.sh [--check]" >&2
    exit 2
}

# The compiler writes names and line tables. They stand here and not in the profile, because cargo
# hashes the profile into crate metadata, and another metadata gives another order of functions.
debug_flags="-Cdebuginfo=line-tables-only -Cstrip=none"

# Builds all contracts into folder $1. `lockstep strip` takes names and line tables out again, which
# leaves the bytes that a build without them gives, and keeps them in folder $1/debug.
build_into() {
    local out="$1" module
    (cd "$contracts/examples" && EXTRA_RUSTFLAGS="-Clink-arg=-zstack-size=32768 $debug_flags" \
        cargo_for_wasm "$target" build --release --locked --quiet)
    local built="${CARGO_TARGET_DIR:-$contracts/examples/target}/$target/release"
    rm -rf "$out/debug"
    mkdir -p "$out"
    for module in "$built"/*.wasm; do
        (cd "$repository" && cargo run --quiet --release --locked -- \
            strip "$module" --output "$out/${module##*/}" --debug "$out/debug" >&2)
    done
}

# Writes CHECKSUMS for the artifacts in folder $1. `sha256sum -c` reads it.
write_checksums() {
    (
        cd "$1"
        echo "# Written by contracts/build.sh. Check with: contracts/build.sh --check"
        echo "# compiler: $WASM_TOOLCHAIN"
        echo "# target: $target"
        sha256sum ./*.wasm | sed 's| \./| |'
    ) >"$1/CHECKSUMS.new"
    mv "$1/CHECKSUMS.new" "$1/CHECKSUMS"
}

check() {
    fresh="$(mktemp -d)"
    trap 'rm -rf "$fresh"' EXIT
    build_into "$fresh"
    write_checksums "$fresh"
    if diff -r "$contracts/artifacts" "$fresh" >&2; then
        echo "the artifacts are what the sources give" >&2
        return
    fi
    cat >&2 <<MESSAGE
error: the artifacts in contracts/artifacts differ from what the sources give
help: run contracts/build.sh and commit the result, if the sources changed
help: if only the line "compiler" differs, another compiler is installed here than made them
MESSAGE
    exit 1
}

case "${1:-}" in
    "")
        choose_toolchain "$target"
        build_into "$contracts/artifacts"
        write_checksums "$contracts/artifacts"
        cat "$contracts/artifacts/CHECKSUMS" >&2
        ;;
    --check)
        choose_toolchain "$target"
        check
        ;;
    *) usage ;;
esac
