package config

import (
	"fmt"
	"path/filepath"
)

// parse turns a text, with what an overlay changes of it, into a Config. The
// overlay may be nil. Relative paths begin at the file's directory.
func parse(file string, text []byte, overlay *Overlay) (*Config, error) {
	r := newReader(file)
	d, ok := decode("", string(text), func(line int, key, problem, suggestion string) {
		r.fail(place{line: line}, key, problem, suggestion)
	})
	var c *Config
	if ok {
		r.mended = d.mended
		overlay.lay(&d)
		c = r.config(&table{r: r, values: d.values, pos: d.positions, exists: true})
	}
	if len(r.errs) > 0 {
		r.errs.Sort()
		return nil, &r.errs
	}
	c.File, c.places = file, d.positions
	return c, nil
}

// newReader returns a reader for a file; relative paths begin at its directory.
func newReader(file string) *reader {
	dir := filepath.Dir(file)
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	return &reader{file: file, dir: dir}
}

// config reads the whole file.
func (r *reader) config(root *table) *Config {
	c := &Config{
		Servers:   make(map[string]*Server),
		Monitors:  make(map[string]*Monitor),
		Filters:   make(map[string]*Filter),
		Services:  make(map[string]*Service),
		Listeners: make(map[string]*Listener),
	}
	c.Proxy = readProxy(root.sub("proxy"))
	admin := root.sub("admin")
	c.Admin = readAdmin(admin)
	c.Log = readLog(root.sub("log"))
	c.Plugins = readPlugins(root.sub("plugins"))

	servers := root.named("servers")
	for _, t := range servers {
		c.Servers[t.name] = readServer(t)
	}
	monitorTables := root.named("monitors")
	var monitors []*Monitor
	for _, t := range monitorTables {
		m := readMonitor(t, names(servers))
		monitors = append(monitors, m)
		c.Monitors[t.name] = m
	}
	watchedOnce(monitorTables, monitors)
	filters := root.named("filters")
	for _, t := range filters {
		c.Filters[t.name] = readFilter(t)
	}
	services := root.named("services")
	for _, t := range services {
		c.Services[t.name] = readService(t, names(servers), names(filters))
	}
	var all []bound
	if c.Admin.Enabled {
		all = append(all, bind(admin, "the REST API ([admin])", c.Admin.Address, ""))
	}
	for _, t := range root.named("listeners") {
		l := readListener(t, names(services))
		c.Listeners[t.name] = l
		all = append(all, bind(t, fmt.Sprintf("[listeners.%s]", t.name), l.Address, l.Socket))
	}
	oneEach(all)
	r.nothingToDo(root)
	root.finish()
	return c
}

// nothingToDo reports a file with which Penstock would serve nobody.
func (r *reader) nothingToDo(root *table) {
	for _, section := range []string{"servers", "services", "listeners"} {
		if values, isTable := root.values[section].(map[string]any); !root.has(section) || isTable && len(values) == 0 {
			r.fail(place{}, section, "there is none", fmt.Sprintf("define at least one [%s.NAME]", section))
		}
	}
}

func names(tables []*table) []string {
	list := make([]string, len(tables))
	for i, t := range tables {
		list[i] = t.name
	}
	return list
}
