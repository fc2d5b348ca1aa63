package main

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// api is the script command for an API of its own, over HTTP:
//
//	api start [OPTION...]              starts it and points VPS_API_URL and VPS_API_TOKEN at it
//	api zone ZONE ["NAME TTL TYPE VALUE"...]  adds a live zone
//	api add ZONE "NAME TTL TYPE VALUE"...  adds records to a live zone
//	api refuse KIND STATUS BODY        answers calls of a kind so
//	api records ZONE                   prints the live records, sorted
//	api writes                         prints how many writes were asked for, by kind
func api(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: api COMMAND [ARG...]")
	}
	if args[0] == "start" {
		startAPI(ts, args[1:])
		return
	}
	server, ok := ts.Value(apiKey{}).(*apiHolder)
	if !ok || server.Server == nil {
		ts.Fatalf("api %s: expected api start before", args[0])
	}
	switch args[0] {
	case "zone":
		addZone(ts, server.Server, args[1], args[2:])
	case "add":
		addRecords(ts, server.Server, args[1], args[2:])
	case "refuse":
		status, err := strconv.Atoi(args[2])
		ts.Check(err)
		server.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.Kind(args[1]), Do: vpsorgtest.Answer(status, args[3])})
	case "records":
		for _, line := range recordLines(server.Server, args[1]) {
			fmt.Fprintln(ts.Stdout(), line)
		}
	case "writes":
		for _, line := range writeLines(server.Server) {
			fmt.Fprintln(ts.Stdout(), line)
		}
	default:
		ts.Fatalf("api: unknown command %s", args[0])
	}
}

type apiKey struct{}

// apiHolder is a script's place for its API.
type apiHolder struct{ *vpsorgtest.Server }

func startAPI(ts *testscript.TestScript, options []string) {
	o := vpsorgtest.Options{Token: "vps_test_token"}
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "listed":
			o.Dialect.Apex = vpsorgtest.ApexListed
		case "foreign":
			o.Dialect.ForeignTypes = true
		case "floor":
			floor, err := strconv.Atoi(value)
			ts.Check(err)
			o.Dialect.MinTTL = floor
		case "others":
			o.OtherZones = strings.Split(value, ",")
		case "permissions":
			o.Permissions = strings.Split(value, ",")
		default:
			ts.Fatalf("api start: unknown option %s", name)
		}
	}
	holder, _ := ts.Value(apiKey{}).(*apiHolder)
	holder.Server = vpsorgtest.New(o)
	listener := httptest.NewServer(holder.Server)
	ts.Defer(listener.Close)
	ts.Setenv("VPS_API_URL", listener.URL+holder.Prefix())
	ts.Setenv("VPS_API_TOKEN", holder.Token())
}

// addZone adds a live zone with records written as "NAME TTL TYPE VALUE"; the value of
// an MX or SRV begins with its priority.
func addZone(ts *testscript.TestScript, server *vpsorgtest.Server, domain string, lines []string) {
	if _, err := server.AddZone(domain); err != nil {
		ts.Fatalf("%v", err)
	}
	addRecords(ts, server, domain, lines)
}

func addRecords(ts *testscript.TestScript, server *vpsorgtest.Server, domain string, lines []string) {
	for _, line := range lines {
		if _, err := server.AddRecord(domain, parseRecord(line)); err != nil {
			ts.Fatalf("%s: %v", line, err)
		}
	}
}

func parseRecord(line string) vpsorgtest.Record {
	fields := strings.SplitN(line, " ", 4)
	ttl, _ := strconv.Atoi(fields[1])
	r := vpsorgtest.Record{Name: fields[0], TTL: ttl, Type: fields[2], Value: fields[3]}
	if r.Type == "MX" || r.Type == "SRV" {
		priority, value, _ := strings.Cut(r.Value, " ")
		r.Value = value
		r.Priority, _ = strconv.Atoi(priority)
	}
	return r
}

// recordLines gives the live records of a zone as addZone takes them, with absolute
// names, sorted.
func recordLines(server *vpsorgtest.Server, domain string) []string {
	var lines []string
	for _, r := range server.Records(domain) {
		value := r.Value
		if r.Type == "MX" || r.Type == "SRV" {
			value = fmt.Sprintf("%d %s", r.Priority, value)
		}
		lines = append(lines, fmt.Sprintf("%s %d %s %s", r.Name, r.TTL, r.Type, value))
	}
	slices.Sort(lines)
	return lines
}

func writeLines(server *vpsorgtest.Server) []string {
	var lines []string
	for kind, n := range server.Writes() {
		lines = append(lines, fmt.Sprintf("%s %d", kind, n))
	}
	if len(lines) == 0 {
		return []string{"no writes"}
	}
	slices.Sort(lines)
	return lines
}
