package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// A supervisor is a service manager that is told how the daemon stands, by systemd's
// protocol (sd_notify(3)).
type supervisor struct {
	socket   string        // "" for none
	watchdog time.Duration // how often to say that the loop turns, 0 for never
}

// newSupervisor finds the supervisor in the environment.
func newSupervisor(getenv func(string) string) *supervisor {
	s := &supervisor{socket: getenv("NOTIFY_SOCKET")}
	if strings.HasPrefix(s.socket, "@") {
		s.socket = "\x00" + s.socket[1:] // an abstract socket
	}
	usec, err := strconv.ParseUint(getenv("WATCHDOG_USEC"), 10, 62)
	if pid := getenv("WATCHDOG_PID"); err == nil && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		s.watchdog = time.Duration(usec) * time.Microsecond / 2
	}
	return s
}

// notify sends a state such as READY=1.
func (s *supervisor) notify(state string) error {
	if s.socket == "" {
		return nil
	}
	conn, err := net.Dial("unixgram", s.socket)
	if err != nil {
		return fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("NOTIFY_SOCKET: %w", err)
	}
	return nil
}
