package vpsorg

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// raw makes a zone of lines of "name TYPE value", as the service shows it.
func raw(domain string, lines ...string) rawZone {
	z := rawZone{ref: ZoneRef{ID: "id-" + domain, Name: schema.MustParseName(domain)}}
	for i, l := range lines {
		f := strings.SplitN(l, " ", 3)
		w := wireRecord{
			ID: fmt.Sprint(i), Name: scalar{s: f[0], set: true}, Type: scalar{s: f[1], set: true},
			Value: scalar{s: f[2], set: true}, TTL: number{n: 60, set: true},
		}
		if f[1] == "MX" {
			w.Priority = number{n: 10, set: true}
		}
		z.records = append(z.records, w)
	}
	return z
}

// proof returns what zones prove, as in "quoted:no".
func proof(zones ...rawZone) string {
	var e evidence
	for _, z := range zones {
		e.add(z)
	}
	names := [questions]string{"quoted", "escaped", "hosts", "names"}
	var out []string
	for q, v := range e.spelling() {
		if v != open && question(q) != bareCAA {
			out = append(out, names[q]+":"+[]string{"", "no", "yes"}[v])
		}
	}
	return strings.Join(out, " ")
}

func TestWhatProvesASpelling(t *testing.T) {
	long := strings.TrimSuffix(strings.Repeat(strings.Repeat("a", 60)+".", 4), ".")
	for _, test := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"nothing", nil, ""},
		{"a quoted TXT", []string{`@ TXT "thing"`}, ""},
		{"an unquoted TXT", []string{`@ TXT thing`}, "quoted:no"},
		{"an empty TXT", []string{`@ TXT `}, ""},
		{"an escaped semicolon", []string{`@ TXT v=STSv1\; id=1`}, "quoted:no"},
		{"a bare semicolon", []string{`@ TXT v=DMARC1; p=none`}, "quoted:no escaped:no"},
		{"a bare quote", []string{`@ TXT say "hi`}, "quoted:no escaped:no"},
		{"a stray backslash", []string{`@ TXT C:\Temp`}, "quoted:no escaped:no"},
		{"a semicolon within quotes", []string{`@ TXT "v=DMARC1; p=none"`}, ""},
		{"quotes beside an unquoted TXT", []string{`@ TXT "thing"`, `@ TXT other`}, "quoted:no escaped:no"},
		{"a host with a final dot", []string{"www CNAME a.example.net."}, "hosts:yes"},
		{"a host of a single label", []string{"www CNAME web"}, "hosts:yes"},
		{"a host that exists nowhere in its zone", []string{"www CNAME a.example.net"}, "hosts:no"},
		{"a host that may be another name of the zone", []string{"www CNAME a.b", "a.b A 192.0.2.1"}, ""},
		{"a host above a name of the zone", []string{"www CNAME a.b", "c.a.b A 192.0.2.1"}, ""},
		{"a host that a wildcard covers", []string{"www CNAME a.b", "* A 192.0.2.1"}, ""},
		{"a host below a delegation", []string{"www CNAME a.b", "b NS ns1.b"}, ""},
		{"a host too long to be relative", []string{"www CNAME " + long, "* A 192.0.2.1"}, "hosts:no"},
		{"hosts of both kinds", []string{"www CNAME a.example.net", "@ MX mail"}, ""},
		{"the root", []string{"@ MX ."}, ""},
		{"the apex", []string{"www CNAME @"}, ""},
		{"the host of an SRV", []string{"_sip._tcp SRV 1 5060 sip.example.net"}, "hosts:no"},
		{"long names alone", []string{"www.example.com A 192.0.2.1", "example.com A 192.0.2.1"}, "names:no"},
		{"a long name and a short one", []string{"www.example.com A 192.0.2.1", "www A 192.0.2.1"}, ""},
		{"names with a final dot", []string{"www.example.com. A 192.0.2.1"}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if d := cmp.Diff(test.want, proof(raw("example.com", test.lines...))); d != "" {
				t.Errorf("proof (-want +got):\n%s", d)
			}
		})
	}
}

