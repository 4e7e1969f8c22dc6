package metadata

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Merge puts documents together, in the order given, and returns the section's
// content: the plugins of all of them, and the other members, which no two may
// have. The result is what Decode takes, without white space.
func Merge(documents ...[]byte) ([]byte, error) {
	merged, plugins := map[string]any{}, map[string]any{}
	for n, text := range documents {
		v, err := parse(text)
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", n+1, err)
		}
		doc, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("document %d is no JSON object", n+1)
		}
		for _, member := range slices.Sorted(maps.Keys(doc)) {
			more, isTable := doc[member].(map[string]any)
			if member != "plugins" || !isTable {
				if _, twice := merged[member]; twice {
					return nil, fmt.Errorf("more than one document has %s", member)
				}
				merged[member] = doc[member]
				continue
			}
			for name := range more {
				if _, twice := plugins[name]; twice {
					return nil, fmt.Errorf("more than one document has plugins.%s", name)
				}
			}
			maps.Copy(plugins, more)
		}
	}
	if _, wrong := merged["plugins"]; !wrong {
		merged["plugins"] = plugins
	}
	content, err := json.Marshal(merged)
	if err != nil {
		return nil, err
	}
	_, err = Decode(content)
	return content, err
}
