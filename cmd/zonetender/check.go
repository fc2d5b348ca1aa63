package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// checkDaemon checks everything that the daemon needs, and writes nothing.
func (a *app) checkDaemon(ctx context.Context, s *settings, api apiFlags) (err error) {
	// A mirror of its own does not disturb a running daemon.
	dir, err := os.MkdirTemp("", "zonetender-check-")
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	v, err := a.newService(ctx, s, api, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.close()) }()
	fmt.Fprintf(a.stdout, "settings: ok\n")
	a.showNext("pull", v.daemon.Schedule)
	a.showNext("sweep", v.daemon.Sweeping)
	if v.daemon.Auditing != nil {
		a.showNext("audit", v.daemon.Audits)
	}
	git, zones, gitErr := v.checkGit(ctx)
	a.checked("git", git, gitErr)
	for _, warning := range lockouts(v.daemon.Vital, zones) {
		a.checked("warning", warning, nil)
	}
	apiErr := v.checkAPI(ctx)
	a.checked("api", "ok", apiErr)
	return when(gitErr != nil || apiErr != nil, errFailed)
}

func (a *app) showNext(what string, s daemon.Schedule) {
	var next []string
	for _, t := range s.Upcoming(time.Now(), 3) {
		next = append(next, t.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(a.stdout, "%s: %s, next %s\n", what, s, strings.Join(next, ", "))
}

func (a *app) checked(what, result string, err error) {
	if err != nil {
		result = err.Error()
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", what, result)
}

// checkGit reads the branch as the daemon does, and returns what it read, and the zones.
func (v *service) checkGit(ctx context.Context) (string, []schema.Name, error) {
	commit, err := v.repo.Pull(ctx, "")
	if err != nil {
		return "", nil, err
	}
	if err := v.repo.Verify(commit.Hash); err != nil {
		return "", nil, err
	}
	zones, err := daemon.ZoneNames(v.repo, commit.Hash, v.daemon.Path)
	if err != nil {
		return "", nil, err
	}
	return fmt.Sprintf("%s at %.12s (%s), %s", v.repo.repo, commit.Hash, commit.Subject, count(len(zones), "zone")), zones, nil
}

// lockouts says which hosts that the daemon depends on lie in zones that it writes.
func lockouts(vital []diff.Vital, zones []schema.Name) []string {
	var out []string
	for _, v := range vital {
		var in schema.Name
		for _, zone := range zones {
			if v.Name.In(zone) && (in.IsZero() || zone.In(in)) {
				in = zone
			}
		}
		if !in.IsZero() {
			out = append(out, fmt.Sprintf("%s, %s, lies in the zone %s, which is managed here: a mistake there would keep its own repair from arriving",
				v.Name.Undotted(), v.What, in.Undotted()))
		}
	}
	return out
}

// checkAPI asks whether the token is accepted and has the permissions that the daemon needs.
func (v *service) checkAPI(ctx context.Context) error {
	account, err := v.conn.account(ctx)
	if err != nil {
		return err
	}
	if v.daemon.Writer == nil {
		return nil
	}
	return lacks(account, vpsorg.PermissionCreate, vpsorg.PermissionDelete)
}
