package watch

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// key answers a key.
func (m *model) key(k tea.KeyPressMsg) tea.Cmd {
	if name := k.String(); name == "ctrl+c" {
		return tea.Quit
	} else if name == "ctrl+z" {
		return tea.Suspend
	}
	switch m.mode {
	case typing:
		m.typed(k)
		return nil
	case sure:
		m.mode = browsing
		if k.String() == "y" {
			return m.kill(m.victim.id)
		}
		m.message = "nothing was killed"
		return nil
	}
	m.message = ""
	return m.browse(k.String())
}

func (m *model) browse(key string) tea.Cmd {
	switch key {
	case "q", "esc":
		return tea.Quit
	case "s":
		m.view.sort = orders[(slices.Index(orders, m.view.sort)+1)%len(orders)]
		m.arrange()
		m.choose(0)
	case "r":
		m.view.reverse = !m.view.reverse
		m.arrange()
		m.choose(0)
	case "/":
		m.mode = typing
	case "k", "delete":
		if m.chosen != "" {
			m.mode, m.victim = sure, m.list[m.index()]
		}
	case "p", "space":
		m.paused = !m.paused
	case "up":
		m.choose(m.index() - 1)
	case "down":
		m.choose(m.index() + 1)
	case "pgup":
		m.choose(m.index() - m.view.rows)
	case "pgdown":
		m.choose(m.index() + m.view.rows)
	case "home":
		m.choose(0)
	case "end":
		m.choose(len(m.list) - 1)
	}
	return nil
}

// typed edits the text that sessions are looked for by.
func (m *model) typed(k tea.KeyPressMsg) {
	switch k.String() {
	case "enter":
		m.mode = browsing
	case "esc":
		m.mode, m.view.match = browsing, ""
	case "backspace":
		if runes := []rune(m.view.match); len(runes) > 0 {
			m.view.match = string(runes[:len(runes)-1])
		}
	case "ctrl+u":
		m.view.match = ""
	default:
		m.view.match += k.Text
	}
	m.arrange()
}
