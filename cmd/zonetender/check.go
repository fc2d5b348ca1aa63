package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// checkSecrets names every secret that cannot be read, and the API token where there is
// none and one is needed.
func (s settings) checkSecrets(api apiFlags) error {
	var problems []error
	if !api.sandbox {
		_, err := s.token()
		problems = append(problems, err)
	}
	for _, secret := range []secret{
		{"ZONETENDER_GIT_PASSWORD", s.GitPassword, s.GitPasswordFile},
		{"ZONETENDER_WEBHOOK_SECRET", s.WebhookSecret, s.WebhookSecretFile},
		{"ZONETENDER_API_TOKEN", s.APIToken, s.APITokenFile},
	} {
		_, err := secret.read()
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}

// checkDaemon checks all that the daemon needs, and writes nothing.
func (a *app) checkDaemon(ctx context.Context, s settings, api apiFlags) (err error) {
	// A mirror of its own, so that a daemon that runs is not disturbed.
	dir, err := os.MkdirTemp("", "zonetender-check-")
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	v, err := a.newService(ctx, s, api, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.conn.close()) }()
	fmt.Fprintf(a.stdout, "settings: good\n")
	a.showNext("pull", v.daemon.Schedule)
	a.showNext("sweep", v.daemon.Sweeping)
	git, gitErr := v.checkGit(ctx)
	a.checked("git", git, gitErr)
	apiErr := v.checkAPI(ctx)
	a.checked("api", "the token is accepted", apiErr)
	return when(gitErr != nil || apiErr != nil, errFailed)
}

func (a *app) showNext(what string, s sync.Schedule) {
	var next []string
	for _, t := range s.Upcoming(time.Now(), 3) {
		next = append(next, t.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(a.stdout, "%s: %s, next %s\n", what, s, strings.Join(next, ", "))
}

func (a *app) checked(what, good string, err error) {
	if err != nil {
		good = err.Error()
	}
	fmt.Fprintf(a.stdout, "%s: %s\n", what, good)
}

// checkGit reads the branch as the daemon does, and says what it read.
func (v *service) checkGit(ctx context.Context) (string, error) {
	commit, err := v.repo.Pull(ctx, "")
	if err != nil {
		return "", err
	}
	if err := v.repo.Verify(commit.Hash); err != nil {
		return "", err
	}
	zones, err := sync.CountZones(v.repo, commit.Hash, v.daemon.Path)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s at %.12s (%s), zones in its files: %d", v.repo, commit.Hash, commit.Subject, zones), nil
}

// checkAPI asks whether the token is accepted, and may do what the daemon does.
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
