package mariadbtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// patience bounds every wait of this package. It is long because test
	// machines are slow when they build and test at once; nothing waits
	// longer than it has to.
	patience = 90 * time.Second
	// pollInterval is how often a wait looks again.
	pollInterval = 20 * time.Millisecond

	logFileSize = "16M"
)

// await calls done until it answers true, and returns the error that came with
// that. After patience it fails and names what it was waiting for and the last
// error that came with false.
func await(what string, done func() (bool, error)) error {
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v for %s: %w", patience, what, err)
		}
		<-tick.C
	}
}

// baseArgs are the arguments every server gets: small buffers, no durability
// beyond the death of the process, nothing read from the machine's configuration.
func baseArgs(dir, socket string, serverID int) []string {
	args := []string{
		"--no-defaults",
		"--datadir=" + filepath.Join(dir, "data"),
		"--tmpdir=" + dir,
		"--socket=" + socket,
		"--pid-file=" + filepath.Join(dir, "pid"),
		"--log-error=" + filepath.Join(dir, "error.log"),
		"--bind-address=127.0.0.1",
		"--server-id=" + strconv.Itoa(serverID),
		"--skip-name-resolve",
		"--character-set-server=utf8mb4",
		"--max-connections=400",
		"--max-allowed-packet=64M",
		"--local-infile=1",
		"--plugin-load-add=auth_ed25519",
		"--innodb-buffer-pool-size=64M",
		"--innodb-log-file-size=" + logFileSize,
		"--innodb-flush-log-at-trx-commit=2", // survives the process, not the machine
		"--innodb-doublewrite=0",
		"--innodb-use-native-aio=0", // containers have few aio slots
		"--key-buffer-size=1M",
		"--aria-pagecache-buffer-size=8M",
		"--table-open-cache=400",
		"--performance-schema=off",
	}
	if os.Geteuid() == 0 {
		// Not a less privileged user: changing users would clear the
		// parent-death signal.
		args = append(args, "--user=root")
	}
	return args
}

// process is one run of mariadbd.
type process struct {
	cmd *exec.Cmd
}

func startProcess(argv []string) (*process, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	// A process group of its own keeps a Ctrl-C in the terminal from ending
	// the server before its test has cleaned up.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", argv[0], err)
	}
	return &process{cmd: cmd}, nil
}

// exited says whether the process has ended, without reaping it.
func (p *process) exited() bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err != nil || info.Signo != 0
}

// end sends sig, and SIGKILL if that does not help, and reaps the process.
func (p *process) end(sig syscall.Signal) error {
	_ = p.cmd.Process.Signal(sig) // it may have ended by itself
	err := await("mariadbd to end", func() (bool, error) {
		if p.exited() {
			return true, nil
		}
		return false, errors.New("it is still running")
	})
	if err != nil {
		_ = p.cmd.Process.Kill()
	}
	_ = p.cmd.Wait() // its exit status is ours: a signal
	return err
}

// errPortTaken means that somebody else took the port in the meantime.
var errPortTaken = errors.New("the port is taken")

func (s *Server) startOnFreePort(mariadbd string, args, last []string, extra func(int) []string) error {
	var err error
	for range 10 {
		if s.Port, err = FreePort(); err != nil {
			return err
		}
		s.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port))
		argv := append([]string{mariadbd}, args...)
		argv = append(argv, "--port="+strconv.Itoa(s.Port))
		if extra != nil {
			argv = append(argv, extra(s.Port)...)
		}
		argv = append(argv, last...)
		if err = s.run(argv); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// run starts the process and waits until it answers.
func (s *Server) run(argv []string) error {
	p, err := startProcess(argv)
	if err != nil {
		return err
	}
	err = await("mariadbd at "+s.Addr+" to answer", func() (bool, error) {
		if p.exited() {
			if strings.Contains(s.ErrorLog(), "Address already in use") {
				return true, errPortTaken
			}
			return true, errors.New("mariadbd ended while starting")
		}
		if err := s.exec("DO 1"); err != nil {
			return false, err
		}
		return true, nil // TCP is bound before the Unix socket
	})
	if err != nil {
		_ = p.end(syscall.SIGKILL)
		return err
	}
	s.process, s.argv = p, argv
	return nil
}

const firstPort, manyPorts = 20000, 12000

// nextPort begins anywhere: tests of other packages run at the same time.
var nextPort atomic.Uint32

func init() { nextPort.Store(rand.Uint32N(manyPorts)) }

// FreePort chooses a free port of 127.0.0.1, outside the range that the kernel hands to outgoing
// connections. Otherwise a client that keeps dialling a killed server could
// be given that very port, connect to itself, and keep the server from coming back. It does
// not choose a port again before all others: whoever gets one has not bound it yet.
func FreePort() (int, error) {
	for range 200 {
		port := firstPort + int(nextPort.Add(1)%manyPorts)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		return port, l.Close()
	}
	return 0, errors.New("no free port between 20000 and 32000 on 127.0.0.1")
}
