package watch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/penstock-db/penstock/cmd/penstock/client"
)

// desk is a model whose loop the test turns by hand: nothing happens between
// two lines of a test.
type desk struct {
	*model
	api  *fakeAPI
	quit bool
}

func newDesk(t *testing.T, sessions ...fakeSession) *desk {
	t.Helper()
	api := &fakeAPI{sessions: sessions}
	d := &desk{model: newModel(t.Context(), Options{API: api, URL: "http://db:8989", Interval: time.Millisecond, Sort: "id"}), api: api}
	d.send(tea.WindowSizeMsg{Width: 100, Height: 12})
	d.turn(d.Init())
	return d
}

func (d *desk) send(msg tea.Msg) {
	_, cmd := d.Update(msg)
	d.turn(cmd)
}

// turn runs what the model wants to be run. Time passes only with refresh.
func (d *desk) turn(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case tick:
	case tea.QuitMsg:
		d.quit = true
	default:
		d.send(msg)
	}
}

func (d *desk) refresh() { d.send(tick{}) }

// press sends keys: names like "down", or single characters.
func (d *desk) press(keys ...string) {
	codes := map[string]rune{"enter": tea.KeyEnter, "esc": tea.KeyEscape, "up": tea.KeyUp, "down": tea.KeyDown, "end": tea.KeyEnd,
		"home": tea.KeyHome, "pgdown": tea.KeyPgDown, "backspace": tea.KeyBackspace}
	for _, key := range keys {
		k := tea.KeyPressMsg{Code: []rune(key)[0], Text: key}
		if code, ok := codes[key]; ok {
			k = tea.KeyPressMsg{Code: code}
		}
		d.send(k)
	}
}

// text is what is to be seen.
func (d *desk) text() string { return ansi.Strip(strings.Join(d.screen(), "\n")) }

// ids are the sessions that are shown, from the top.
func (d *desk) ids() (list []string) {
	for _, s := range d.view.shown(d.list) {
		list = append(list, s.id)
	}
	return list
}

func (d *desk) sees(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(d.text(), w) {
			t.Errorf("%q is not to be seen in\n%s", w, d.text())
		}
	}
}

func TestScreen(t *testing.T) {
	d := newDesk(t, many(20)...)
	d.sees(t, "http://db:8989", "sessions 20", "sorted by id", "SELECT 1", "10.0.0.1:5000", "q quit")
	if ids := d.ids(); !slices.Equal(ids, []string{"1", "2", "3", "4", "5", "6", "7", "8"}) {
		t.Errorf("shown %q", ids)
	}
	if len(d.api.asked) != 8 {
		t.Errorf("statements were asked for that are not shown: %q", d.api.asked)
	}
	for _, size := range []tea.WindowSizeMsg{{Width: 100, Height: 12}, {Width: 40, Height: 6}, {Width: 10, Height: 2}, {Width: 1, Height: 1}, {Width: 300, Height: 80}} {
		d.send(size)
		screen := d.screen()
		for _, line := range screen {
			if w := ansi.StringWidth(line); w > size.Width {
				t.Errorf("%v: a line has %d cells: %q", size, w, line)
			}
		}
		if size.Height > chrome && len(screen) != size.Height {
			t.Errorf("%v: %d lines", size, len(screen))
		}
	}
}

func TestMovingAround(t *testing.T) {
	d := newDesk(t, many(20)...)
	steps := []struct {
		key, chosen, first string
	}{
		{"down", "2", "1"}, {"up", "1", "1"}, {"up", "1", "1"}, {"pgdown", "9", "2"}, {"end", "20", "13"}, {"up", "19", "13"}, {"home", "1", "1"},
	}
	for _, s := range steps {
		d.press(s.key)
		if d.chosen != s.chosen || d.ids()[0] != s.first {
			t.Errorf("%s: session %s is chosen, %s the first; want %s and %s", s.key, d.chosen, d.ids()[0], s.chosen, s.first)
		}
	}
	// The chosen session stays chosen when others go.
	d.press("down", "down")
	d.api.set(nil, many(20)[2:]...)
	d.refresh()
	if d.chosen != "3" || d.ids()[0] != "3" {
		t.Errorf("session %s is chosen", d.chosen)
	}
	d.api.set(nil)
	d.refresh()
	d.press("down", "k", "y", "end")
	d.sees(t, "sessions 0")
	if len(d.api.asked) != 0 {
		t.Errorf("asked %q about no session", d.api.asked)
	}
}

