package watch

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// defaultRows is how many sessions are shown where no terminal's height says it.
const defaultRows = 20

// plain prints one table after another until count have been printed (0: for
// ever) or the context ends, which is no error. A first look that fails ends it;
// later ones are waited for.
func plain(ctx context.Context, o Options) error {
	r := &reader{api: o.API}
	v := view{sort: o.Sort, match: o.Match, rows: o.Rows}
	waiting := false
	next := time.NewTicker(o.Interval)
	defer next.Stop()
	for done := 0; ; {
		l, err := r.read(ctx, v)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (done == 0 || refused(err)):
			return err
		case err != nil && !waiting:
			fmt.Fprintf(o.Err, "Waiting for the API since %s: %v\n", time.Now().Format(time.TimeOnly), err)
			waiting = true
		case err == nil:
			waiting = false
			if done++; done > 1 {
				fmt.Fprintln(o.Out)
			}
			if err := print(o.Out, o.URL, l, &v); err != nil || done == o.Count {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
	}
}

// print writes one table.
func print(out io.Writer, url string, l *look, v *view) error {
	list := v.arrange(l.sessions)
	text := []string{table.Clean(summary(url, l, len(list), v))}
	text = append(text, lines(v.shown(list), 0)...)
	_, err := io.WriteString(out, strings.Join(text, "\n")+"\n")
	return err
}
