package watch

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// mode is what keys are for.
type mode int

const (
	browsing mode = iota
	typing        // a text to look for
	sure          // whether the chosen session is to be killed
)

// model is the terminal's view. All of it but reader belongs to Bubble Tea's
// loop; reader belongs to the one look that is being taken.
type model struct {
	ctx     context.Context
	opts    Options
	reader  *reader
	view    view
	mode    mode
	paused  bool
	look    *look
	list    []session // that fit, sorted
	chosen  string    // id of the session that keys are about
	victim  session   // whom a question is about: the chosen one may change meanwhile
	message string    // what a key did
	failed  error     // why there is no newer look; nil if there is
	since   time.Time // of failed
	ended   error     // what the program ends with
	width   int
	height  int
	reading bool
}

// What comes back from outside the loop.
type (
	tick   struct{}
	looked struct {
		look *look
		err  error
	}
	changed struct{ message string }
)

func newModel(ctx context.Context, o Options) *model {
	return &model{ctx: ctx, opts: o, reader: &reader{api: o.API}, view: view{sort: o.Sort, match: o.Match, rows: defaultRows}, width: 80, height: 24}
}

// Init takes the first look.
func (m *model) Init() tea.Cmd { return m.read() }

// read takes a look, unless one is being taken.
func (m *model) read() tea.Cmd {
	if m.reading {
		return nil
	}
	m.reading = true
	v := m.view
	return func() tea.Msg {
		l, err := m.reader.read(m.ctx, v)
		return looked{l, err}
	}
}

// Update answers what happens.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.arrange()
	case tick:
		if m.paused {
			return m, m.wait()
		}
		return m, m.read()
	case looked:
		m.reading = false
		return m, m.take(msg)
	case changed:
		m.message = msg.message
		return m, m.read()
	case tea.PasteMsg:
		if m.mode == typing {
			m.view.match += msg.Content
			m.arrange()
		}
	case tea.KeyPressMsg:
		return m, m.key(msg)
	}
	return m, nil
}

// wait is the time until the next look.
func (m *model) wait() tea.Cmd {
	return tea.Tick(m.opts.Interval, func(time.Time) tea.Msg { return tick{} })
}

// take shows a look, or why there is none. An account that is refused, and an
// address where there never was an API, will not get better by waiting.
func (m *model) take(l looked) tea.Cmd {
	switch {
	case l.err == nil:
		if m.failed != nil {
			m.message = "the API is back"
		}
		m.look, m.failed = l.look, nil
		m.arrange()
	case m.look == nil, refused(l.err), m.ctx.Err() != nil:
		m.ended = l.err
		return tea.Quit
	default:
		if m.failed == nil {
			m.since = time.Now()
		}
		m.failed = l.err
	}
	return m.wait()
}

// arrange sorts what was seen, and keeps the chosen session chosen.
func (m *model) arrange() {
	m.view.rows = max(1, m.height-chrome)
	if m.look == nil {
		return
	}
	m.list = m.view.arrange(m.look.sessions)
	m.choose(m.index())
}

// index is where the chosen session is in the list; the first if it is gone.
func (m *model) index() int {
	return max(0, slices.IndexFunc(m.list, func(s session) bool { return s.id == m.chosen }))
}

// choose makes the session at i the chosen one, and has it in sight.
func (m *model) choose(i int) {
	if len(m.list) == 0 {
		m.chosen, m.view.first = "", 0
		return
	}
	i = max(0, min(i, len(m.list)-1))
	m.chosen = m.list[i].id
	m.view.first = max(0, min(m.view.first, i, len(m.list)-m.view.rows))
	m.view.first = max(m.view.first, i-m.view.rows+1)
}

// kill closes the chosen session.
func (m *model) kill(id string) tea.Cmd {
	return func() tea.Msg {
		if _, err := m.opts.API.Do(m.ctx, http.MethodDelete, client.Path("sessions", id), nil, nil); err != nil {
			return changed{fmt.Sprintf("session %s is not killed: %v", id, err)}
		}
		return changed{fmt.Sprintf("session %s is killed", id)}
	}
}
