# Finds a Rust compiler that can produce WebAssembly, for the scripts that source this file.
#
# Two ways, tried in this order:
#   1. `rustc` (or $RUSTC) has the target installed, as after `rustup target add wasm32v1-none`.
#   2. Debian's packages rustc-web, rust-web-src and lld-22: a compiler that knows the target, and
#      the sources of its library. `core`, `compiler_builtins` and `alloc` are then built with
#      three plain compiler calls into .wasm-sysroot, once for each compiler and recipe.
# Otherwise the script ends and says what to install. Nothing is downloaded.
#
# choose_toolchain TARGET sets:
#   WASM_RUSTC      the compiler
#   WASM_LINKER     the linker, empty for the compiler's own
#   WASM_SYSROOT    the sysroot, empty for the compiler's own
#   WASM_TOOLCHAIN  one line for CHECKSUMS: what made the bytes
#
# cargo_for_wasm TARGET ARGUMENT.. runs cargo with that toolchain so that the bytes do not depend
# on where the repository and cargo's home lie: paths are remapped, and so is crate metadata.

# The version of the recipe below. Raise it when a change of it can change the bytes.
RECIPE=3

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

# Whether compiler $1 has the library of target $2 installed.
has_target() {
    local libraries
    libraries="$("$1" --print target-libdir --target "$2" 2>/dev/null)" || return 1
    compgen -G "$libraries/libcore-*.rlib" >/dev/null
}

# Builds the library of target $2 with compiler $1 from the sources in $3 into $4.
build_sysroot() {
    local rustc="$1" target="$2" library="$3" sysroot="$4"
    local partial="$sysroot.partial.$$"
    local out="$partial/lib/rustlib/$target/lib"
    mkdir -p "$out"
    local flags=(--edition=2024 --crate-type=rlib --target "$target" -Copt-level=3 -Cpanic=abort
        -Ccodegen-units=1 -Cmetadata=wasm-sysroot -Cdebuginfo=0 -Zforce-unstable-if-unmarked
        -Ctarget-feature=+bulk-memory --cap-lints=allow
        "--remap-path-prefix=$library=/rust/library" -L "$out" --out-dir "$out")
    echo "building the library of $target with $rustc, once" >&2
    RUSTC_BOOTSTRAP=1 "$rustc" "${flags[@]}" --crate-name core "$library/core/src/lib.rs"
    RUSTC_BOOTSTRAP=1 "$rustc" "${flags[@]}" --crate-name compiler_builtins \
        --cfg 'feature="compiler-builtins"' --cfg 'feature="mem"' \
        --cfg 'feature="unstable-intrinsics"' --cfg f16_enabled --cfg f128_enabled \
        --cfg intrinsics_enabled --cfg arch_enabled --cfg optimizations_enabled \
        --extern "core=$out/libcore.rlib" \
        "$library/compiler-builtins/compiler-builtins/src/lib.rs"
    RUSTC_BOOTSTRAP=1 "$rustc" "${flags[@]}" --crate-name alloc \
        --extern "core=$out/libcore.rlib" \
        --extern "priv:compiler_builtins=$out/libcompiler_builtins.rlib" \
        -Zunstable-options "$library/alloc/src/lib.rs"
    # Another process may have finished first; either result is the same.
    mv "$partial" "$sysroot" 2>/dev/null || rm -rf "$partial"
}

choose_toolchain() {
    local target="$1" rustc version library
    WASM_LINKER=""
    WASM_SYSROOT=""
    for rustc in "${RUSTC:-rustc}" /usr/bin/rustc; do
        if has_target "$rustc" "$target"; then
            WASM_RUSTC="$rustc"
            WASM_TOOLCHAIN="$("$rustc" -V), installed target $target, recipe $RECIPE"
            return
        fi
    done
    rustc=/usr/bin/rustc
    version="$("$rustc" -V 2>/dev/null | cut -d' ' -f2)" || true
    library="/usr/src/rustc-$version/library"
    if [ -z "$version" ] || [ ! -d "$library" ] || ! command -v wasm-ld-22 >/dev/null; then
        cat >&2 <<'MESSAGE'
error: no Rust compiler here can build for WebAssembly
help: rustup target add wasm32v1-none
help: or, on Debian: apt-get install --no-install-recommends rustc-web rust-web-src lld-22
MESSAGE
        exit 3
    fi
    local key
    key="$( { "$rustc" -Vv; declare -f build_sysroot; } | sha256sum | cut -c1-16)"
    WASM_RUSTC="$rustc"
    WASM_LINKER=wasm-ld-22
    WASM_SYSROOT="$repository/.wasm-sysroot/$target-$key"
    WASM_TOOLCHAIN="$("$rustc" -V), library built from its sources, $(wasm-ld-22 --version), recipe $RECIPE"
    [ -d "$WASM_SYSROOT" ] || build_sysroot "$rustc" "$target" "$library" "$WASM_SYSROOT"
}

cargo_for_wasm() {
    local target="$1" variable flags
    shift
    variable="CARGO_TARGET_$(tr 'a-z-' 'A-Z_' <<<"$target")"
    # With bulk memory a copy is one operator and not a loop.
    flags="-Ctarget-feature=+bulk-memory --remap-path-prefix=$PWD=/src --remap-path-prefix=$repository=/lockstep"
    flags+=" --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=/registry"
    if [ -n "$WASM_SYSROOT" ]; then
        flags+=" --sysroot=$WASM_SYSROOT"
        export "${variable}_LINKER=$WASM_LINKER"
    fi
    export "${variable}_RUSTFLAGS=$flags ${EXTRA_RUSTFLAGS:-}"
    # Incremental compilation splits the code otherwise, and so gives other bytes.
    CARGO_INCREMENTAL=0 RUSTC="$WASM_RUSTC" RUSTC_WRAPPER="$repository/contracts/portable-metadata.sh" \
        LOCKSTEP_REPOSITORY="$repository" cargo "$@" --target "$target"
}
