#!/usr/bin/env bash
# Builds the workloads that are written in C again, with clang-19 and lld-19, and writes their
# checksums.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for source in *.c; do
    clang-19 --target=wasm32 -O2 -mbulk-memory -msign-ext -nostdlib -ffreestanding \
        -Wl,--no-entry,-z,stack-size=16384,--stack-first,--strip-all \
        -o "${source%.c}.wasm" "$source"
    chmod 644 "${source%.c}.wasm"
done
{
    echo "# Written by benches/workloads/build.sh with $(clang-19 --version | head -n 1)"
    sha256sum -- *.wasm
} >CHECKSUMS
