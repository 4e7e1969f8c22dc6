package mariadbtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Running says whether mariadbd runs.
func (s *Server) Running() bool { return s.process != nil && !s.process.exited() }

// PID returns the process id of mariadbd, 0 if it does not run.
func (s *Server) PID() int {
	if s.process == nil {
		return 0
	}
	return s.process.cmd.Process.Pid
}

// Kill ends the server as a crash does (SIGKILL). The data stays: Restart
// recovers it.
func (s *Server) Kill() error { return s.end(syscall.SIGKILL) }

// Stop shuts the server down in order. The data stays.
func (s *Server) Stop() error { return s.end(syscall.SIGTERM) }

func (s *Server) end(sig syscall.Signal) error {
	if s.process == nil {
		return nil
	}
	p := s.process
	s.process = nil
	return p.end(sig)
}

// Pause stops the process from running (SIGSTOP), as a hung machine would
// look: connections stay open and nothing answers. Resume undoes it.
func (s *Server) Pause() error { return s.signal(syscall.SIGSTOP) }

// Resume continues a paused server.
func (s *Server) Resume() error { return s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) error {
	if s.process == nil {
		return errors.New("the server does not run")
	}
	return s.process.cmd.Process.Signal(sig)
}

// Restart starts the server again, at the same address with the same data,
// after stopping it if it runs, and waits until it answers.
func (s *Server) Restart() error {
	if s.process != nil {
		if err := s.Stop(); err != nil {
			return err
		}
	}
	if err := s.run(s.argv); err != nil {
		return fmt.Errorf("restart the server at %s: %w\n%s", s.Addr, err, s.ErrorLog())
	}
	return nil
}

// Close kills the server and removes its data. Start does it at the end of
// the test; after StartMain it is the caller's.
func (s *Server) Close() error {
	err := s.Kill()
	if s.Dir != "" {
		err = errors.Join(err, os.RemoveAll(s.Dir))
	}
	if s.lock != nil {
		s.lock.Close()
		s.lock = nil
	}
	return err
}

// ErrorLog returns the last lines of the server's error log.
func (s *Server) ErrorLog() string {
	b, err := os.ReadFile(filepath.Join(s.Dir, "error.log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
