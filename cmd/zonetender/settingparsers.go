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
	"strings"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// The parsers of settings. None is ever asked to parse "".

const day = 24 * time.Hour

// into stores what a parser returns.
func into[T any](field *T, parse func(text string) (T, error)) func(text string) error {
	return func(text string) error {
		v, err := parse(text)
		if err != nil {
			return err
		}
		*field = v
		return nil
	}
}

func parseText(text string) (string, error) { return text, nil }

// parseNumber takes decimal digits only: no other base and no sign.
func parseNumber(text string) (int, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || text[0] == '0' {
		return 0, fmt.Errorf("%q, expected a whole number from 1 to 65535", text)
	}
	return int(n), nil
}

func parseBytes(text string) (int64, error) {
	const most = 1e15
	n, err := strconv.ParseUint(text, 10, 62)
	if err != nil || n == 0 || n > most || text[0] == '0' {
		return 0, fmt.Errorf("%q, expected a whole number of bytes from 1 to %d", text, int64(most))
	}
	return int64(n), nil
}

func parseDays(text string) (time.Duration, error) {
	n, err := parseNumber(text)
	return time.Duration(n) * day, err
}

// parseHosts takes names as a browser sends them, without scheme and port.
func parseHosts(text string) ([]string, error) {
	var out []string
	for part := range strings.SplitSeq(text, ",") {
		name, err := schema.ParseName(strings.TrimSpace(part))
		if err != nil || strings.ContainsAny(part, "/:") {
			return nil, fmt.Errorf("%q, expected host names separated by commas, such as dns.example.org", part)
		}
		out = append(out, name.Undotted())
	}
	return out, nil
}

func parseBool(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("%q, expected true or false", text)
}

func parseGrace(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > time.Hour {
		return 0, fmt.Errorf("%q, expected a duration from 1s to 1h, such as 25s", text)
	}
	return d, nil
}

func parseRate(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	// NaN compares with nothing.
	if err != nil || !(n > 0) || n > 1e6 {
		return 0, fmt.Errorf("%q, expected calls per second, a number above 0 and at most 1000000, such as 5 or 0.5", text)
	}
	return n, nil
}

// parseURL asks the client which URLs it takes. Its errors never show the URL, which may
// hold a password.
func parseURL(text string) (string, error) {
	err := checkClient(vpsorg.Options{URL: text, Token: tokenPrefix + "x"})
	if errors.Is(err, vpsorg.ErrUserInfo) {
		err = fmt.Errorf("%w: the token goes into VPS_API_TOKEN", err)
	}
	return text, err
}

// checkClient returns why there can be no client with the options.
func checkClient(o vpsorg.Options) error {
	_, err := vpsorg.New(o)
	return err
}

func parseSchedule(text string) (daemon.Schedule, error) {
	s, err := daemon.ParseSchedule(text, time.Now())
	if err != nil {
		return s, fmt.Errorf("%w; expected five cron fields, @hourly or @every 1m", err)
	}
	return s, nil
}

func parseMode(text string) (daemon.Mode, error) {
	switch m := daemon.Mode(text); m {
	case daemon.ModeApply, daemon.ModeObserve:
		return m, nil
	}
	return "", fmt.Errorf("%q, expected apply or observe", text)
}

func parseFolder(text string) (string, error) {
	if !fs.ValidPath(path.Clean(text)) {
		return "", fmt.Errorf("%q, expected a folder within the repository, such as zones or dns/zones", text)
	}
	return text, nil
}

// parseListen returns "" for off.
func parseListen(text string) (string, error) {
	if text == "off" {
		return "", nil
	}
	if _, port, err := net.SplitHostPort(text); err != nil || port == "" {
		return "", fmt.Errorf("%q, expected an address and port such as 127.0.0.1:8053, or off", text)
	}
	return text, nil
}

func parseCommit(text string) (string, error) {
	if !regexp.MustCompile(`^[0-9a-f]{40}$`).MatchString(text) {
		return "", fmt.Errorf("%q, expected the full hash of a commit, 40 hexadecimal digits", text)
	}
	return text, nil
}

func parseLogFormat(text string) (string, error) {
	switch text {
	case "text", "json":
		return text, nil
	}
	return "", fmt.Errorf("%q, expected text or json", text)
}

func parseLogLevel(text string) (slog.Level, error) {
	switch text {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("%q, expected debug, info, warn or error", text)
}

// parseServerList reads servers separated by commas. What each is, is looked at when it is
// used: the system finds the addresses of hosts.
func parseServerList(text string) ([]string, error) {
	var out []string
	for server := range strings.SplitSeq(text, ",") {
		if server = strings.TrimSpace(server); server == "" {
			return nil, fmt.Errorf("%q, expected servers separated by commas, such as 192.0.2.53,[2001:db8::53]:5353", text)
		}
		out = append(out, server)
	}
	return out, nil
}
