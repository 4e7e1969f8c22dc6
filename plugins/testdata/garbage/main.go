// Command garbage is a filter that leaves 4 KiB of garbage for each command.
package main

import "github.com/penstock-db/penstock/plugins/sdk"

func init() {
	sdk.RegisterFilter("garbage", func(o *sdk.Options) (sdk.Filter, error) {
		o.Commands(sdk.ComQuery)
		return &filter{}, nil
	})
}

func main() {}

type filter struct{ last []*filter }

// Query implements sdk.Filter.
func (f *filter) Query(*sdk.Query) sdk.Verdict {
	f.last = make([]*filter, 1<<10)
	return sdk.Pass
}
