package admin

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/penstock-db/penstock/engine/config"
)

type filterAttributes struct {
	Module      string            `json:"module"`
	Parameters  map[string]any    `json:"parameters"`
	Diagnostics pluginDiagnostics `json:"filter_diagnostics"`
}

func (a *API) filters(base string) []resource {
	infos := a.proxy.Filters()
	services := a.proxy.Services()
	out := make([]resource, 0, len(infos))
	for _, f := range infos {
		res := newResource(base, typeFilters, f.Config.Name, filterAttributes{
			Module:      f.Config.Module,
			Parameters:  pluginParameters(&f.Config.Plugin),
			Diagnostics: newPluginDiagnostics(&f.Status),
		})
		var using []string
		for _, service := range services {
			if slices.Contains(service.Config.Filters, f.Config.Name) {
				using = append(using, service.Config.Name)
			}
		}
		res.relate(base, typeServices, using)
		res.section = f.Config
		out = append(out, res)
	}
	return out
}

// pluginParameters are a definition's options and limits.
func pluginParameters(p *config.Plugin) map[string]any {
	params := map[string]any{
		"module":     p.Module,
		"plugin":     known(p.Plugin),
		"sha256":     known(p.SHA256),
		"on_failure": known(p.OnFailure),
		"timeout":    duration(p.Timeout),
		"memory":     p.Memory,
		"options":    map[string]any{},
	}
	files := map[string]any{}
	for _, f := range p.Files {
		files[f.Option] = f.Path
	}
	params["files"] = files
	var options map[string]any
	if json.Unmarshal(p.Options, &options) == nil && options != nil {
		for _, f := range p.Files {
			delete(options, f.Option)
		}
		params["options"] = hideSecrets(options)
	}
	return params
}

// hideSecrets replaces every option that looks like a secret by stars. Only
// the plugin knows what its options mean, so this goes by their names.
func hideSecrets(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if secretName(name) {
				v[name] = config.Secret("").String()
			} else {
				v[name] = hideSecrets(value)
			}
		}
	case []any:
		for i, value := range v {
			v[i] = hideSecrets(value)
		}
	}
	return v
}

// secretName takes api_key, api-key and apiKey for the same.
func secretName(name string) bool {
	name = strings.NewReplacer("_", "", "-", "", ".", "", " ", "").Replace(strings.ToLower(name))
	return name == "pass" || slices.ContainsFunc([]string{"password", "passwd", "passphrase", "pwd", "secret", "token", "credential",
		"privatekey", "apikey", "accesskey", "encryptionkey", "signingkey"},
		func(word string) bool { return strings.Contains(name, word) })
}
