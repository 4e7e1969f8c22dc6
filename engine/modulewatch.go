package engine

import (
	"crypto/sha256"
	"io/fs"
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

// watchedFile is a module's file.
type watchedFile struct {
	seen fileState         // at the last look
	read fileState         // when its content was looked at
	hash [sha256.Size]byte // of the content that sessions were given, or that was refused
}

// watchModules has live sessions follow to modules whose files were replaced,
// until the proxy ends. A file is read once it has stayed the same from one
// look to the next; one that does not work is reported once.
func (p *Proxy) watchModules() {
	files := map[string]*watchedFile{}
	for {
		select {
		case <-time.After(watchEvery):
		case <-p.ctx.Done():
			return
		}
		files = p.moduleFiles(files)
		for path, f := range files {
			if !f.replaced(path) {
				continue
			}
			p.log.Info("the file of a module has changed: sessions take it over as they become idle", "module", path)
			if err := p.upgradeModule(path); err != nil && err != ErrShutdown {
				p.refused.Add(1)
				p.log.Error("the new version of a module does not work, the old one goes on", "module", path, "error", err)
			}
		}
	}
}

// replaced looks at the file and reports whether it has another content than
// the one that is known. A file that cannot be read now may be a moment later.
func (f *watchedFile) replaced(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	now := stateOf(info)
	settled := now == f.seen
	f.seen = now
	if !settled || now == f.read {
		return false
	}
	code, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	f.read = now
	was := f.hash
	f.hash = sha256.Sum256(code)
	return f.hash != was
}

// moduleFiles returns the files of all modules that come from files, none if
// they are not to be watched. What is known of them is kept; of others what the
// definitions were made from is known.
func (p *Proxy) moduleFiles(known map[string]*watchedFile) map[string]*watchedFile {
	g := p.generation()
	files := map[string]*watchedFile{}
	if !g.cfg.Plugins.Watch {
		return files
	}
	add := func(d *definition) {
		path := d.cfg.Module
		switch {
		case !d.cfg.IsFile() || files[path] != nil:
		case known[path] != nil:
			files[path] = known[path]
		default:
			files[path] = &watchedFile{hash: d.hash}
		}
	}
	for _, d := range g.filters {
		add(d)
	}
	for _, pl := range g.plans {
		add(pl.router)
	}
	return files
}
