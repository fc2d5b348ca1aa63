package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// A served estate is where the simulated service is to be found.
type served struct {
	URL   string `json:"url"` // base of the API
	Token string `json:"token"`
	DNS   string `json:"dns"`   // address
	Usage string `json:"usage"` // URL of what it was asked so far
}

// serverUsage is what a server was asked so far, and what that took.
type serverUsage struct {
	Calls   int64   `json:"calls"`
	Refused int64   `json:"refused"` // of those, for their rate
	CPU     float64 `json:"cpu"`     // seconds
}

// retryAfter is how long the service asks a client to wait that calls too often.
const retryAfter = time.Second

// serve is the program as the simulated service: it makes the live estate, says on stdout
// where it is, and serves it until stdin ends.
func serve(ctx context.Context, o *options, stdin io.Reader, stdout io.Writer) error {
	s := vpsorgtest.New(vpsorgtest.Options{
		KeepCalls: -1, Dialect: vpsorgtest.Dialect{Zones: vpsorgtest.EnvelopePaged},
	})
	sz := o.sizes[0]
	for i := range sz.zones {
		if _, err := s.AddZone(zoneName(i), liveRecords(sz, i, o.changed)...); err != nil {
			return err
		}
	}
	var calls, refused atomic.Int64
	if o.rate > 0 {
		limit := rate.NewLimiter(rate.Limit(o.rate), max(1, int(o.rate)))
		s.AddRule(vpsorgtest.Rule{
			When: func(vpsorgtest.Call) bool {
				over := !limit.Allow()
				if over {
					refused.Add(1)
				}
				return over
			},
			Do: vpsorgtest.RetryAfter(http.StatusTooManyRequests, strconv.Itoa(int(retryAfter.Seconds()))),
		})
	}
	if o.latency > 0 {
		s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Latency(o.latency)})
	}
	mux := http.NewServeMux()
	mux.HandleFunc(s.Prefix()+"/", func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		s.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /usage", func(w http.ResponseWriter, _ *http.Request) {
		cpu, _ := selfUsage()
		_ = json.NewEncoder(w).Encode(serverUsage{calls.Load(), refused.Load(), cpu}) // the reader may have gone
	})
	return listenAndServe(ctx, s, mux, stdin, stdout)
}

func listenAndServe(ctx context.Context, s *vpsorgtest.Server, handler http.Handler, stdin io.Reader, stdout io.Writer) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	names, err := s.ListenDNS("127.0.0.1:0")
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	base := "http://" + listener.Addr().String()
	where := served{URL: base + s.Prefix(), Token: s.Token(), DNS: names.Addr(), Usage: base + "/usage"}
	if err := json.NewEncoder(stdout).Encode(where); err != nil {
		return errors.Join(err, listener.Close(), names.Close())
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	g.Go(func() error { return names.Serve(ctx) })
	go func() {
		_, _ = io.Copy(io.Discard, stdin) // however it ends
		stop()
	}()
	<-ctx.Done()
	return errors.Join(server.Close(), g.Wait())
}