// Proof for one side in one zone and for the other in another decides nothing.
func TestProofForBothSidesDecidesNothing(t *testing.T) {
	a, b := raw("example.com", "www CNAME web"), raw("example.net", "www CNAME a.example.org")
	if got := proof(a, b); got != "" {
		t.Errorf("proof %q, want none", got)
	}
	if one, other := proof(a), proof(b); one != "hosts:yes" || other != "hosts:no" {
		t.Errorf("proof of each %q and %q, want hosts:yes and hosts:no", one, other)
	}
}

// A record is read as the account spells, else as documented; of several readings that
// stay open the declared one is taken, and each question is asked once.
func TestOpenReadings(t *testing.T) {
	z := raw("example.com", `a TXT v=STSv1\; id=1`, `b TXT "thing"`, `c TXT "other"`, "www CNAME foo.net", "foo.net A 192.0.2.1")
	texts := func(s spelling, declared ...schema.Record) (out []string, open []diff.OpenQuestion) {
		live := z.interpret(s, declaring(declared))
		for _, l := range live.Records {
			out = append(out, l.Record.Data.String())
		}
		return out, live.Open
	}
	got, asked := texts(spelling{})
	want := []string{`"v=STSv1\\; id=1"`, `"\"thing\""`, `"\"other\""`, "foo.net.", "192.0.2.1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("documented readings (-want +got):\n%s", d)
	}
	name := func(s string) schema.Name { return schema.MustParseName(s + ".example.com") }
	wantOpen := []diff.OpenQuestion{
		{About: "TXT in double quotes", Key: schema.Key{Name: name("b"), Type: "TXT"}, Shown: `"thing"`, Taken: `"thing"`, Other: `thing`, Records: 2},
		{About: "backslashes in TXT", Key: schema.Key{Name: name("a"), Type: "TXT"}, Shown: `v=STSv1\; id=1`, Taken: `v=STSv1\; id=1`, Other: `v=STSv1; id=1`, Records: 1},
		{About: "hosts without a final dot", Key: schema.Key{Name: name("www"), Type: "CNAME"}, Shown: "foo.net", Taken: "foo.net.", Other: "foo.net.example.com.", Records: 1},
	}
	if d := cmp.Diff(wantOpen, asked, cmp.Comparer(func(a, b schema.Name) bool { return a == b })); d != "" {
		t.Errorf("open questions (-want +got):\n%s", d)
	}
	got, asked = texts(spelling{}, rec(t, "b", "TXT", 60, "thing"), rec(t, "www", "CNAME", 60, "foo.net.example.com."))
	want = []string{`"v=STSv1\\; id=1"`, `"thing"`, `"\"other\""`, "foo.net.example.com.", "192.0.2.1"}
	if d := cmp.Diff(want, got); d != "" || len(asked) != 3 {
		t.Errorf("readings where some are declared (-want +got):\n%s%v", d, asked)
	}
	got, asked = texts(spelling{quotedTXT: yes, escapedTXT: yes, relativeHosts: yes}, rec(t, "b", "TXT", 60, `"thing"`))
	want = []string{`"v=STSv1; id=1"`, `"thing"`, `"other"`, "foo.net.example.com.", "192.0.2.1"}
	if d := cmp.Diff(want, got); d != "" || len(asked) != 0 {
		t.Errorf("readings where all is proven (-want +got):\n%s%v", d, asked)
	}
}

// Of several records of one RRset, the same one is shown whichever comes first.
func TestOpenQuestionDoesNotDependOnOrder(t *testing.T) {
	there := raw("example.com", "www NS b.example.net", "www NS a.example.net").interpret(spelling{}, nil).Open
	back := raw("example.com", "www NS a.example.net", "www NS b.example.net").interpret(spelling{}, nil).Open
	if len(there) != 1 || there[0].Shown != "a.example.net" || there[0] != back[0] {
		t.Errorf("got %+v and %+v, want a.example.net in both", there, back)
	}
}

// What is proven does not depend on the order in which zones or records come.
func TestProofDoesNotDependOnOrder(t *testing.T) {
	lines := []string{`a TXT "x"`, "b TXT y", `c TXT z\;`, "d CNAME e.example.net", "@ MX mail.example.com", "www.example.com A 192.0.2.1", "mail A 192.0.2.1", `f CAA 0 issue "x"`}
	r := rand.New(rand.NewPCG(1, 2))
	want := ""
	for i := range 50 {
		r.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		n := r.IntN(len(lines))
		// The zones are the same whichever is read first.
		a, b := raw("example.com", lines...), raw("example.org", "x TXT plain; text")
		got := proof(a, b)
		if n%2 == 0 {
			got = proof(b, a)
		}
		if i == 0 {
			want = got
		}
		if got != want {
			t.Fatalf("proof %q, want %q", got, want)
		}
	}
}

