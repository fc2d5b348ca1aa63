package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/snapshot"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// importSnapshot writes the live zones to standard output as a snapshot.
func (a *app) importSnapshot(cmd *cobra.Command, f importFlags, patterns []string) (err error) {
	for _, flag := range []string{"dir", "form", "force"} {
		if cmd.Flags().Changed(flag) {
			return &usageError{cmd.CommandPath(), fmt.Errorf("--%s: it cannot be combined with --format json, which writes no zone files", flag)}
		}
	}
	ctx := cmd.Context()
	s, err := a.settings(cmd, f.api.check)
	if err != nil {
		return err
	}
	conn, err := a.connectWith(ctx, f.api, s, vpsorg.Options{Readings: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.close()) }()
	if _, err := conn.account(ctx); err != nil {
		return err
	}
	refs, head, err := a.listSnapshot(ctx, conn, patterns)
	if err != nil {
		return err
	}
	conn.Client.Survey(ctx, refs[:min(len(refs), sync.SurveySize)], conn.concurrency, nil)
	var failed error
	read := func(ctx context.Context, ref diff.ZoneRef) (diff.LiveZone, error) {
		return conn.Client.Zone(ctx, ref, nil)
	}
	err = snapshot.Write(ctx, a.stdout, head, refs, conn.concurrency, read, func(ref diff.ZoneRef, err error) bool {
		var call *vpsorg.Error
		if errors.As(err, &call) && call.Denied() {
			return false
		}
		fmt.Fprintf(a.stderr, "zone %s: read: %v\n", ref.Name.Undotted(), err)
		failed = errFailed
		return true
	})
	if err != nil {
		return conn.explain(ctx, err)
	}
	return failed
}

// listSnapshot returns the zones for a snapshot, sorted, and what it says of itself.
func (a *app) listSnapshot(ctx context.Context, conn *connection, patterns []string) ([]diff.ZoneRef, snapshot.Head, error) {
	head := snapshot.Head{Time: time.Now()}
	sel, err := newSelection(patterns)
	if err != nil {
		return nil, head, err
	}
	list, err := conn.Client.Zones(ctx)
	if err != nil {
		return nil, head, conn.explain(ctx, fmt.Errorf("zones: list: %w", err))
	}
	names := make([]schema.Name, 0, len(list.Zones))
	refs := make([]diff.ZoneRef, 0, len(list.Zones))
	for _, z := range list.Zones {
		names = append(names, z.Name)
		if sel.match(z.Name) {
			refs = append(refs, z)
		}
	}
	slices.SortFunc(refs, func(a, b diff.ZoneRef) int { return a.Name.Compare(b.Name) })
	head.Partial, head.Warnings = list.Partial, list.Warnings
	if len(patterns) > 0 {
		head.Partial = "the snapshot has only the zones that were asked for: " + strings.Join(patterns, ", ")
	}
	return refs, head, sel.check(names, "of the account")
}
