#!/usr/bin/env bash
# Runs a compiler call of cargo's with metadata that does not depend on where the repository lies.
#
# Cargo tells the compiler a hash for each crate, which ends up in the order of the functions. For
# a crate outside the workspace of the contracts, such as the SDK, that hash covers the absolute
# path. For this repository's crates the name and version take its place. Used as RUSTC_WRAPPER by
# build.sh, which sets LOCKSTEP_REPOSITORY.
set -euo pipefail

arguments=()
for argument in "$@"; do
    case "$argument" in
        metadata=*)
            if [[ "${CARGO_MANIFEST_DIR:-}" == "$LOCKSTEP_REPOSITORY"/* ]]; then
                argument="metadata=$CARGO_PKG_NAME-$CARGO_PKG_VERSION"
            fi
            ;;
    esac
    arguments+=("$argument")
done
exec "${arguments[@]}"
