package sdk

import (
	"time"

	"github.com/penstock-db/penstock/plugins/sdk/internal/boundary"
	"github.com/penstock-db/penstock/wasm/abi"
)

// Keys for [Info]. A connection attribute is InfoAttribute plus its name.
const (
	InfoUser      = "user"
	InfoHost      = "host" // the client's address without the port
	InfoSchema    = "schema"
	InfoTLS       = "tls" // the cipher; empty without TLS
	InfoService   = "service"
	InfoSession   = "session" // the session's id in decimal
	InfoAttribute = "attr."
)

// Info returns a fact about the session, or "" if there is none.
func Info(key string) string {
	return string(fetch(func(b []byte) int { return boundary.InfoGet(key, b) }))
}

// Log writes a line to the session's log.
func Log(level abi.LogLevel, message string) { boundary.Log(level, message) }

// LogEnabled reports whether lines of the level are kept: ask before building
// an expensive one.
func LogEnabled(level abi.LogLevel) bool { return boundary.LogEnabled(level) }

// HandedOver is what a [Detacher] of the same plugin left for this instance,
// if Open's reason is abi.OpenSwap; nil if there is nothing. A filter whose
// Open returns an error is opened again without it; a router's predecessor
// goes on.
func HandedOver() []byte { return fetch(boundary.StateRead) }

// SetTimer has [TimerHandler] called after d; id is 0 to 15.
func SetTimer(id uint32, d time.Duration) error {
	ms := min(max((d+time.Millisecond-1)/time.Millisecond, 1), 1<<31)
	return failed(boundary.TimerSet(id, uint32(ms)))
}

// CancelTimer disarms a timer.
func CancelTimer(id uint32) error { return failed(boundary.TimerCancel(id)) }

// Sink is a file or stream that the administrator gave the definition. Its
// number is its place in the definition's list.
type Sink uint32

// Write appends p as one unit. It never returns a short count without error.
func (s Sink) Write(p []byte) (int, error) {
	if err := failed(boundary.SinkWrite(uint32(s), p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Tee sends a statement to another service; nobody waits for its reply.
func Tee(service string, sql []byte) error { return failed(boundary.Tee(service, sql)) }

// Call calls a private extension of the host and returns the result's true
// length.
func Call(name string, in, out []byte) (int, error) {
	n := boundary.Call(name, in, out)
	return n, failed(n)
}

func failed(rc int) error {
	if rc < 0 {
		return abi.Errno(rc)
	}
	return nil
}

// state of the generator behind Random.
var seed uint64

// reseed takes randomness from the host: a clone would otherwise repeat what
// its template and its siblings draw.
func reseed() {
	var b [8]byte
	boundary.Random(b[:])
	seed = 0
	for _, c := range b {
		seed = seed<<8 | uint64(c)
	}
}

// Random returns a random number that differs between sessions. It is for
// choices, not for secrets. math/rand repeats itself in cloned instances.
func Random() uint64 { // splitmix64
	seed += 0x9E3779B97F4A7C15
	z := seed
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}
