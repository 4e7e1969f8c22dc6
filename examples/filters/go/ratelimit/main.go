// Command ratelimit is a filter: a user has so many statements a second, over all of his
// sessions together. What is left of them is in the values that the definition's sessions
// share.
//
// Options: tokens_per_second, required; burst, how many statements may come at once.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -o ratelimit.wasm .
package main

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/penstock-db/penstock/plugins/sdk"
	"github.com/penstock-db/penstock/wasm/abi"
)

func main() {}

func init() { sdk.RegisterFilter("ratelimit", setup) }

// token is a statement; the bucket counts in millionths.
const token = 1_000_000

type filter struct {
	rate, burst uint64
	key         string
	rejected    sdk.Metric
}

func setup(o *sdk.Options) (sdk.Filter, error) {
	rate := o.Int("tokens_per_second", 0, 1, 1_000_000)
	f := &filter{rate: uint64(rate), burst: uint64(o.Int("burst", rate, 1, 1_000_000))}
	if !o.Has("tokens_per_second") {
		o.Fail("tokens_per_second", "is required: statements a second for each user, from 1 to 1000000")
	}
	o.Commands(sdk.ComQuery, sdk.ComStmtExecute)
	o.Features(abi.FeatureKV)
	f.rejected = sdk.NewMetric(abi.MetricCounter, "statements_rejected")
	return f, nil
}

// Open implements sdk.Opener.
func (f *filter) Open(abi.OpenReason) error {
	f.SessionReset()
	return nil
}

// SessionReset implements sdk.ResetHandler.
func (f *filter) SessionReset() { f.key = "user/" + sdk.Info(sdk.InfoUser) }

// Query implements sdk.Filter.
func (f *filter) Query(*sdk.Query) sdk.Verdict {
	for range 16 { // until no other session was quicker
		switch ok, err := f.take(); {
		case ok:
			return sdk.Pass
		case err == nil:
			f.rejected.Add(1)
			return sdk.Reject(1226, "42000", "too many statements a second for this user")
		case !errors.Is(err, abi.CASMismatch) && !errors.Is(err, abi.NotFound):
			return sdk.Reject(1105, "", "ratelimit: the user's bucket cannot be kept")
		}
	}
	return sdk.Reject(1105, "", "ratelimit: the user's bucket cannot be kept")
}

var errGarbage = errors.New("the bucket is none")

// take takes a token out of the bucket; false without an error: there is none.
func (f *filter) take() (bool, error) {
	now := uint64(sdk.Now())
	left, at := f.burst*token, now
	old, err := sdk.KVGet(f.key)
	switch {
	case err == nil && len(old) == 16:
		left, at = f.refill(binary.LittleEndian.Uint64(old), binary.LittleEndian.Uint64(old[8:]), now)
	case err == nil:
		return false, errGarbage
	case !errors.Is(err, abi.NotFound):
		return false, err
	}
	if left < token {
		return false, nil
	}
	value := binary.LittleEndian.AppendUint64(nil, left-token)
	value = binary.LittleEndian.AppendUint64(value, at)
	if err == nil {
		err = sdk.KVSwap(f.key, old, value, time.Hour)
	} else {
		err = sdk.KVCreate(f.key, value, time.Hour)
	}
	return err == nil, err
}

// refill is what a bucket has now that had left at a time.
func (f *filter) refill(left, at, now uint64) (uint64, uint64) {
	full := f.burst * token
	if now <= at {
		return min(left, full), at
	}
	if now-at >= uint64(time.Hour) {
		return full, now
	}
	return min(left+(now-at)*f.rate/1000, full), now
}
