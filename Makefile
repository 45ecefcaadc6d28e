# Makefile - the two commands, `make demo` and `make test`, and what they stand on. The build itself is CMake's.

# What the demo runs, after `make build`.
DEMO = build/release/percept train recipes/fashion_cnn.toml

.PHONY: help deps build demo test test-full format clean
help:
	@echo "make demo       install what is needed, build, train a small CNN on Fashion-MNIST"
	@echo "make test       install what is needed, build, run the tests"
	@echo "make build      install what is needed, build into build/release"
	@echo "make deps       install what is needed (Debian packages)"
	@echo "make test-full  sanitizers, fuzzing, the build without oneDNN; resumable"
	@echo "make format     clang-format over all sources"
	@echo "make clean      remove build/"

deps:
	@tools/deps.sh

build: deps
	@tools/build.sh release

demo: deps
	@tools/build.sh release percept_cli
	@$(DEMO)

test:
	@tools/test.sh

test-full:
	@tools/test_full.sh

format:
	@tools/format.sh

clean:
	rm -rf build
