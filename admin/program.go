package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/penstock-db/penstock/admin/process"
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
	get := func(path string, do handler, summary string) {
		list = append(list, route{method: http.MethodGet, path: path, do: do, summary: summary})
	}
	collections := []collection{{typeThreads, a.threads}, {typeModules, a.modules}}
	for _, name := range []string{"maxscale", "penstock"} {
		root := "/v1/" + name
		get(root, a.getProgram(name), "the program and its machine")
		for _, c := range collections {
			path := root + "/" + c.kind
			get(path, beneath(name, c.list), "all "+c.kind)
			get(path+"/:id", beneath(name, c.get), "one of the "+c.kind)
			get(path+"/:id/relationships/:name", beneath(name, c.relationship), "one relationship of one of the "+c.kind)
		}
		get(root+"/logs", beneath(name, a.getLogs), "the log's settings")
		get(root+"/logs/data", beneath(name, a.getLogData), "the log's last lines in one resource")
		get(root+"/logs/entries", beneath(name, a.getLogEntries), "the log's last lines as resources")
		list = append(list, route{method: http.MethodPost, path: root + "/logs/flush", do: a.flushLogs,
			state: beneath(name, a.getLogs), summary: "go on in a new log file of the same name"})
	}
	modules := collections[1]
	get("/v1/"+typeModules, modules.list, "all modules")
	get("/v1/"+typeModules+"/:id", modules.get, "one of the modules")
	get("/v1/"+typeModules+"/:id/relationships/:name", modules.relationship, "one relationship of one of the modules")
	return list
}
