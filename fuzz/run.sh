#!/usr/bin/env bash
# Fuzzes every target for so many seconds (600 unless told): with libFuzzer where `cargo fuzz` is installed
# (cargo install cargo-fuzz), else with the tests' own mutations, without end until something breaks or Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")"
seconds="${1:-600}"

if cargo fuzz --version >/dev/null 2>&1; then
  # cargo-fuzz needs unstable compiler flags; this lets the pinned toolchain have them.
  export RUSTC_BOOTSTRAP=1
  cargo fuzz build
  for target in fuzz_targets/*.rs; do
    target="$(basename "$target" .rs)"
    mkdir -p "corpus/$target"
    cargo fuzz run "$target" "corpus/$target" "seeds/$target" -- \
      -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=4096
  done
  exit 0
fi

echo "cargo-fuzz is not installed; using the mutations of the tests."
cd ..
while true; do
  export IPPO_FUZZ_SEED="$RANDOM$RANDOM" IPPO_FUZZ_ROUNDS=200000
  echo "seed $IPPO_FUZZ_SEED"
  cargo test --quiet --profile demo -p ippo-telemetry --no-default-features --lib fuzz::tests
done
