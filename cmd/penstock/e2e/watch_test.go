package e2e

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
)

// screen is a terminal with `penstock watch` on it.
type screen struct {
	tty, slave *os.File
	before     unix.Termios
	exited     chan error

	mu   sync.Mutex
	text strings.Builder
}

func startWatch(t *testing.T, args ...string) (*screen, int) {
	t.Helper()
	tty, slave, err := pty.Open()
	must(t, err)
	must(t, pty.Setsize(tty, &pty.Winsize{Rows: 20, Cols: 120}))
	s := &screen{tty: tty, slave: slave, exited: make(chan error, 1)}
	before, err := unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS)
	must(t, err)
	s.before = *before
	cmd := clientCommand(t, append([]string{"watch", "--interval", "100ms"}, args...)...)
	cmd.Env = append(cmd.Env, "TERM=xterm-256color")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Pdeathsig: syscall.SIGKILL}
	must(t, cmd.Start())
	read := make(chan struct{})
	go func() {
		defer close(read)
		b := make([]byte, 4096)
		for {
			n, err := tty.Read(b)
			s.mu.Lock()
			s.text.Write(b[:n])
			s.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { s.exited <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		slave.Close()
		tty.Close()
		<-read
	})
	return s, cmd.Process.Pid
}

// said is everything that was written to the terminal.
func (s *screen) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// awaits a text that is written after what there is now, or at all.
func (s *screen) awaits(t *testing.T, from int, text string) {
	t.Helper()
	must(t, rig.Await(fmt.Sprintf("%q on the screen", text), func() error {
		if said := s.said(); !strings.Contains(said[min(from, len(said)):], text) {
			return fmt.Errorf("there is %q", said[min(from, len(said)):])
		}
		return nil
	}))
}

// redraws changes the terminal's size, upon which everything is drawn anew, until a
// text is there: otherwise only what has changed is drawn.
func (s *screen) redraws(t *testing.T, rows, columns uint16, text, bottom string) {
	t.Helper()
	must(t, rig.Await(fmt.Sprintf("%q on the screen", text), func() error {
		from := len(s.said())
		rows ^= 1
		must(t, pty.Setsize(s.tty, &pty.Winsize{Rows: rows, Cols: columns})) // the kernel sends SIGWINCH
		must(t, rig.Await("all to be drawn", func() error {
			if said := s.said()[from:]; !strings.Contains(said, "\x1b[2J") || !strings.Contains(said, bottom) {
				return fmt.Errorf("there is %q", said)
			}
			return nil
		}))
		if said := s.said()[from:]; !strings.Contains(said, text) {
			return fmt.Errorf("there is %q", said)
		}
		return nil
	}))
}

func (s *screen) press(t *testing.T, keys string) {
	t.Helper()
	_, err := s.tty.WriteString(keys)
	must(t, err)
}

// restored waits for the end, and checks that the terminal is as it was.
func (s *screen) restored(t *testing.T) {
	t.Helper()
	must(t, rig.Await("watch to end", func() error {
		select {
		case err := <-s.exited:
			if err != nil {
				t.Errorf("it ended with %v", err)
			}
			return nil
		default:
			return errors.New("it still runs")
		}
	}))
	after, err := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
	must(t, err)
	if *after != s.before {
		t.Errorf("the terminal's modes are %+v, were %+v", *after, s.before)
	}
	said := s.said()
	for on, off := range map[string]string{"\x1b[?1049h": "\x1b[?1049l", "\x1b[?25l": "\x1b[?25h"} {
		if strings.LastIndex(said, on) >= 0 && strings.LastIndex(said, off) < strings.LastIndex(said, on) {
			t.Errorf("%q was not taken back by %q", on, off)
		}
	}
	if !strings.Contains(said, "\x1b[?1049h") {
		t.Error("it did not take the other screen")
	}
}

func TestWatch(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	must(t, c.Exec("SELECT 'watched'"))
	id := fmt.Sprint(c.ConnectionID)

	s, _ := startWatch(t, "--sort", "id")
	s.awaits(t, 0, "sorted by id")
	s.awaits(t, 0, "SELECT 'watched'")
	s.press(t, "/"+split+"\r")
	s.redraws(t, 30, 110, `(1 with "split")`, "q quit")
	s.press(t, "k")
	s.redraws(t, 20, 100, "Kill session "+id, "y kill")
	s.press(t, "y")
	must(t, rig.Await("the session to end", func() error {
		if err := c.Exec("SELECT 1"); err == nil {
			return errors.New("it still answers")
		}
		return nil
	}))
	s.press(t, "q")
	s.restored(t)
}

// However it ends, the terminal is usable afterwards.
func TestWatchIsInterrupted(t *testing.T) {
	for name, stop := range map[string]func(s *screen, pid int){
		"ctrl-c":  func(s *screen, _ int) { s.press(t, "\x03") },
		"SIGTERM": func(_ *screen, pid int) { must(t, syscall.Kill(pid, syscall.SIGTERM)) },
	} {
		t.Run(name, func(t *testing.T) {
			s, pid := startWatch(t)
			s.awaits(t, 0, "sorted by qps")
			stop(s, pid)
			s.restored(t)
		})
	}
}

// The API goes away with the proxy and comes back with it.
func TestWatchWaitsForTheAPI(t *testing.T) {
	own := rig.Start(t, setup(primary, replica))
	s, _ := startWatch(t, "-c", own.Dir+"/config.toml", "--timeout", "500ms")
	s.awaits(t, 0, "sorted by qps")
	must(t, own.Signal(syscall.SIGSTOP)) // it is there, and does not answer
	s.redraws(t, 20, 110, "no answer within 500ms", "q quit")
	must(t, own.Signal(syscall.SIGCONT))
	s.redraws(t, 20, 100, "the API is back", "q quit")
	must(t, own.Stop())
	s.redraws(t, 20, 110, "Waiting for the API since", "q quit")
	s.press(t, "q")
	s.restored(t)
}

// Where there is no terminal it prints tables.
func TestWatchWithoutATerminal(t *testing.T) {
	c := connect(t, proxy.Addr(split), rig.Login{})
	must(t, c.Exec("SELECT 'piped'"))
	out := expect(t, "watch --count 2 --interval 100ms --match "+split, "SELECT 'piped'")
	if strings.Count(out, "STATEMENT") != 2 || strings.Contains(out, "\x1b") {
		t.Errorf("two tables without colours:\n%q", out)
	}
}
