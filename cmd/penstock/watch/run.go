package watch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/term"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// Fastest is the shortest interval: faster than this nobody reads.
const Fastest = 100 * time.Millisecond

// Options say what is watched, and how.
type Options struct {
	API      API
	URL      string        // of the API, for people
	Interval time.Duration // from one look to the next
	Sort     Order         // one of [Orders]
	Match    string        // only sessions that have it in their id, names, address, state or filters
	// Where there is no terminal:
	Count int // tables to print; 0: until the context ends
	Rows  int // sessions in each
	In    io.Reader
	Out   io.Writer
	Err   io.Writer
}

// Orders are the names of what sessions can be sorted by.
func Orders() []string {
	names := make([]string, len(orders))
	for i, o := range orders {
		names[i] = string(o)
	}
	return names
}

// SortBy returns the order of that name.
func SortBy(name string) (Order, bool) {
	return Order(name), slices.Contains(orders, Order(name))
}

// Run watches until the user has enough or the context ends, neither of which
// is an error. The terminal is what it was before, even after a panic.
func Run(ctx context.Context, o Options) error {
	in, ok1 := o.In.(*os.File)
	out, ok2 := o.Out.(*os.File)
	if o.Count > 0 || !ok1 || !ok2 || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return plain(ctx, o)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a look that is being taken when the user leaves is given up
	m := newModel(ctx, o)
	_, err := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(in), tea.WithOutput(out)).Run()
	switch {
	case m.ended != nil:
		return m.ended
	case errors.Is(err, tea.ErrInterrupted), err != nil && ctx.Err() != nil:
		return nil
	}
	return err
}

// refused says whether the account is not let in: no waiting helps then.
func refused(err error) bool {
	var status *client.StatusError
	return errors.As(err, &status) && (status.Code == http.StatusUnauthorized || status.Code == http.StatusForbidden)
}
