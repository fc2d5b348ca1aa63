package vpsorgtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func TestRuleConditions(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	zone := addZone(t, s, "example.com")
	tests := []struct {
		name string
		rule vpsorgtest.Rule
		want []int // statuses of two lists of zones, a zone, and a POST of www TXT
	}{
		{"all", vpsorgtest.Rule{}, []int{418, 418, 418, 418}},
		{"kind", vpsorgtest.Rule{Kind: vpsorgtest.GetZone}, []int{200, 200, 418, 200}},
		{"path", vpsorgtest.Rule{Path: regexp.MustCompile(`/dns-zones/$`)}, []int{418, 418, 200, 200}},
		{"skip", vpsorgtest.Rule{Skip: 1}, []int{200, 418, 418, 418}},
		{"times", vpsorgtest.Rule{Times: 1}, []int{418, 200, 200, 200}},
		{"skip and times", vpsorgtest.Rule{Skip: 1, Times: 2}, []int{200, 418, 418, 200}},
		{"record", vpsorgtest.Rule{When: func(c vpsorgtest.Call) bool {
			return c.RecordName == "www.example.com" && c.RecordType == "TXT" && c.Body["value"] == "text"
		}}, []int{200, 200, 200, 418}},
	}
	for _, tt := range tests {
		tt.rule.Do = vpsorgtest.Answer(http.StatusTeapot, "{}")
		remove := s.AddRule(tt.rule)
		s.ResetCalls()
		get(t, s, "/dns-zones/")
		get(t, s, "/dns-zones/")
		get(t, s, "/dns-zones/"+zone+"/")
		do(t, s, "POST", records(zone), record("TXT", "www", "text", ""))
		remove()
		var got []int
		for _, c := range s.Calls() {
			if c.Status == 201 || c.Status == 400 { // a later table entry posts a duplicate
				c.Status = 200
			}
			got = append(got, c.Status)
			if (c.Status == 418) != (c.Rule != "") {
				t.Errorf("%s: got rule %q with status %d", tt.name, c.Rule, c.Status)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: statuses (-want +got):\n%s", tt.name, diff)
		}
	}
	get(t, s, "/dns-zones/").want(t, 200)
	s.AddRule(vpsorgtest.Rule{Name: "first", Do: vpsorgtest.Answer(500, "")})
	s.AddRule(vpsorgtest.Rule{Name: "second", Do: vpsorgtest.Answer(501, "")})
	get(t, s, "/dns-zones/").want(t, 500)
	s.ClearRules()
	get(t, s, "/dns-zones/").want(t, 200)
}

func TestAnswersWithoutPerforming(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	addZone(t, s, "example.com")
	tests := []struct {
		name   string
		action vpsorgtest.Action
		status int
		header string
		want   string
		body   string
	}{
		{"answer", vpsorgtest.Answer(503, `{"a":1}`), 503, "Content-Type", "application/json", `{"a":1}`},
		{"HTML", vpsorgtest.HTMLPage(502), 502, "Content-Type", "text/html; charset=utf-8", "<h1>502 Bad Gateway</h1>"},
		{"seconds", vpsorgtest.RetryAfter(429, "7"), 429, "Retry-After", "7", "throttled"},
		{"date", vpsorgtest.RetryAfter(503, "Sat, 21 Nov 2026 22:35:00 GMT"), 503, "Retry-After", "Sat, 21 Nov 2026 22:35:00 GMT", ""},
		{"none", vpsorgtest.RetryAfter(429, ""), 429, "Retry-After", "", ""},
		{"redirect", vpsorgtest.Redirect(302, "https://elsewhere.invalid/"), 302, "Location", "https://elsewhere.invalid/", ""},
	}
	for _, tt := range tests {
		remove := s.AddRule(vpsorgtest.Rule{Do: tt.action})
		a := do(t, s, "POST", "/dns-zones/", `{"domain":"example.org"}`).want(t, tt.status)
		if got := a.header.Get(tt.header); got != tt.want || !strings.Contains(a.body, tt.body) {
			t.Errorf("%s: got %s %q and %s, want %q and %s", tt.name, tt.header, got, a.body, tt.want, tt.body)
		}
		remove()
	}
	if n := len(s.Zones()); n != 1 || len(s.Writes()) != 0 {
		t.Errorf("got %d zones, writes %v; want 1 and none", n, s.Writes())
	}
}

func TestCutAndLostReplies(t *testing.T) {
	tests := []struct {
		name      string
		action    vpsorgtest.Action
		performed bool
	}{
		{"cut", vpsorgtest.CutBefore(), false},
		{"lost", vpsorgtest.LostReply(), true},
	}
	for _, tt := range tests {
		s := newServer(vpsorgtest.Options{})
		zone := addZone(t, s, "example.com")
		s.AddRule(vpsorgtest.Rule{Do: tt.action})
		_, err := send(s, request(t, s, "POST", records(zone), record("A", "x", "192.0.2.1", "")))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: got %v, want an unexpected EOF", tt.name, err)
		}
		c := s.Calls()[0]
		if got := len(s.Records("example.com")) == 1; got != tt.performed || c.Performed != got || c.Status != 0 {
			t.Errorf("%s: got performed %t, call %+v; want %t", tt.name, got, c, tt.performed)
		}
		// Over a network the connection ends as well.
		r := request(t, s, "GET", "/dns-zones/", "")
		web := newWeb(t, s)
		over, _ := http.NewRequestWithContext(t.Context(), "POST", web+"/api/v1"+records(zone), strings.NewReader("{}"))
		over.Header = r.Header
		if resp, err := http.DefaultClient.Do(over); err == nil {
			resp.Body.Close()
			t.Errorf("%s: got %s over the network, want an error", tt.name, resp.Status)
		}
	}
}

