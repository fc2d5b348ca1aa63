package vpsorg

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// bounded makes a client of a service with these answers to the detail and to each page of
// the records, for which a zone may have most bytes.
func bounded(t *testing.T, most int64, detail string, pages ...string) *Client {
	t.Helper()
	n := 0
	return newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if !strings.HasSuffix(r.URL.Path, "/records/") {
			return reply(r, 200, "", detail), nil
		}
		n++
		return reply(r, 200, "", pages[min(n, len(pages))-1]), nil
	}), func(o *Options) { o.MaxZoneBytes = most })
}

// A zone beyond the bound is not read, and the error names the setting that raises it.
func TestFaultB5ZonesAreBounded(t *testing.T) {
	ref := ZoneRef{ID: "z", Name: zoneName()}
	whole := `{"record_count": 100, "records": ` + items(100) + `}`
	junk := `{"records": [` + strings.TrimSuffix(strings.Repeat("7,", 1000), ",") + `]}`
	for _, test := range []struct {
		name, detail string
		most         int64
		want         string // "" for none
	}{
		{"as large as it may be", whole, int64(len(whole)), ""},
		{"a byte more", whole, int64(len(whole)) - 1, "answer is larger than " + fmt.Sprint(len(whole)-1) + " bytes; to read it, raise ZONETENDER_MAX_ZONE_BYTES"},
		{"spaces at the end", whole + strings.Repeat(" ", 100), int64(len(whole)), "ZONETENDER_MAX_ZONE_BYTES"},
		{"items of two bytes", junk, int64(len(junk)), "answer has more than 32 items; to read it, raise ZONETENDER_MAX_ZONE_BYTES"},
	} {
		t.Run(test.name, func(t *testing.T) {
			live, err := bounded(t, test.most, test.detail).Zone(t.Context(), ref, nil)
			if test.want == "" {
				if err != nil || len(live.Records) != 100 || live.Partial != "" {
					t.Errorf("got %d records, %q, %v", len(live.Records), live.Partial, err)
				}
				return
			}
			if e := mustError(t, err); !strings.Contains(e.Error(), test.want) || e.Temporary() || e.Attempts != 1 || live.ID != "" {
				t.Errorf("got %v, Temporary %v; want %q", e, e.Temporary(), test.want)
			}
		})
	}
}

// Pages of records that are small enough, but too large in sum, are no whole zone.
func TestFaultB5RecordPagesAreBoundedInSum(t *testing.T) {
	page := func(n int) string {
		next := `"?page=` + fmt.Sprint(n+1) + `"`
		return fmt.Sprintf(`{"next": %s, "results": [{"uuid": "r%d", "record_type": "A", "name": "h%d", "value": "192.0.2.1"}]}`, next, n, n)
	}
	c := bounded(t, 500, `{"record_count": 9}`, page(1), page(2), page(3), page(4), page(5), page(6), page(7), page(8), page(9))
	live := mustZone(t, c, ZoneRef{ID: "z", Name: zoneName()})
	if !strings.Contains(live.Partial, "raise ZONETENDER_MAX_ZONE_BYTES, which is 500") {
		t.Errorf("got %d records, partial %q", len(live.Records), live.Partial)
	}
}

// A detail may be larger than any other answer.
func TestLargeZone(t *testing.T) {
	const n = 120_000
	detail := `{"record_count": ` + fmt.Sprint(n) + `, "records": ` + items(n) + `}`
	if len(detail) <= maxBody {
		t.Fatalf("got %d bytes, want more than %d", len(detail), maxBody)
	}
	if live := mustZone(t, bounded(t, 0, detail), ZoneRef{ID: "z", Name: zoneName()}); len(live.Records) != n || live.Partial != "" {
		t.Errorf("got %d records, partial %q", len(live.Records), live.Partial)
	}
}

// The fields of a zone come in any order, and of a field that comes twice the last counts.
func TestFieldsInAnyOrder(t *testing.T) {
	same := cmp.Comparer(func(a, b schema.Record) bool { return a == b })
	want := mustZone(t, bounded(t, 0, `{"domain": "example.com", "record_count": 2, "records": `+items(2)+`}`), ZoneRef{ID: "z", Name: zoneName()})
	for _, detail := range []string{
		`{"records": ` + items(2) + `, "record_count": 2, "domain": "example.com"}`,
		`{"Records": ` + items(2) + `, "Record_Count": "2"}`,
		`{"records": ` + items(5) + `, "record_count": 5, "record_count": 2, "records": ` + items(2) + `}`,
		`{"records": null, "other": [{"records": [7]}], "records": {"results": ` + items(2) + `, "next": "", "count": 2}}`,
		`{"records": {"results": ` + items(3) + `, "count": 9, "count": 2, "results": ` + items(2) + `}}`,
	} {
		if d := cmp.Diff(want, mustZone(t, bounded(t, 0, detail), ZoneRef{ID: "z", Name: zoneName()}), same, cmp.Comparer(func(a, b schema.Name) bool { return a == b })); d != "" {
			t.Errorf("%.60s: %s", detail, d)
		}
	}
	c, reads := shown(t, `{"records": `+items(2)+`, "record_count": 3, "records": "none"}`, items(3))
	if live := mustZone(t, c, ZoneRef{ID: "z", Name: zoneName()}); len(live.Records) != 3 || live.Partial != "" || *reads != 1 {
		t.Errorf("got %d records, partial %q, the list read %d times", len(live.Records), live.Partial, *reads)
	}
}

// An answer that stops in the middle is none, wherever it stops: it is asked for again, and
// never taken for a smaller zone.
func TestFaultA1AnswerStops(t *testing.T) {
	detail := `{"uuid": "z", "records": ` + items(3) + `, "record_count": 3}`
	for at := range len(detail) {
		bubble(t, fmt.Sprint(at), func(t *testing.T) {
			attempts := 0
			c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				attempts++
				resp := reply(r, 200, "", detail)
				if attempts < 3 {
					resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(detail[:at]), failing{errors.New("connection reset by peer")}))
				}
				return resp, nil
			}))
			live, err := c.Zone(t.Context(), ZoneRef{ID: "z", Name: zoneName()}, nil)
			if err != nil || len(live.Records) != 3 || live.Partial != "" || attempts != 3 {
				t.Errorf("got %d records, %q, %v after %d attempts", len(live.Records), live.Partial, err, attempts)
			}
		})
	}
	bubble(t, "for ever", func(t *testing.T) {
		c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			resp := reply(r, 200, "", detail)
			resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(detail[:90]), failing{errors.New("reset, token " + vpsorgtest.DefaultToken)}))
			return resp, nil
		}))
		_, err := c.Zone(t.Context(), ZoneRef{ID: "z", Name: zoneName()}, nil)
		if e := mustError(t, err); !e.Temporary() || e.Attempts != 5 || !strings.Contains(e.Error(), "reset, token [token]") {
			t.Errorf("got %v, Temporary %v", e, e.Temporary())
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// A zone that arrives slowly, but in time, is whole.
func TestSlowAnswer(t *testing.T) {
	bubble(t, "drip", func(t *testing.T) {
		want := sample(t)
		s, c, ref := simulate(t, vpsorgtest.Options{}, allStored(want)...)
		s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.Drip(7, 30*time.Millisecond)})
		holds(t, mustZone(t, c, ref, want...), want)
		if got := calls(s, vpsorgtest.GetZone); got != 1 {
			t.Errorf("%d calls, want one", got)
		}
	})
}
