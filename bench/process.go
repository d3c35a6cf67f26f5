package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"nameplate/internal/platform/clock"
)

const (
	patience = 20 * time.Second // for a server to start
	tick     = 10 * time.Millisecond
)

// process is a running server.
type process struct {
	addr string
	cmd  *exec.Cmd
	took time.Duration // from the start to the first answer of 200
	said *bytes.Buffer
}

// start runs a program on a free port and waits until path answers 200.
func start(program, path string, how func(addr string) (args, env []string)) (*process, error) {
	addr, err := freePort()
	if err != nil {
		return nil, err
	}
	args, env := how(addr)
	p := &process{addr: addr, cmd: exec.Command(program, args...), said: &bytes.Buffer{}}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stderr = p.said
	elapsed := clock.Stopwatch()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for elapsed() < patience {
		if a, err := p.ask(get(p, path, "")); err == nil && a.status == 200 {
			p.took = elapsed()
			return p, nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil, errors.Join(fmt.Errorf("%s did not answer in time: %s", program, p.said), p.stop())
}

// freePort returns an address on which nobody listens.
func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// stop ends the process in order.
func (p *process) stop() error {
	if p.cmd.ProcessState != nil {
		return nil
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := p.cmd.Wait()
	var status *exec.ExitError
	if errors.As(err, &status) && status.Sys().(syscall.WaitStatus).Signaled() {
		return nil // the floor knows no better end
	}
	return err
}

// cpu is the processor time that the process has used so far.
func (p *process) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	// The name of the program, in brackets, may hold spaces.
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * tick, err
}

// memory reads RssAnon, in bytes.
func (p *process) memory(to *int64) error {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			*to = kib << 10
			return err
		}
	}
	return errors.New("no RssAnon in the status of the process")
}
