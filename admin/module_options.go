package admin

import (
	"cmp"
	"slices"

	"github.com/penstock-db/penstock/engine"
)

// optionsPrefix is what an option's name has before it where it would be taken
// for a key of the definition, and may have anywhere.
const optionsPrefix = "options."

// tell takes over what a module says of a plugin. Its options follow the keys
// that every definition has, by the names that clients set them with.
func (m *moduleAttributes) tell(about *engine.About) {
	m.Description = cmp.Or(about.Description, m.Description)
	m.Author, m.License = known(about.Author), known(about.License)
	m.Parameters = slices.Clone(m.Parameters)
	for _, o := range about.Options {
		name := o.Name
		if slices.ContainsFunc(pluginKeys, func(p moduleParameter) bool { return p.Name == name }) {
			name = optionsPrefix + name
		}
		m.Parameters = append(m.Parameters, moduleParameter{Name: name, Type: o.Type, Default: o.Default, Mandatory: o.Required,
			Modifiable: true, Description: o.Description, Words: o.Words})
	}
}
