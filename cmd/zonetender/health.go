package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// askHealth asks the daemon that listens on addr whether its loop turns: the health
// check of a container that has no other program in it.
func (a *app) askHealth(ctx context.Context, addr string) error {
	switch addr {
	case "":
		addr = defaultListen
	case "off":
		return fmt.Errorf("health: ZONETENDER_LISTEN is off, so there is nobody to ask")
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("health: listen on %s: %w", addr, err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	said := strings.TrimSpace(string(text))
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("health: %s: %s", res.Status, said)
	}
	_, err = fmt.Fprintln(a.stdout, said)
	return err
}
