package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/penstock-db/penstock/cmd/penstock/e2e/rig"
	"github.com/penstock-db/penstock/engine/mariadbtest"
)

// haproxy forwards TCP to one server, as its documentation sets it up.
type haproxy struct {
	addr string
	dir  string
	cmd  *exec.Cmd
}

const haproxyConfig = `
global
    maxconn 1000
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen mariadb
    bind %s
    server primary %s
`

func startHAProxy(server string) (h *haproxy, err error) {
	binary, err := exec.LookPath("haproxy")
	if err != nil {
		binary, err = exec.LookPath("/usr/sbin/haproxy")
	}
	if err != nil {
		return nil, errors.New("haproxy is not installed: make deps")
	}
	port, err := mariadbtest.FreePort()
	if err != nil {
		return nil, err
	}
	h = &haproxy{addr: fmt.Sprintf("127.0.0.1:%d", port)}
	if h.dir, err = os.MkdirTemp("", "penstock-bench-"); err != nil {
		return nil, err
	}
	config := filepath.Join(h.dir, "haproxy.cfg")
	if err := os.WriteFile(config, fmt.Appendf(nil, haproxyConfig, h.addr, server), 0o600); err != nil {
		return nil, err
	}
	h.cmd = exec.Command(binary, "-db", "-f", config)
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := h.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start haproxy: %w", err)
	}
	err = rig.Await("HAProxy to forward", func() error {
		nc, err := net.Dial("tcp", h.addr)
		if err != nil {
			return err
		}
		return nc.Close()
	})
	if err != nil {
		h.stop()
		return nil, err
	}
	return h, nil
}

func (h *haproxy) pid() int { return h.cmd.Process.Pid }

func (h *haproxy) stop() {
	_ = h.cmd.Process.Kill()
	_ = h.cmd.Wait()
	os.RemoveAll(h.dir)
}
