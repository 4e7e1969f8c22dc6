package ctl

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

// settings reads KEY=VALUE words. A value that is JSON is that; anything else is
// the string as it stands.
func settings(words []string) (map[string]any, error) {
	m := make(map[string]any, len(words))
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok || key == "" {
			return nil, usagef("%q makes no sense here: write NAME=VALUE", word)
		}
		if _, twice := m[key]; twice {
			return nil, usagef("%s is there twice", key)
		}
		if json.Valid([]byte(value)) {
			m[key] = json.RawMessage(value)
		} else {
			m[key] = value
		}
	}
	return m, nil
}

const settingsHelp = `
A VALUE that is JSON is taken as that: 20, true, null, ["a","b"], "20" for the
string. Anything else is a string as it stands.`

// setFilter changes a filter's options in all live sessions.
func (a *app) setFilter() *cobra.Command {
	k := kindOf("filters")
	var module string
	cmd := &cobra.Command{
		Use: "set NAME [OPTION=VALUE...]", Short: "Change a filter's options, in live sessions too", Args: cobra.MinimumNArgs(1),
		Long: `Change options of a filter; those that are not named stay as they are, and null
takes one away. Live sessions take the new version over when they are idle.
Without any option the module is read again.
` + settingsHelp,
		Example:           "  penstock filter set slow max_qps=50\n  penstock filter set hide 'match=(?i)\\bcard\\b' --module regexfilter",
		ValidArgsFunction: a.completeOne(k),
		RunE: a.does(func(c *call) error {
			options, err := settings(c.args[1:])
			if err != nil {
				return err
			}
			attributes := map[string]any{}
			if len(options) > 0 {
				attributes["parameters"] = map[string]any{"options": options}
			}
			if module != "" {
				attributes["module"] = module
			}
			data := map[string]any{}
			if len(attributes) > 0 {
				data["attributes"] = attributes
			}
			if _, err := c.Do(c.ctx, http.MethodPatch, k.of(c.args[0]), nil, map[string]any{"data": data}); err != nil {
				return err
			}
			c.say("filter %s is changed; live sessions take it over when they are idle", c.args[0])
			return nil
		}),
	}
	cmd.Flags().StringVar(&module, "module", "", "another `module`: a built-in one's name, or a file on the proxy's machine")
	return cmd
}

func (a *app) createFilter() *cobra.Command {
	k := kindOf("filters")
	var module string
	var more []string
	cmd := &cobra.Command{
		Use: "create NAME --module MODULE [OPTION=VALUE...]", Short: "Create a filter that services and sessions can use",
		Args:    needs(cobra.MinimumNArgs(1), "module"),
		Long:    "Create a filter that services and sessions can use.\n" + settingsHelp,
		Example: "  penstock filter create slow --module throttlefilter max_qps=20 throttling_duration=30s --parameter timeout=20ms",
		RunE: a.does(func(c *call) error {
			options, err := settings(c.args[1:])
			if err != nil {
				return err
			}
			parameters, err := settings(more)
			if err != nil {
				return err
			}
			if len(options) > 0 {
				parameters["options"] = options
			}
			return c.create(k, map[string]any{"module": module, "parameters": parameters}, nil)
		}),
	}
	cmd.Flags().StringVar(&module, "module", "", "its `module`: a built-in one's name, or a file on the proxy's machine")
	cmd.Flags().StringArrayVar(&more, "parameter", nil, "a key of [filters.NAME] other than options, as `NAME=VALUE`")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("module", a.completeNames(kindOf("modules"))))
	return cmd
}

func (a *app) createServer() *cobra.Command {
	k := kindOf("servers")
	var address, socket, monitor string
	var port uint16
	var more, services []string
	cmd := &cobra.Command{
		Use: "create NAME --address HOST [--port PORT]", Short: "Create a server, and have services use it",
		Args: func(cmd *cobra.Command, args []string) error {
			if (address == "") == (socket == "") {
				return usagef("%s needs either --address or --socket", cmd.CommandPath())
			}
			return cobra.ExactArgs(1)(cmd, args)
		},
		Example: "  penstock server create replica2 --address 10.0.0.7 --port 3306 --service app --monitor main",
		RunE: a.does(func(c *call) error {
			parameters, err := settings(more)
			if err != nil {
				return err
			}
			if socket != "" {
				parameters["socket"] = socket
			} else {
				parameters["address"], parameters["port"] = address, port
			}
			relationships := map[string]any{}
			if len(services) > 0 {
				relationships["services"] = identifiers("services", services...)
			}
			if monitor != "" {
				relationships["monitors"] = identifiers("monitors", monitor)
			}
			return c.create(k, map[string]any{"parameters": parameters}, relationships)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&address, "address", "", "its `host` name or address")
	f.Uint16Var(&port, "port", 3306, "its `port`")
	f.StringVar(&socket, "socket", "", "the `path` of its socket, in place of an address")
	f.StringArrayVar(&services, "service", nil, "a `service` that is to use it; may be given several times")
	f.StringVar(&monitor, "monitor", "", "the `monitor` that is to watch it")
	f.StringArrayVar(&more, "parameter", nil, "another key of [servers.NAME], as `NAME=VALUE`")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("service", a.completeNames(kindOf("services"))))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("monitor", a.completeNames(kindOf("monitors"))))
	return cmd
}

// identifiers is a relationship to resources.
func identifiers(kind string, ids ...string) map[string]any {
	data := make([]map[string]string, len(ids))
	for i, id := range ids {
		data[i] = map[string]string{"id": id, "type": kind}
	}
	return map[string]any{"data": data}
}

// create asks for a resource with the first argument's name.
func (c *call) create(k *kind, attributes, relationships map[string]any) error {
	data := map[string]any{"id": c.args[0], "type": k.path[len(k.path)-1], "attributes": attributes}
	if len(relationships) > 0 {
		data["relationships"] = relationships
	}
	if _, err := c.Do(c.ctx, http.MethodPost, k.of(), nil, map[string]any{"data": data}); err != nil {
		return err
	}
	c.say("%s %s is created", k.singular, c.args[0])
	return nil
}

// remove is the command that deletes one resource.
func (a *app) remove(k *kind) *cobra.Command {
	return &cobra.Command{
		Use: "delete NAME", Short: "Delete a " + k.singular, Args: cobra.ExactArgs(1),
		ValidArgsFunction: a.completeOne(k),
		RunE: a.does(func(c *call) error {
			if _, err := c.Do(c.ctx, http.MethodDelete, k.of(c.args[0]), nil, nil); err != nil {
				return err
			}
			c.say("%s %s is deleted", k.singular, c.args[0])
			return nil
		}),
	}
}

// needs adds to the check of arguments that a flag is there.
func needs(check cobra.PositionalArgs, flag string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed(flag) {
			return usagef("%s needs --%s", cmd.CommandPath(), flag)
		}
		return check(cmd, args)
	}
}
