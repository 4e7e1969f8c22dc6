package sdk

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// The shared values: one small store for all sessions of a definition.

// KVGet returns a copy of the value, or abi.NotFound.
func KVGet(key string) ([]byte, error) {
	var buf [256]byte
	dst := buf[:]
	for {
		n := boundary.KVGet(key, dst)
		if n < 0 {
			return nil, abi.Errno(n)
		}
		if n <= len(dst) {
			return append([]byte(nil), dst[:n]...), nil
		}
		dst = make([]byte, n)
	}
}

// KVSet sets the value whatever it was. A ttl of zero is for ever.
func KVSet(key string, value []byte, ttl time.Duration) error {
	return failed(boundary.KVSet(key, value, ttl.Milliseconds(), nil, abi.KVAny))
}

// KVCreate sets the value if there is none; else abi.CASMismatch.
func KVCreate(key string, value []byte, ttl time.Duration) error {
	return failed(boundary.KVSet(key, value, ttl.Milliseconds(), nil, abi.KVAbsent))
}

// KVSwap sets the value if it is old; else abi.CASMismatch.
func KVSwap(key string, old, value []byte, ttl time.Duration) error {
	return failed(boundary.KVSet(key, value, ttl.Milliseconds(), old, 0))
}

// KVDelete removes the value.
func KVDelete(key string) error { return failed(boundary.KVDel(key)) }

// KVAdd adds to a counter and returns its new value. The ttl counts from when
// the counter was created.
func KVAdd(key string, delta int64, ttl time.Duration) (int64, error) {
	v, rc := boundary.KVAdd(key, delta, ttl.Milliseconds())
	return v, failed(rc)
}
