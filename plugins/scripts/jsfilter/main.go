// Command jsfilter is a filter whose work is done by a script in JavaScript. See
// README.md and the README.md of the folder above.
package main

import (
	"github.com/penstock-db/penstock/plugins/scripts/script"
	"github.com/penstock-db/penstock/plugins/sdk"
)

func main() {}

func init() {
	sdk.RegisterFilter("jsfilter", func(o *sdk.Options) (sdk.Filter, error) { return script.Setup(o, newLanguage()) })
}
