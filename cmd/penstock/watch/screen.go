package watch

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/penstock-db/penstock/cmd/penstock/client"
	"github.com/penstock-db/penstock/cmd/penstock/table"
)

// chrome is how many lines are not sessions: two above, the heading, one below.
const chrome = 4

const (
	inverse = "\x1b[7m"
	bold    = "\x1b[1m"
	normal  = "\x1b[m"
)

// View draws the screen.
func (m *model) View() tea.View {
	v := tea.NewView(strings.Join(m.screen(), "\n"))
	v.AltScreen = true
	return v
}

// screen is what is to be seen, a line each, none wider than the terminal.
func (m *model) screen() []string {
	cut := func(text string) string { return table.Cut(table.Clean(text), m.width) }
	list := []string{bold + cut(m.title()) + normal, cut(m.status())}
	if m.look == nil {
		return append(list, "", cut(m.help()))
	}
	shown := m.view.shown(m.list)
	for i, line := range lines(shown, m.width) {
		line = table.Cut(line, m.width)
		switch {
		case i == 0:
			line = bold + line + normal
		case shown[i-1].id == m.chosen:
			line = inverse + line + strings.Repeat(" ", max(0, m.width-table.Width(line))) + normal
		}
		list = append(list, line)
	}
	for len(list) < m.height-1 {
		list = append(list, "")
	}
	return append(list, cut(m.help()))
}

func (m *model) title() string {
	if m.look == nil {
		return "penstock  " + m.opts.URL
	}
	return summary(m.opts.URL, m.look, len(m.list), &m.view)
}

// summary is the line above a table of sessions.
func summary(url string, l *look, fit int, v *view) string {
	which := ""
	if v.match != "" {
		which = fmt.Sprintf(" (%d with %q)", fit, v.match)
	}
	order := string(v.sort)
	if v.reverse {
		order += ", reversed"
	}
	return fmt.Sprintf("penstock  %s  %s  sessions %d%s  queries/s %.1f  sorted by %s",
		url, l.at.Format(time.TimeOnly), len(l.sessions), which, l.qps, order)
}

// status is what there is to say now.
func (m *model) status() string {
	switch {
	case m.mode == sure:
		s := &m.victim
		return fmt.Sprintf("Kill session %s of %s (%s)? y/n", s.id, s.user, s.client)
	case m.mode == typing:
		return "Look for: " + m.view.match + "_"
	case m.failed != nil:
		return fmt.Sprintf("Waiting for the API since %s, what is shown is old: %v", m.since.Format(time.TimeOnly), reason(m.failed))
	case m.look == nil:
		return "Asking the API…"
	case m.paused && m.message == "":
		return "Paused"
	}
	return m.message
}

// reason is an error without the API's address, which is in the title.
func reason(err error) error {
	var unreachable *client.UnreachableError
	if errors.As(err, &unreachable) {
		return unreachable.Err
	}
	return err
}

func (m *model) help() string {
	switch m.mode {
	case typing:
		return "enter keep  esc all sessions"
	case sure:
		return "y kill  any other key not"
	}
	return "q quit  s sort  r reverse  / look for  k kill  p pause  ↑↓ choose"
}
