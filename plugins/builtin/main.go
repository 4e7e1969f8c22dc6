// Command builtin is the module that Penstock's own plugins are in. One module
// for all of them is compiled once, its code is in memory once, and what the
// plugins of a chain share is in the processor's caches when the next one is
// called. Which plugin an instance is, its definition says.
package main

import (
	_ "github.com/penstock-db/penstock/plugins/filters/dbfwfilter"
	_ "github.com/penstock-db/penstock/plugins/filters/maxrows"
	_ "github.com/penstock-db/penstock/plugins/filters/namedserverfilter"
	_ "github.com/penstock-db/penstock/plugins/filters/qlafilter"
	_ "github.com/penstock-db/penstock/plugins/filters/regexfilter"
	_ "github.com/penstock-db/penstock/plugins/filters/throttlefilter"
	_ "github.com/penstock-db/penstock/plugins/routers/readconnroute"
	_ "github.com/penstock-db/penstock/plugins/routers/readwritesplit"
)

func main() {}
