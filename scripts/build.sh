#!/usr/bin/env bash
# Builds the pages and the binary that holds them: `build.sh demo` (quick to build) or `build.sh release`.
# `build.sh where <profile>` prints the folder of the binary.
set -euo pipefail
cd "$(dirname "$0")/.."

profile="${2:-$1}"
# The release is always in target/.
if [ "$profile" = demo ]; then . scripts/cache.sh; fi
if [ "$1" = where ]; then
  echo "${CARGO_TARGET_DIR:-target}/$profile"
  exit
fi

need() {
  command -v "$1" >/dev/null || { echo "ippo is built with $1; install it from $2" >&2; exit 1; }
}
need cargo https://rustup.rs
need npm https://nodejs.org

# The pages are built when they are missing or older than their sources.
if [ ! -f web/dist/index.html ] || [ -n "$(find web/src web/index.html web/package.json -newer web/dist/index.html -print -quit)" ]; then
  printf '── pages: packages\n'
  (cd web && npm install --no-save --no-audit --no-fund)
  printf '── pages: build\n'
  (cd web && npm run build)
fi
if [ "$profile" = demo ]; then own_crates_anew; fi
printf '── ippo, profile %s (the first time takes some minutes)\n' "$profile"
cargo build --locked --profile "$profile" -p ippo
