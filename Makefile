# The commands of the README, and nothing cleverer.
.PHONY: test web check-rust check-text

# Installs what is missing, then runs every check and test.
test:
	scripts/test.sh

# The pages alone: lint, types, unit tests, build, sizes.
web:
	scripts/test.sh web

# The Rust rooms alone: format, lints, tests.
check-rust:
	scripts/test.sh rust

# Spelling and licences alone.
check-text:
	scripts/test.sh text
