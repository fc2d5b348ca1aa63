package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/lookup"
)

// besideCycles gives the daemon what asks the DNS beside its cycles, as far as the settings
// ask for it.
func (a *app) besideCycles(ctx context.Context, s *settings, d *daemon.Daemon) error {
	f := lookupFlags{resolvers: s.Resolvers}
	if s.Verify {
		servers, err := parseServers(ctx, "ZONETENDER_NAMESERVER", s.Nameservers)
		if err == nil && len(servers) == 0 {
			_, err = f.resolver(ctx, lookup.NewClient(lookup.Options{}))
		}
		if err != nil {
			return fmt.Errorf("ZONETENDER_VERIFY: %w", err)
		}
		d.Asking = func() daemon.Asker { return newAsker(ctx, f, servers) }
	}
	if s.Audit.String() != "" {
		if _, err := f.resolver(ctx, lookup.NewClient(lookup.Options{})); err != nil {
			return fmt.Errorf("ZONETENDER_AUDIT: %w", err)
		}
		d.Audits = s.Audit
		d.Auditing = func() daemon.Auditor {
			client := lookup.NewClient(lookup.Options{Timeout: auditTimeout})
			return lookup.NewAuditor(client, resolverOrNone(ctx, f, client), 0)
		}
	}
	return nil
}

// resolverOrNone returns the resolvers as they are now: the system's may change while the
// daemon runs. Without any, everything is unknown.
func resolverOrNone(ctx context.Context, f lookupFlags, c *lookup.Client) *lookup.Resolver {
	resolver, err := f.resolver(ctx, c)
	if err != nil {
		return lookup.NewResolver(c, nil)
	}
	return resolver
}

// An asker asks the name servers of zones for the daemon.
type asker struct{ verifier *lookup.Verifier }

// newAsker returns one that remembers nothing of what resolvers said before.
func newAsker(ctx context.Context, f lookupFlags, servers []lookup.Server) asker {
	client := lookup.NewClient(lookup.Options{})
	o := lookup.VerifyOptions{Servers: servers, Defaults: serviceNameServers()}
	if len(servers) == 0 {
		o.Resolver = resolverOrNone(ctx, f, client)
	}
	return asker{lookup.NewVerifier(client, o)}
}

// Ask asks about a zone once.
func (a asker) Ask(ctx context.Context, zone *schema.Zone, removed []schema.RRset) (daemon.Answering, string) {
	r := a.verifier.Zone(ctx, zone, removed)
	reason := strings.Join(r.Trouble(3), "; ")
	switch r.State() {
	case lookup.Answers:
		return daemon.AnsweringYes, ""
	case lookup.Differs:
		return daemon.AnsweringNo, reason
	}
	return daemon.AnsweringUnknown, reason
}
