// Command penstock is the filter for Penstock.
package main

import "github.com/penstock-db/penstock/plugins/sdk"

func init() {
	sdk.RegisterFilter("pass", func(o *sdk.Options) (sdk.Filter, error) {
		o.Commands(sdk.ComQuery)
		return filter{}, nil
	})
}

type filter struct{}

// Query implements sdk.Filter. The statement that is refused shows the test
// that the event arrives.
func (filter) Query(q *sdk.Query) sdk.Verdict {
	if sql := q.SQL(); len(sql) > 0 && sql[0] == '!' {
		return sdk.Reject(1064, "42000", "refused")
	}
	return sdk.Pass
}

func main() {}
