package admin

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// logLevelNames are the log's levels, the most important first.
var logLevelNames = []string{"error", "warning", "notice", "info", "debug"}

type logAttributes struct {
	File       *string       `json:"log_file"` // null: standard error
	Source     string        `json:"log_source"`
	Priorities []string      `json:"log_priorities"`
	Parameters logParameters `json:"parameters"`
}

// logParameters are the settings, and which levels that means, as MaxScale has
// them.
type logParameters struct {
	logSettings
	Error   bool `json:"log_error"`
	Warning bool `json:"log_warning"`
	Notice  bool `json:"log_notice"`
	Info    bool `json:"log_info"`
	Debug   bool `json:"log_debug"`
}

// logSource says that lines are read from memory, where the last are kept, so
// that there are some with a log on standard error too.
const logSource = "memory"

// logEntry is a line as it is in log_data.
type logEntry struct {
	ID       string `json:"id"`
	Message  string `json:"message"`
	Priority string `json:"priority"`
	Time     string `json:"timestamp"` // UTC, milliseconds
}

type logData struct {
	Log    []logEntry `json:"log"`
	Source string     `json:"log_source"`
}

// entryAttributes are a line's as a resource.
type entryAttributes struct {
	Message  string `json:"message"`
	Priority string `json:"priority"`
	Source   string `json:"log_source"`
	Time     string `json:"timestamp"`
}

// entryResource is a line. It is no [resource]: it has no link, and its pages
// are the log's own.
type entryResource struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Attributes entryAttributes `json:"attributes"`
}

// getLogs answers GET /v1/maxscale/logs.
func (a *API) getLogs(_ context.Context, r *request) (*document, error) {
	settings := newProgramParameters(a.opts.Program.Config).Log
	enabled := logLevelNames[:slices.Index(logLevelNames, settings.Level)+1]
	on := func(level string) bool { return slices.Contains(enabled, level) }
	res := resource{ID: "logs", Type: "logs", Links: links{Self: r.base + "/logs/"}, Attributes: logAttributes{
		File: settings.File, Source: logSource, Priorities: append([]string{}, enabled...),
		Parameters: logParameters{settings, on("error"), on("warning"), on("notice"), on("info"), on("debug")},
	}}
	return &document{Data: res, Links: res.Links}, nil
}

// getLogData answers GET /v1/maxscale/logs/data.
func (a *API) getLogData(_ context.Context, r *request) (*document, error) {
	page, err := a.readLog(r, "/logs/data/")
	if err != nil {
		return nil, err
	}
	data := logData{Log: make([]logEntry, len(page.lines)), Source: logSource}
	for i, l := range page.lines {
		data.Log[i] = logEntry{number(l.Number), l.Message, l.Level, l.Time.UTC().Format(queryTime)}
	}
	return &document{Data: resource{ID: "log_data", Type: "log_data", Attributes: data, Links: links{Self: page.links.Self}}, Links: page.links}, nil
}

// getLogEntries answers GET /v1/maxscale/logs/entries.
func (a *API) getLogEntries(_ context.Context, r *request) (*document, error) {
	page, err := a.readLog(r, "/logs/entries/")
	if err != nil {
		return nil, err
	}
	data := make([]entryResource, len(page.lines))
	for i, l := range page.lines {
		data[i] = entryResource{number(l.Number), "log_entry", entryAttributes{l.Message, l.Level, logSource, l.Time.UTC().Format(queryTime)}}
	}
	return &document{Data: data, Links: page.links}, nil
}

// flushLogs answers POST /v1/maxscale/logs/flush.
func (a *API) flushLogs(context.Context, *request) (*document, error) {
	if a.opts.Program.Log == nil {
		return nil, nil
	}
	return nil, a.opts.Program.Log.Reopen()
}

func number(n uint64) string { return strconv.FormatUint(n, 10) }

// logPage is a part of the log, the oldest line first.
type logPage struct {
	lines []LogLine
	links links
}

// defaultLogPage is how many lines a page has if the request does not say.
const defaultLogPage = 50

// readLog picks the lines that a request asks for: page[size] lines from number
// page[cursor] on, or the last ones; of the levels in priority only.
func (a *API) readLog(r *request, path string) (*logPage, error) {
	query := r.URL.Query()
	size, err := numberParameter(query, "page[size]", defaultLogPage)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		return nil, problemf(http.StatusBadRequest, "a page has at least one line").parameter("page[size]")
	}
	cursor, err := numberParameter(query, "page[cursor]", 0)
	if err != nil {
		return nil, err
	}
	priorities, err := logPriorities(query)
	if err != nil {
		return nil, err
	}
	var lines []LogLine
	if a.opts.Program.Log != nil {
		lines = a.opts.Program.Log.Lines()
	}
	if priorities != nil {
		lines = slices.DeleteFunc(slices.Clone(lines), func(l LogLine) bool { return !slices.Contains(priorities, l.Level) })
	}
	from := max(0, len(lines)-int(min(size, uint64(len(lines)))))
	if query.Has("page[cursor]") {
		from, _ = slices.BinarySearchFunc(lines, cursor, func(l LogLine, n uint64) int { return cmp.Compare(l.Number, n) })
	}
	to := from + int(min(size, uint64(len(lines)-from)))
	page := &logPage{lines: lines[from:to]}
	at := func(cursor string, size uint64) string {
		q := url.Values{"page[size]": {number(size)}}
		if cursor != "" {
			q.Set("page[cursor]", cursor)
		}
		if priorities != nil {
			q.Set("priority", strings.Join(priorities, ","))
		}
		return r.base + path + "?" + q.Encode()
	}
	page.links = links{Self: at(query.Get("page[cursor]"), size), Last: at("", size)}
	if from < to {
		page.links.Self = at(number(lines[from].Number), size)
	}
	if from > 0 {
		before := min(size, uint64(from)) // not into this page
		page.links.Prev = at(number(lines[from-int(before)].Number), before)
	}
	if to < len(lines) {
		page.links.Next = at(number(lines[to].Number), size)
	}
	return page, nil
}

// logPriorities reads the parameter priority; nil are all levels. MaxScale's
// clients ask for alert too, which no line has.
func logPriorities(query url.Values) ([]string, error) {
	if !query.Has("priority") {
		return nil, nil
	}
	list := strings.Split(query.Get("priority"), ",")
	for _, p := range list {
		if p != "alert" && !slices.Contains(logLevelNames, p) {
			return nil, problemf(http.StatusBadRequest, "the parameter priority is a list of levels with commas in between: "+strings.Join(logLevelNames, ", ")).parameter("priority")
		}
	}
	return list, nil
}

// numberParameter reads a number of the query.
func numberParameter(query url.Values, name string, missing uint64) (uint64, error) {
	if !query.Has(name) {
		return missing, nil
	}
	n, err := strconv.ParseUint(query.Get(name), 10, 63)
	if err != nil {
		return 0, problemf(http.StatusBadRequest, "the parameter "+name+" has to be a number").parameter(name)
	}
	return n, nil
}
