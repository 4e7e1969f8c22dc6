#!/bin/sh
# Builds the attacker that is committed as a module, so that tests need no
# compiler. Needs Debian's clang-14 and lld-14. Run it in this directory.
set -eu
clang-14 --target=wasm32 -O2 -nostdlib -fno-builtin -mbulk-memory -Wall -Wno-infinite-recursion -Wno-unused \
	-Wl,--no-entry -Wl,-z,stack-size=8192 -Wl,--strip-debug -o attack.wasm attack.c
