package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/snapshot"
)

// snapshotTimeout bounds how long a snapshot may take to arrive.
const snapshotTimeout = 2 * time.Minute

// readLive has a pass read the live zones from a snapshot, and says how old that is.
func (a *app) readLive(ctx context.Context, f planFlags, pass *sync.Pass) error {
	if f.api.sandbox || f.api.cmd.Flags().Changed("vps-api-url") {
		return &usageError{f.api.cmd.CommandPath(), errors.New("--live: it cannot be combined with an API: the live zones are those of the snapshot")}
	}
	// No token is needed.
	s, err := a.settings(f.api.cmd)
	if err != nil {
		return err
	}
	snap, err := openSnapshot(ctx, f.live)
	if err != nil {
		return err
	}
	live := &snapshot.Reader{Snapshot: snap, Now: time.Now()}
	fmt.Fprintf(a.stderr, "live zones: %s, %s old\n", live, age(live.Age()))
	pass.API, pass.Concurrency, pass.LiveFrom = live, s.Concurrency, live.String()
	pass.Now = func() time.Time { return snap.Time }
	return nil
}

// age returns a duration as people say it.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return count(int(d.Minutes()), "minute")
	case d < 2*day:
		return count(int(d.Hours()), "hour")
	}
	return count(int(d/day), "day")
}

// openSnapshot reads a snapshot from a file or a URL.
func openSnapshot(ctx context.Context, from string) (*snapshot.Snapshot, error) {
	if strings.Contains(from, "://") {
		return fetchSnapshot(ctx, from)
	}
	file, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("snapshot %s: no such file", from)
	}
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", from, cause(err))
	}
	defer file.Close()
	return readSnapshot(from, file)
}

func readSnapshot(from string, r io.Reader) (*snapshot.Snapshot, error) {
	snap, err := snapshot.Read(r)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", from, cause(err))
	}
	return snap, nil
}

// fetchSnapshot gets a snapshot over https, or from this machine over http. No token goes with
// the request, and it leads to no other host.
func fetchSnapshot(ctx context.Context, text string) (*snapshot.Snapshot, error) {
	u, err := snapshotURL(text)
	if err != nil {
		return nil, fmt.Errorf("--live: %w", err)
	}
	// A query may hold what is secret; it is not shown.
	shown := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
	ctx, cancel := context.WithTimeout(ctx, snapshotTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: not a URL that can be asked for", shown)
	}
	req.Header.Set("User-Agent", userAgent())
	client := &http.Client{CheckRedirect: sameHost(u)}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %w", shown, withoutURL(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		line, _ := io.ReadAll(io.LimitReader(res.Body, 200)) // of help, if it is there
		return nil, fmt.Errorf("snapshot %s: %d %s: %q", shown, res.StatusCode, http.StatusText(res.StatusCode), strings.TrimSpace(string(line)))
	}
	return readSnapshot(shown, res.Body)
}

// snapshotURL parses where a snapshot is. Its errors do not show the URL, as people put
// passwords there.
func snapshotURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, errors.New("not a URL, expected one such as https://dns.example.org/api/v1/snapshot")
	case u.User != nil:
		return nil, errors.New("the URL holds a user name or password, expected none")
	case u.Scheme == "https":
	case u.Scheme != "http":
		return nil, errors.New("expected a file, or a URL with https")
	case !loopbackHost(u.Hostname()):
		return nil, errors.New("expected https: what comes over plain http may be anybody's")
	}
	return u, nil
}

func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// sameHost lets a server lead to another of its own paths only.
func sameHost(u *url.URL) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		switch {
		case r.URL.Scheme != u.Scheme || r.URL.Host != u.Host:
			return errors.New("the server redirects to another host; give the URL itself")
		case len(via) > 3:
			return errors.New("the server redirects again and again")
		}
		return nil
	}
}

// withoutURL takes the URL off an error.
func withoutURL(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}
