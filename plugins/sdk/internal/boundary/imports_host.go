//go:build !wasip1

package boundary

import (
	"crypto/rand"

	"github.com/penstock-db/penstock/wasm/abi"
)

// Host answers the imports in a host build. Results are those of the ABI: a
// true length, zero, or a negative errno.
type Host interface {
	Log(level abi.LogLevel, msg string)
	LogEnabled(level abi.LogLevel) bool
	ConfigRead(off int, dst []byte) int
	PluginName(dst []byte) int
	PayloadRead(off int, dst []byte) int
	PayloadAppend(b []byte) int
	InfoGet(key string, dst []byte) int
	SQLCanonical(dst []byte) int
	SQLTables(dst []byte) int
	TargetsRead(dst []byte) int
	ReplyOK(affected, insertID uint64, warnings uint32) int
	ReplyErr(errno uint32, state []byte, msg string) int
	ReplyColumns(b []byte) int
	ReplyRow(b []byte) int
	ReplyAppend(b []byte) int
	MetricDefine(kind abi.MetricKind, name string) int
	MetricAdd(id uint32, delta int64) int
	MetricSet(id uint32, value int64) int
	MetricObserve(id uint32, value int64) int
	KVGet(key string, dst []byte) int
	KVSet(key string, value []byte, ttlMS int64, expected []byte, mode uint32) int
	KVDel(key string) int
	KVAdd(key string, delta, ttlMS int64) (int64, int)
	TimerSet(id, ms uint32) int
	TimerCancel(id uint32) int
	SinkWrite(id uint32, b []byte) int
	StateRead(dst []byte) int
	Tee(service string, b []byte) int
	Call(name string, in, out []byte) int
}

// Current is the host that a test provides.
var Current Host

// The imports, as in the wasip1 build.

func Log(level abi.LogLevel, msg string)          { Current.Log(level, msg) }
func LogEnabled(level abi.LogLevel) bool          { return Current.LogEnabled(level) }
func ConfigRead(off int, dst []byte) int          { return Current.ConfigRead(off, dst) }
func PluginName(dst []byte) int                   { return Current.PluginName(dst) }
func PayloadRead(off int, dst []byte) int         { return Current.PayloadRead(off, dst) }
func PayloadAppend(b []byte) int                  { return Current.PayloadAppend(b) }
func InfoGet(key string, dst []byte) int          { return Current.InfoGet(key, dst) }
func SQLCanonical(dst []byte) int                 { return Current.SQLCanonical(dst) }
func SQLTables(dst []byte) int                    { return Current.SQLTables(dst) }
func TargetsRead(dst []byte) int                  { return Current.TargetsRead(dst) }
func ReplyColumns(b []byte) int                   { return Current.ReplyColumns(b) }
func ReplyRow(b []byte) int                       { return Current.ReplyRow(b) }
func ReplyAppend(b []byte) int                    { return Current.ReplyAppend(b) }
func MetricAdd(id uint32, delta int64) int        { return Current.MetricAdd(id, delta) }
func MetricSet(id uint32, value int64) int        { return Current.MetricSet(id, value) }
func MetricObserve(id uint32, value int64) int    { return Current.MetricObserve(id, value) }
func KVGet(key string, dst []byte) int            { return Current.KVGet(key, dst) }
func KVDel(key string) int                        { return Current.KVDel(key) }
func TimerSet(id, ms uint32) int                  { return Current.TimerSet(id, ms) }
func TimerCancel(id uint32) int                   { return Current.TimerCancel(id) }
func SinkWrite(id uint32, b []byte) int           { return Current.SinkWrite(id, b) }
func StateRead(dst []byte) int                    { return Current.StateRead(dst) }
func Tee(service string, b []byte) int            { return Current.Tee(service, b) }
func Call(name string, in, out []byte) int        { return Current.Call(name, in, out) }
func KVAdd(key string, d, ttl int64) (int64, int) { return Current.KVAdd(key, d, ttl) }

func ReplyOK(affected, insertID uint64, warnings uint32) int {
	return Current.ReplyOK(affected, insertID, warnings)
}

func ReplyErr(errno uint32, state []byte, msg string) int {
	return Current.ReplyErr(errno, state, msg)
}

func MetricDefine(kind abi.MetricKind, name string) int {
	return Current.MetricDefine(kind, name)
}

func KVSet(key string, value []byte, ttlMS int64, expected []byte, mode uint32) int {
	return Current.KVSet(key, value, ttlMS, expected, mode)
}

// Random fills b with randomness.
func Random(b []byte) { rand.Read(b) } // never fails