// The first read of a zone that was surveyed costs no call, and its error is kept too.
func TestSurveyReadsAhead(t *testing.T) {
	s, c, ref := simulate(t, vpsorgtest.Options{}, vpsorgtest.Record{Type: "A", Name: "www", Value: "192.0.2.1", TTL: 60})
	gone := ZoneRef{ID: "no-such-zone", Name: schema.MustParseName("gone.example")}
	c.Survey(t.Context(), []ZoneRef{ref, gone}, 2, nil)
	before := len(s.Calls())
	if _, err := c.Zone(t.Context(), gone, nil); err == nil || !mustError(t, err).NotFound() {
		t.Errorf("got %v, want that the zone is not found", err)
	}
	if live := mustZone(t, c, ref); len(live.Records) != 1 || len(s.Calls()) != before {
		t.Errorf("%d records by %d calls, want 1 by none", len(live.Records), len(s.Calls())-before)
	}
	mustZone(t, c, ref)
	if len(s.Calls()) != before+1 {
		t.Errorf("%d calls for the second read, want 1", len(s.Calls())-before)
	}
}

// A read-back of a record that can be sent in one way only settles how the account spells
// for the runs that follow, until that is contradicted.
func TestReadBackSettlesAQuestion(t *testing.T) {
	for _, test := range []struct {
		dialect string
		record  schema.Record
		q       question
		want    verdict
	}{
		{"txt-quoted", rec(t, "a", "TXT", 60, "thing"), quotedTXT, yes},
		{"txt-split", rec(t, "a", "TXT", 60, "thing"), quotedTXT, yes},
		{"txt-quoted", rec(t, "a", "TXT", 60, `"thing"`), quotedTXT, open},
		{"documented", rec(t, "a", "TXT", 60, `"thing"`), quotedTXT, open},
		{"txt-escaped", rec(t, "a", "TXT", 60, "v=STSv1; id=1"), escapedTXT, yes},
		{"documented", rec(t, "a", "TXT", 60, `v=STSv1\; id=1`), escapedTXT, open},
		{"names-fqdn", rec(t, "a", "A", 60, "192.0.2.1"), relativeNames, no},
		{"documented", rec(t, "a", "CNAME", 60, "foo.net."), relativeHosts, open},
	} {
		t.Run(test.dialect+" "+test.record.Data.String(), func(t *testing.T) {
			dialects := vpsorgtest.Dialects()
			i := slices.IndexFunc(dialects, func(d vpsorgtest.Dialect) bool { return d.Name == test.dialect })
			_, c, ref := simulate(t, vpsorgtest.Options{Dialect: dialects[i]})
			if err := c.CreateRecord(t.Context(), ref, test.record); err != nil {
				t.Fatal(err)
			}
			mustZone(t, c, ref, test.record)
			if got := c.learner.learned[test.q]; got != test.want {
				t.Errorf("learned %d, want %d", got, test.want)
			}
			// What was learned counts from the next run on, where nothing proves another answer.
			c.learner.survey(nil, nil)
			if got := c.learner.spelling[test.q]; got != test.want {
				t.Errorf("the next run takes %d, want %d", got, test.want)
			}
		})
	}
}

func TestWhatWasLearnedIsForgottenWhenContradicted(t *testing.T) {
	l := &learner{learned: spelling{quotedTXT: yes, escapedTXT: yes}}
	z := raw("example.com", "a TXT plain")
	l.survey([]ZoneRef{z.ref}, []zoneRead{{raw: z}})
	if l.spelling[quotedTXT] != no || l.learned[quotedTXT] != open {
		t.Errorf("quoted: %d with %d learned, want no with nothing learned", l.spelling[quotedTXT], l.learned[quotedTXT])
	}
	if l.spelling[escapedTXT] != yes || l.learned[escapedTXT] != yes {
		t.Errorf("escaped: %d with %d learned, want what was learned", l.spelling[escapedTXT], l.learned[escapedTXT])
	}
}
