package ctl

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// levels of a session's log, as the API's parameters log_NAME.
var levels = []string{"error", "warning", "notice", "info", "debug"}

// sessionLog prints a session's last log lines, or changes which of them go to
// the proxy's log.
func (a *app) sessionLog(k *kind) *cobra.Command {
	given := make(map[string]*string)
	cmd := &cobra.Command{
		Use: "log ID", Short: "Print a session's last log lines, or change its log levels", Args: cobra.ExactArgs(1),
		Long: `Print the session's last log lines, of all levels.

With a level, change whether lines of that level go to the proxy's log as well,
and print nothing.`,
		Example:           "  penstock session log 7\n  penstock session log 7 --info=on --debug=off",
		ValidArgsFunction: a.completeOne(k),
		RunE: a.does(func(c *call) error {
			parameters := map[string]bool{}
			for _, level := range levels {
				if !c.cmd.Flags().Changed(level) {
					continue
				}
				on, err := onOff(*given[level])
				if err != nil {
					return usagef("--%s=%s: write on or off", level, *given[level])
				}
				parameters["log_"+level] = on
			}
			if len(parameters) > 0 {
				return c.setLevels(k, c.args[0], parameters)
			}
			r, err := c.Get(c.ctx, k.of(c.args[0]), url.Values{"fields[sessions]": {"log"}})
			if err != nil {
				return err
			}
			lines, _ := r.Value("log").([]any)
			for _, line := range lines {
				c.say("%s", scalar(line))
			}
			return nil
		}),
	}
	for _, level := range levels {
		given[level] = cmd.Flags().String(level, "", "write lines of this level to the proxy's log: `on|off`")
		cmd.Flags().Lookup(level).NoOptDefVal = "on"
		cobra.CheckErr(cmd.RegisterFlagCompletionFunc(level, cobra.FixedCompletions([]string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp)))
	}
	return cmd
}

func (c *call) setLevels(k *kind, id string, parameters map[string]bool) error {
	body := map[string]any{"data": map[string]any{"attributes": map[string]any{"parameters": parameters}}}
	if _, err := c.Do(c.ctx, http.MethodPatch, k.of(id), nil, body); err != nil {
		return err
	}
	var words []string
	for name, on := range parameters {
		words = append(words, strings.TrimPrefix(name, "log_")+" "+map[bool]string{true: "on", false: "off"}[on])
	}
	slices.Sort(words)
	c.say("session %s: %s", id, strings.Join(words, ", "))
	return nil
}

func onOff(word string) (bool, error) {
	switch strings.ToLower(word) {
	case "on", "true", "yes":
		return true, nil
	case "off", "false", "no":
		return false, nil
	}
	return false, usagef("neither on nor off")
}
