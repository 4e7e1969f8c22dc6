#!/bin/sh
# Builds the guests of compilers_test.go that are committed as modules, so that
# tests need no compilers. Needs Debian's clang-14, lld-14, rustc and
# libstd-rust-dev-wasm32, and npm. Run it in this directory.
set -eu
clang-14 --target=wasm32 -O2 -nostdlib -mbulk-memory -mnontrapping-fptoint -msign-ext \
	-Wl,--no-entry -Wl,-z,stack-size=8192 -Wl,--strip-debug -o guest-c.wasm guest.c
clang-14 --target=wasm32 -O3 -nostdlib -fno-builtin -msimd128 \
	-Wl,--no-entry -Wl,-z,stack-size=8192 -Wl,--strip-debug -o guest-c-simd.wasm guest.c
/usr/bin/rustc --edition 2021 --target wasm32-unknown-unknown --crate-type cdylib \
	-C opt-level=z -C lto -C panic=abort -C strip=symbols -o guest-rust.wasm guest.rs
npx --yes --package=assemblyscript@0.28.20 asc guest.ts -O2 --use abort= -o guest-as.wasm