func TestSortingAndFinding(t *testing.T) {
	d := newDesk(t, many(20)...)
	d.press("r")
	if d.ids()[0] != "20" {
		t.Errorf("reversed: %q", d.ids())
	}
	d.press("r")
	var seen []string
	for range orders {
		d.press("s")
		seen = append(seen, string(d.view.sort))
	}
	if !slices.Equal(seen, []string{"user", "service", "qps", "idle", "alive", "id"}) {
		t.Errorf("sorted by %q", seen)
	}
	d.press("/", "A", "p", "p", "7", "x", "backspace")
	d.sees(t, "Look for: App7_")
	d.press("enter")
	if !slices.Equal(d.ids(), []string{"7"}) {
		t.Errorf("found %q", d.ids())
	}
	d.sees(t, `(1 with "App7")`)
	d.press("/", "esc")
	if len(d.list) != 20 {
		t.Errorf("%d sessions after the search was given up", len(d.list))
	}
}

func TestKilling(t *testing.T) {
	d := newDesk(t, many(3)...)
	d.press("down", "k")
	d.sees(t, "Kill session 2 of app2 (10.0.0.1:5000)? y/n")
	d.press("n")
	d.sees(t, "nothing was killed")
	d.press("k", "y")
	d.sees(t, "session 2 is killed")
	if i := slices.Index(d.api.asked, "DELETE /v1/sessions/2"); i < 0 {
		t.Errorf("asked %q", d.api.asked)
	}
	// The session that the question was about may be gone before the answer.
	d.press("k")
	d.api.set(nil, many(1)...)
	d.refresh()
	d.sees(t, "Kill session 2 of app2")
	d.press("y")
	if slices.Contains(d.api.asked, "DELETE /v1/sessions/1") || !slices.Contains(d.api.asked, "DELETE /v1/sessions/2") {
		t.Errorf("another session was killed: %q", d.api.asked)
	}
}

// The API may go away and come back.
func TestWaiting(t *testing.T) {
	d := newDesk(t, many(3)...)
	d.api.set(&client.UnreachableError{URL: "http://db:8989", Err: errors.New("connection refused")})
	d.refresh()
	d.sees(t, "Waiting for the API since", "what is shown is old: connection refused", "SELECT 1")
	if d.quit {
		t.Fatal("it ended")
	}
	d.api.set(nil, many(2)...)
	d.refresh()
	d.sees(t, "the API is back", "sessions 2")
	d.api.set(&client.StatusError{Code: 401, Problems: []client.Problem{{Detail: "no"}}})
	d.refresh()
	if !d.quit || d.ended == nil {
		t.Error("it waits although the account is refused")
	}

	first := &desk{model: newModel(t.Context(), Options{API: &fakeAPI{err: errors.New("nobody there")}, Interval: time.Millisecond, Sort: "id"})}
	first.turn(first.Init())
	if !first.quit || first.ended == nil {
		t.Error("it waits for an API that never was")
	}
}

func TestPausing(t *testing.T) {
	d := newDesk(t, many(3)...)
	d.press("p")
	d.api.set(nil, many(2)...)
	d.refresh()
	d.sees(t, "Paused", "sessions 3")
	d.press("p")
	d.refresh()
	d.sees(t, "sessions 2")
	d.press("q")
	if !d.quit || d.ended != nil {
		t.Errorf("q: %v", d.ended)
	}
}

// Ten thousand sessions are sorted and drawn, and few of them asked about.
func TestManySessions(t *testing.T) {
	d := newDesk(t, many(10000)...)
	d.press("end", "s", "s")
	d.refresh()
	d.sees(t, "sessions 10000")
	if len(d.api.asked) > 20 {
		t.Errorf("%d requests about single sessions", len(d.api.asked))
	}
	if got := fmt.Sprint(len(d.ids())); got != "8" {
		t.Errorf("%s are shown", got)
	}
}
