package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"path"
	"regexp"
	"strconv"
	"time"

	"github.com/zonetender/zonetender/sync"
)

// The types of settings read themselves from text, for go-envconfig, which asks with
// "" for what is unset.

// number is a whole number in decimal digits: no other base, no sign.
type number int

// EnvDecode reads the number.
func (n *number) EnvDecode(text string) error {
	if text == "" {
		return nil
	}
	v, err := strconv.ParseUint(text, 10, 16)
	if err != nil || v == 0 || text[0] == '0' {
		return fmt.Errorf("%q, expected a whole number from 1 to 65535", text)
	}
	*n = number(v)
	return nil
}

// Set reads the number from a flag.
func (n *number) Set(text string) error { return setFlag(n, text) }

// String gives the number, "" where it is not set.
func (n *number) String() string {
	if *n == 0 {
		return ""
	}
	return strconv.Itoa(int(*n))
}

// Type names the kind of value in the help of a flag.
func (n *number) Type() string { return "n" }

// setFlag reads a setting from a flag, which cannot be unset by "".
func setFlag(v interface{ EnvDecode(string) error }, text string) error {
	if text == "" {
		return errors.New("expected a value")
	}
	return v.EnvDecode(text)
}

// rate is a number of calls a second.
type rate float64

// EnvDecode reads the rate.
func (r *rate) EnvDecode(text string) error {
	if text == "" {
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) || v > 1e6 {
		return fmt.Errorf("%q, expected calls a second, a number above 0 such as 5 or 0.5", text)
	}
	*r = rate(v)
	return nil
}

// Set reads the rate from a flag.
func (r *rate) Set(text string) error { return setFlag(r, text) }

// String gives the rate, "" where it is not set.
func (r *rate) String() string {
	if *r == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*r), 'g', -1, 64)
}

// Type names the kind of value in the help of a flag.
func (r *rate) Type() string { return "n" }

// schedule is when cycles run.
type schedule struct{ sync.Schedule }

// EnvDecode reads the schedule.
func (s *schedule) EnvDecode(text string) error {
	if text == "" {
		return nil
	}
	parsed, err := sync.ParseSchedule(text, time.Now())
	if err != nil {
		return fmt.Errorf("%w; expected five cron fields, @hourly or @every 1m", err)
	}
	s.Schedule = parsed
	return nil
}

// or gives the schedule, or the one that text says where it is not set.
func (s schedule) or(text string) (sync.Schedule, error) {
	if s.String() != "" {
		return s.Schedule, nil
	}
	return sync.ParseSchedule(text, time.Now())
}

// mode says whether the daemon writes.
type mode sync.Mode

// EnvDecode reads the mode.
func (m *mode) EnvDecode(text string) error {
	switch sync.Mode(text) {
	case "", sync.ModeApply, sync.ModeObserve:
		*m = mode(text)
		return nil
	}
	return fmt.Errorf("%q, expected apply or observe", text)
}

// folderIn is a folder within the repository, by slashes.
type folderIn string

// EnvDecode reads the folder.
func (f *folderIn) EnvDecode(text string) error {
	if text != "" && !fs.ValidPath(path.Clean(text)) {
		return fmt.Errorf("%q, expected a folder within the repository, such as zones or dns/zones", text)
	}
	*f = folderIn(text)
	return nil
}

// listenOn is the address of the HTTP server.
type listenOn string

// EnvDecode reads the address.
func (l *listenOn) EnvDecode(text string) error {
	if _, port, err := net.SplitHostPort(text); text != "" && text != "off" && (err != nil || port == "") {
		return fmt.Errorf("%q, expected an address with a port such as %s, or off", text, defaultListen)
	}
	*l = listenOn(text)
	return nil
}

// commit is the full hash of a commit.
type commit string

// EnvDecode reads the hash.
func (c *commit) EnvDecode(text string) error {
	if text != "" && !regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(text) {
		return fmt.Errorf("%q, expected the full hash of a commit, 40 hexadecimal digits", text)
	}
	*c = commit(text)
	return nil
}

// logFormat says how logs are written.
type logFormat string

// EnvDecode reads the format.
func (f *logFormat) EnvDecode(text string) error {
	switch text {
	case "", "text", "json":
		*f = logFormat(text)
		return nil
	}
	return fmt.Errorf("%q, expected text or json", text)
}

// logLevel says how much is logged. The zero level is info.
type logLevel struct{ slog.Level }

// EnvDecode reads the level.
func (l *logLevel) EnvDecode(text string) error {
	levels := map[string]slog.Level{"": slog.LevelInfo, "debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[text]
	if !ok {
		return fmt.Errorf("%q, expected debug, info, warn or error", text)
	}
	l.Level = level
	return nil
}