func TestPerformThen(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.PerformThen(502)})
	do(t, s, "POST", "/dns-zones/", `{"domain":"example.com"}`).want(t, 502)
	if len(s.Zones()) != 1 {
		t.Error("the zone was not created")
	}
}

func TestHangs(t *testing.T) {
	for name, action := range map[string]vpsorgtest.Action{
		"before": vpsorgtest.HangBefore(), "after": vpsorgtest.HangAfter(),
	} {
		s := newServer(vpsorgtest.Options{})
		s.AddRule(vpsorgtest.Rule{Do: action})
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			start := time.Now()
			_, err := send(s, request(t, s, "POST", "/dns-zones/", `{"domain":"example.com"}`).WithContext(ctx))
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 30*time.Second {
				t.Errorf("%s: got %v after %s, want the deadline after 30s", name, err, time.Since(start))
			}
		})
		if done := len(s.Zones()) == 1; done != (name == "after") || s.Calls()[0].Performed != done {
			t.Errorf("%s: got performed %t", name, done)
		}
	}
}

func TestHangOverNetworkEndsWithClient(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.HangBefore()})
	ctx, cancel := context.WithCancel(t.Context())
	s.OnCall(func(vpsorgtest.Call) { cancel() })
	r, _ := http.NewRequestWithContext(ctx, "GET", newWeb(t, s)+"/api/v1/dns-zones/", nil)
	if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want cancelled", err)
	}
}

func TestLatencyAndDrip(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	synctest.Test(t, func(t *testing.T) {
		remove := s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Latency(5 * time.Second)})
		start := time.Now()
		get(t, s, "/dns-zones/").want(t, 200)
		if d := time.Since(start); d != 5*time.Second {
			t.Errorf("latency: got %s, want 5s", d)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := send(s, request(t, s, "POST", "/dns-zones/", `{"domain":"example.com"}`).WithContext(ctx))
		if !errors.Is(err, context.DeadlineExceeded) || len(s.Zones()) != 0 {
			t.Errorf("latency past the deadline: got %v and %v", err, s.Zones())
		}
		remove()
		s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Drip(1, time.Second)})
		start = time.Now()
		if got := get(t, s, "/dns-zones/").body; got != "[]" || time.Since(start) != 3*time.Second {
			t.Errorf("drip: got %s after %s, want [] after 3s", got, time.Since(start))
		}
		client := &http.Client{Transport: s.Transport(), Timeout: 1500 * time.Millisecond}
		resp, err := client.Do(request(t, s, "GET", "/dns-zones/", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); err == nil || string(got) != "[" {
			t.Errorf("drip past the deadline: got %q, %v; want [ and an error", got, err)
		}
	})
}

func TestDripOverNetwork(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Drip(1, time.Millisecond)})
	r, _ := http.NewRequestWithContext(t.Context(), "GET", newWeb(t, s)+"/api/v1/account/me/", nil)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || int64(len(body)) != resp.ContentLength {
		t.Errorf("got %q, %v; want %d bytes", body, err, resp.ContentLength)
	}
}

