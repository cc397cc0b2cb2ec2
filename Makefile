# The commands of the README, and nothing cleverer.
.PHONY: demo build test test-long sim fuzz web check-rust check-text

# ippo with a simulated shop: builds what is missing, then prints a signed-in link. Ctrl-C stops it.
# `make demo ARGS="--dir /tmp/shop --history 12h"`; `make demo ARGS=--help` says how to break the shop.
demo:
	scripts/build.sh demo
	$$(scripts/build.sh where demo)/ippo demo $(ARGS)

# The release binary, pages inside.
build:
	scripts/build.sh release
	@echo "$$(scripts/build.sh where release)/ippo"

# Installs what is missing, then runs every check and test.
test:
	scripts/test.sh

# Every check and test, and those that are long by nature.
test-long:
	scripts/test.sh
	scripts/test.sh long

# The store on a simulated disk that loses, tears, fills up and fails: thousands of seeds.
sim:
	scripts/test.sh sim

# The fuzz targets, for as long as you like: `make fuzz SECONDS_EACH=3600`.
SECONDS_EACH ?= 600
fuzz:
	fuzz/run.sh $(SECONDS_EACH)

# The pages alone: lint, types, unit tests, build, sizes.
web:
	scripts/test.sh web

# The Rust rooms alone: format, lints, tests.
check-rust:
	scripts/test.sh rust

# Spelling and licences alone.
check-text:
	scripts/test.sh text
