package ctl

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// printOne prints one resource as the user wants it.
func (a *app) printOne(c *call, k *kind, path string, query url.Values) error {
	if a.output == outJSON {
		text, err := c.Do(c.ctx, http.MethodGet, path, query, nil)
		if err != nil {
			return err
		}
		if err := printJSON(c.out, text, ""); err != nil {
			return fmt.Errorf("%s%s does not answer in JSON: %w", c.URL(), path, err)
		}
		_, err = fmt.Fprintln(c.out)
		return err
	}
	r, err := c.Get(c.ctx, path, query)
	if err != nil {
		return err
	}
	if a.output == outName {
		_, err := fmt.Fprintln(c.out, table.Clean(r.ID))
		return err
	}
	details(c, k, r)
	if k != nil && k.plural == sessionKind {
		return statements(c, r)
	}
	return nil
}

// details prints what a resource has, a line each.
func details(c *call, k *kind, r *client.Resource) {
	var names, values []string
	add := func(name, value string) { names, values = append(names, name), append(values, value) }
	add("id", r.ID)
	for _, name := range slices.Sorted(maps.Keys(r.Related)) {
		add(name, strings.Join(r.Related[name], ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Attributes)) {
		if k == nil || !k.later[name] {
			flat(name, r.Attributes[name], add)
		}
	}
	longest := 0
	for _, name := range names {
		longest = max(longest, len(name))
	}
	for i, name := range names {
		line := fmt.Sprintf("%-*s  %s", longest, name, values[i])
		fmt.Fprintln(c.out, strings.TrimRight(table.Clean(line), " "))
	}
}

// statements prints a session's last statements.
func statements(c *call, r *client.Resource) error {
	list, _ := r.Value("queries").([]any)
	if len(list) == 0 {
		return nil
	}
	t := table.Table{Columns: []table.Column{{Title: "RECEIVED"}, {Title: "TOOK", Right: true}, {Title: "SERVER"}, {Title: "COMMAND"}, {Title: "STATEMENT"}}}
	for _, item := range list {
		q, _ := item.(map[string]any)
		var servers []string
		responses, _ := q["responses"].([]any)
		for _, response := range responses {
			m, _ := response.(map[string]any)
			servers = append(servers, scalar(m["server"]))
		}
		t.Rows = append(t.Rows, []string{scalar(q["received"]), took(q), strings.Join(servers, ", "), scalar(q["command"]), scalar(q["statement"])})
	}
	fmt.Fprintln(c.out)
	return t.Print(c.out, width(c.out))
}

// took is how long a statement took, or that it still runs.
func took(q map[string]any) string {
	received, err1 := time.Parse(time.RFC3339Nano, scalar(q["received"]))
	completed, err2 := time.Parse(time.RFC3339Nano, scalar(q["completed"]))
	switch {
	case q["completed"] == nil:
		return "runs"
	case err1 != nil || err2 != nil:
		return ""
	}
	return fmt.Sprintf("%dms", completed.Sub(received).Milliseconds())
}

// status is about the proxy as a whole.
func (a *app) status() *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Aliases: []string{"maxscale"}, Short: "Show the proxy itself: version, uptime, parameters", Args: cobra.NoArgs,
		RunE: a.does(func(c *call) error { return a.printOne(c, nil, client.Path("maxscale"), nil) }),
	}
	a.outputFlag(cmd)
	return cmd
}