func TestListFaults(t *testing.T) {
	const self = `"https://sandbox.invalid/api/v1/dns-zones/ID/records/`
	tests := []struct {
		name   string
		action vpsorgtest.Action
		env    vpsorgtest.Envelope
		want   string
		count  float64 // in the zone's detail
		shown  int
	}{
		{"silently cut", vpsorgtest.Truncate(1), vpsorgtest.EnvelopeArray, `[1,2]`, 2, 2},
		{"cut and told", vpsorgtest.TruncateCounted(1), vpsorgtest.EnvelopeArray, `{"count":3,"results":[1,2]}`, 3, 2},
		{"cut, count", vpsorgtest.Truncate(2), vpsorgtest.EnvelopeCount, `{"count":1,"results":[1]}`, 1, 1},
		{"cut more than all", vpsorgtest.Truncate(9), vpsorgtest.EnvelopeArray, `[]`, 0, 0},
		{"empty", vpsorgtest.EmptyList(), vpsorgtest.EnvelopeArray, `[]`, 0, 0},
		{"empty page", vpsorgtest.EmptyList(), vpsorgtest.EnvelopePaged, `{"count":0,"next":null,"previous":null,"results":[]}`, 0, 0},
		{"wrong count", vpsorgtest.WrongCount(4), vpsorgtest.EnvelopeArray, `{"count":7,"results":[1,2,3]}`, 7, 3},
		{"loop", vpsorgtest.PageLoop(), vpsorgtest.EnvelopeArray, `{"count":3,"next":` + self + `","previous":null,"results":[1,2]}`, 3, 3},
		{"other host", vpsorgtest.NextHost("evil.invalid"), vpsorgtest.EnvelopeArray, `{"count":3,"next":"https://evil.invalid/api/v1/dns-zones/ID/records/?page=2","previous":null,"results":[1,2]}`, 3, 3},
	}
	for _, tt := range tests {
		s := dialect(vpsorgtest.Dialect{Records: tt.env, PageSize: 2})
		zone := addZone(t, s, "example.com", sample()[:3]...)
		s.AddRule(vpsorgtest.Rule{Do: tt.action})
		want := strings.ReplaceAll(tt.want, "ID", zone)
		if got := numbered(t, get(t, s, records(zone)).want(t, 200).decode(t)); got != want {
			t.Errorf("%s: got %s, want %s", tt.name, got, want)
		}
		o := get(t, s, "/dns-zones/"+zone+"/").object(t)
		if n := len(o["records"].([]any)); o["record_count"] != tt.count || n != tt.shown {
			t.Errorf("%s: detail: got count %v and %d records, want %v and %d", tt.name, o["record_count"], n, tt.count, tt.shown)
		}
	}
}

func TestBodyFaults(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	addZone(t, s, "example.com")
	whole := get(t, s, "/dns-zones/").body
	remove := s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.InvalidJSON()})
	if got := get(t, s, "/dns-zones/").want(t, 200).body; got != whole[:len(whole)/2] {
		t.Errorf("invalid JSON: got %s", got)
	}
	remove()
	s.AddRule(vpsorgtest.Rule{Do: vpsorgtest.Oversize(1 << 20)})
	if got := get(t, s, "/dns-zones/").want(t, 200).body; len(got) != 1<<20 || strings.TrimRight(got, " ") != whole {
		t.Errorf("oversize: got %d bytes", len(got))
	}
}

func TestOnCallActsAsAnotherPerson(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	zone := addZone(t, s, "example.com", sample()...)
	s.OnCall(func(c vpsorgtest.Call) {
		if c.Kind != vpsorgtest.PatchRecord {
			return
		}
		if err := s.RemoveRecord(c.RecordID); err != nil {
			t.Error(err)
		}
		if _, err := s.AddRecord("example.com", rec{Type: "A", Name: "new", Value: "192.0.2.9"}); err != nil {
			t.Error(err)
		}
	})
	do(t, s, "PATCH", "/dns-records/"+find(t, s, "TXT").ID+"/", `{"ttl":60}`).want(t, 404)
	if n := len(get(t, s, records(zone)).array(t)); n != len(sample()) {
		t.Errorf("got %d records, want %d", n, len(sample()))
	}
	if len(s.Writes()) != 0 {
		t.Errorf("writes: got %v, want none by calls", s.Writes())
	}
}

func TestRequestWithEndedContextIsNotSent(t *testing.T) {
	s := newServer(vpsorgtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := send(s, request(t, s, "GET", "/dns-zones/", "").WithContext(ctx))
	if !errors.Is(err, context.Canceled) || len(s.Calls()) != 0 {
		t.Errorf("got %v and %v, want cancelled and no call", err, s.Calls())
	}
}
