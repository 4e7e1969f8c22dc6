package engine

import (
	"io/fs"
	"maps"
	"os"
	"time"
)

// watchEvery is how often the files of modules are looked at.
const watchEvery = time.Second

// fileState is what tells that a file is another one. A file that is being
// written changes from one look to the next.
type fileState struct {
	modified time.Time
	size     int64
}

func stateOf(info fs.FileInfo) fileState { return fileState{info.ModTime(), info.Size()} }

// watchModules has live sessions take over modules whose files were replaced,
// until the proxy ends. A file is taken once it has stayed the same from one
// look to the next; one that does not work is reported once.
func (p *Proxy) watchModules() {
	loaded := p.moduleFiles(nil)
	seen := maps.Clone(loaded)
	for {
		select {
		case <-time.After(watchEvery):
		case <-p.ctx.Done():
			return
		}
		if !p.generation().cfg.Plugins.Watch {
			continue
		}
		now := p.moduleFiles(loaded)
		changed := ""
		for path, state := range now {
			if state != loaded[path] && state == seen[path] {
				changed = path
			}
		}
		seen = now
		if changed == "" {
			continue
		}
		loaded = maps.Clone(now)
		p.log.Info("the file of a module has changed: sessions take it over as they become idle", "module", changed)
		p.reload.Lock()
		err := p.upgradeTo(p.generation().cfg)
		p.reload.Unlock()
		if err != nil {
			p.refused.Add(1)
			p.log.Error("the new version of a module does not work, the old one goes on", "module", changed, "error", err)
		}
	}
}

// moduleFiles looks at the files of all modules that come from files. A file
// that is not there at the moment is left as it was in known; one that the
// configuration names only now counts as known.
func (p *Proxy) moduleFiles(known map[string]fileState) map[string]fileState {
	cfg := p.generation().cfg
	files := map[string]fileState{}
	look := func(path string) {
		info, err := os.Stat(path)
		if err != nil {
			if was, ok := known[path]; ok {
				files[path] = was
			}
			return
		}
		files[path] = stateOf(info)
		if _, ok := known[path]; !ok && known != nil {
			known[path] = files[path]
		}
	}
	for _, f := range cfg.Filters {
		if f.IsFile() {
			look(f.Module)
		}
	}
	for _, s := range cfg.Services {
		if s.Router.IsFile() {
			look(s.Router.Module)
		}
	}
	return files
}
