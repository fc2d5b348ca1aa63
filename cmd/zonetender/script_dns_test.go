package main

import (
	"net"
	"strings"

	"github.com/miekg/dns"
	"github.com/rogpeppe/go-internal/testscript"
)

// runResolver is the script command "resolver FILE": a resolver on loopback that knows the
// records of a file, in master file form, until the script ends. Other names do not exist,
// and below fails.example it answers SERVFAIL. RESOLVER is set to its address.
func runResolver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: resolver FILE")
	}
	known := make(map[dns.Question][]dns.RR)
	parser := dns.NewZoneParser(strings.NewReader(ts.ReadFile(args[0])), ".", args[0])
	for rr, ok := parser.Next(); ok; rr, ok = parser.Next() {
		h := rr.Header()
		q := dns.Question{Name: h.Name, Qtype: h.Rrtype, Qclass: h.Class}
		known[q] = append(known[q], rr)
	}
	ts.Check(parser.Err())
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	ts.Check(err)
	started := make(chan struct{})
	server := &dns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(started) }}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.Answer = known[q.Question[0]]
		switch {
		case strings.HasSuffix(q.Question[0].Name, ".fails.example."):
			m.Rcode = dns.RcodeServerFailure
		case len(m.Answer) == 0:
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m) // the client may have gone
	})
	go func() { _ = server.ActivateAndServe() }()
	<-started
	ts.Defer(func() { ts.Check(server.Shutdown()) })
	ts.Setenv("RESOLVER", conn.LocalAddr().String())
}
