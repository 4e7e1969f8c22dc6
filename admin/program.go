package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/penstock-db/penstock/admin/openapi"
	"github.com/penstock-db/penstock/admin/process"
	"github.com/penstock-db/penstock/engine"
	"github.com/penstock-db/penstock/engine/config"
)

// Program is what the API tells of the program that it belongs to. What is
// left out is shown as not known.
type Program struct {
	Version, Commit string
	Started         time.Time
	// Config is where the parameters of the resource maxscale come from; the
	// resources of the engine come from the engine.
	Config *config.Config
	// Plugins are those that are built in, in the order of their names.
	Plugins []Plugin
	Process Process
	Log     Log
}

// Plugin is a built-in plugin.
type Plugin struct {
	Name        string
	Kind        string // router or filter
	Description string
	// About is what its module says of it; nil: nothing. Version is not used: it
	// is the program's.
	About func() engine.About
}

// Process tells what the program takes of its machine.
type Process interface{ Figures() process.Figures }

// Log is the program's log, as it writes it.
type Log interface {
	// Lines are the last lines, the oldest first. Their numbers grow by 1.
	Lines() []LogLine
	// Reopen goes on in a new file of the same name, so that the old one can
	// be moved away before. A log on standard error has nothing to reopen.
	Reopen() error
}

// LogLine is one line of the log.
type LogLine struct {
	Number  uint64
	Time    time.Time
	Level   string // error, warning, notice, info or debug; empty if it has none
	Message string
}

// beneath is where a route lies that the program's resource has below it: in
// its links the base is that resource.
func beneath(program string, do handler) handler {
	return func(ctx context.Context, r *request) (*document, error) {
		below := *r
		below.base += "/" + program
		return do(ctx, &below)
	}
}

// programRoutes reads the program itself. MaxScale's clients find it as maxscale.
func (a *API) programRoutes() (list []route) {
	threads, modules := collection{threadShape, a.threads}, collection{moduleShape, a.modules}
	for _, name := range []string{"maxscale", "penstock"} {
		root := "/v1/" + name
		get := func(path string, do handler, summary string, gives reply, params ...*openapi.Parameter) {
			list = append(list, route{method: http.MethodGet, path: root + path, do: beneath(name, do), summary: summary, gives: gives, params: params})
		}
		list = append(list, route{method: http.MethodGet, path: root, do: a.getProgram(name), summary: "the program and its machine",
			gives: single(shape{name, openapi.Of[programAttributes](), nil})})
		for _, c := range []collection{threads, modules} {
			get("/"+c.kind, c.list, "all "+c.kind, many(c.shape))
			get("/"+c.kind+"/:id", c.get, "one of the "+c.kind, single(c.shape))
		}
		get("/"+typeModules+"/:id/relationships/:name", modules.relationship, "what is made of a module", related(moduleShape))
		get("/logs", a.getLogs, "the log's settings", single(logShape))
		get("/logs/data", a.getLogData, "the log's last lines in one resource", single(logDataShape), logPageParameters...)
		get("/logs/entries", a.getLogEntries, "the log's last lines one by one", logEntriesReply, logPageParameters...)
		list = append(list, route{method: http.MethodPost, path: root + "/logs/flush", do: a.flushLogs, state: beneath(name, a.getLogs),
			summary: "go on in a new log file of the same name", gives: done})
	}
	path := "/v1/" + typeModules
	return append(list,
		route{method: http.MethodGet, path: path, do: modules.list, summary: "all modules", gives: many(moduleShape)},
		route{method: http.MethodGet, path: path + "/:id", do: modules.get, summary: "one of the modules", gives: single(moduleShape)},
		route{method: http.MethodGet, path: path + "/:id/relationships/:name", do: modules.relationship, summary: "what is made of a module", gives: related(moduleShape)})
}
