package engine

import "github.com/penstock-db/penstock/wasm/metadata"

// About is what a module says of itself and of one of its plugins; zero values
// where it says nothing.
type About struct {
	Version, Author, License string // of the module
	Description              string // of the plugin, in a few words
	Options                  []PluginOption
}

// PluginOption is one of a plugin's options.
type PluginOption = metadata.Option

// ReadAbout reads what a module's file says of its plugins, by their names;
// nothing if it says nothing.
func ReadAbout(code []byte) (map[string]About, error) {
	m, err := metadata.Read(code)
	if m == nil || err != nil {
		return nil, err
	}
	all := map[string]About{}
	for _, name := range m.Names() {
		all[name] = aboutOf(m, name)
	}
	return all, nil
}

func aboutOf(m *metadata.Module, plugin string) About {
	if m == nil {
		return About{}
	}
	a := About{Version: m.Version, Author: m.Author, License: m.License}
	if p := m.Plugin(plugin); p != nil {
		a.Description, a.Options = p.Description, p.Options()
	}
	return a
}
