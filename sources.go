// Package penstock holds the source of the plugins' SDKs, so that the binary can
// write it beside a new plugin: who has the binary needs nothing else of ours. It
// stands in the root because a package can embed what lies below it only.
package penstock

import "embed"

// Sources are the SDKs' files under their paths in the repository, without tests
// but for those of Go's, and go.mod and the license.
//
//go:embed go.mod LICENSE
//go:embed plugins/sdk/*.go plugins/sdk/clients/*.go plugins/sdk/pattern/*.go plugins/sdk/sdktest/*.go
//go:embed plugins/sdk/internal/boundary/*.go wasm/abi/*.go
//go:embed plugins/sdk/c/penstock.h plugins/sdk/c/penstock_test.h
//go:embed plugins/sdk/rust/Cargo.toml plugins/sdk/rust/src
//go:embed plugins/sdk/assemblyscript/*.json plugins/sdk/assemblyscript/*.ts
//go:embed plugins/sdk/assemblyscript/assembly plugins/sdk/assemblyscript/testing
var Sources embed.FS
