# Sourced from the root of the clone. Compiled dependencies outlive the clone where a cache folder exists; without one
# everything works, more slowly.
cache="${IPPO_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ippo}"
if [ -z "${CARGO_TARGET_DIR:-}" ] && [ -d "$cache" ]; then
  export CARGO_TARGET_DIR="$cache/target"
fi

# Nothing here compiles a crate twice in a row, and what is kept for that takes many times the room of what is built.
export CARGO_INCREMENTAL="${CARGO_INCREMENTAL:-0}"

# Cargo goes by the age of files. What another clone has compiled may be younger than the sources of this one and of others,
# so that ippo's own crates are built anew whenever the clone changes.
own_crates_anew() {
  if [ "${CARGO_TARGET_DIR:-}" != "$cache/target" ] || [ "$(cat "$cache/clone" 2>/dev/null)" = "$PWD" ]; then return 0; fi
  rm -rf "$cache"/target/*/.fingerprint/{ippo,xtask}-*
  printf '%s\n' "$PWD" >"$cache/clone"
}
