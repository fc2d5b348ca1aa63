package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func (a *app) sandbox() *cobra.Command {
	var file apiFlags
	var listen, dnsListen string
	var permissions []string
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the simulated API, to try things without an account",
		Long: `Serve the simulated API on loopback, and its zones over DNS, until stopped. It has the
same zones as --sandbox. While it runs, the two variables that it prints point the
other commands at it.

--permissions restricts its token, to show what a missing permission looks like:
dns:list covers every read, dns:create, dns:update and dns:delete the writes, dns:*
everything.`,
		Example: `  zonetender sandbox
  zonetender sandbox --listen 127.0.0.1:8054 --dns-listen 127.0.0.1:8055
  zonetender sandbox --permissions dns:list,dns:create
  dig @127.0.0.1 -p 8055 www.example.com`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			for _, addr := range []string{listen, dnsListen} {
				if err := onLoopback(addr); err != nil {
					return err
				}
			}
			if err := knownPermissions(permissions); err != nil {
				return err
			}
			options := vpsorgtest.Options{KeepCalls: -1}
			if cmd.Flags().Changed("permissions") {
				options.Permissions = permissions
			}
			server, path, err := a.openSandbox(file.sandboxFile, options)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, server.Close()) }()
			return a.serveSandbox(cmd.Context(), server, path, listen, dnsListen)
		},
	}
	file.addFile(cmd)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8054", "loopback address of the API; port 0 picks a free one")
	cmd.Flags().StringVar(&dnsListen, "dns-listen", "127.0.0.1:8055", "loopback address of the zones over DNS (UDP and TCP); port 0 picks a free one")
	cmd.Flags().StringSliceVar(&permissions, "permissions", nil, "permissions of the token, such as dns:list,dns:create (default all)")
	return cmd
}

func knownPermissions(permissions []string) error {
	known := vpsorgtest.Permissions()
	for _, p := range permissions {
		if !slices.Contains(known, p) {
			return fmt.Errorf("sandbox: --permissions: %q is unknown, expected %s", p, strings.Join(known, ", "))
		}
	}
	return nil
}

// onLoopback refuses an address that others can reach, because the sandbox's token is no
// secret.
func onLoopback(addr string) error {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !ap.Addr().IsLoopback() {
		return fmt.Errorf("sandbox: listen on %s: expected a loopback address with a port, such as 127.0.0.1:8054", addr)
	}
	return nil
}

func (a *app) serveSandbox(ctx context.Context, server *vpsorgtest.Server, file, listen, dnsListen string) error {
	api, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	names, err := server.ListenDNS(dnsListen)
	if err != nil {
		return errors.Join(fmt.Errorf("sandbox: %w", err), api.Close())
	}
	fmt.Fprintf(a.stdout, `The simulated API runs until Ctrl-C; its zones are kept in %s
In another terminal:
  export VPS_API_URL=http://%s%s VPS_API_TOKEN=%s
  zonetender plan zones.example
  dig @%s -p %s www.example.com
`, file, api.Addr(), server.Prefix(), server.Token(), host(names.Addr()), port(names.Addr()))

	handler := &http.Server{Handler: server, ReadHeaderTimeout: 10 * time.Second}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := handler.Serve(api); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("sandbox: %w", err)
		}
		return nil
	})
	g.Go(func() error { return names.Serve(ctx) })
	g.Go(func() error {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if handler.Shutdown(last) != nil {
			return handler.Close() // cuts off a client that keeps an idle connection open
		}
		return nil
	})
	return g.Wait()
}

func host(addr string) string {
	h, _, _ := net.SplitHostPort(addr)
	return h
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}
