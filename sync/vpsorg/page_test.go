package vpsorg

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// pages makes a client whose list of zones has the given answers, by the value of page.
func pages(t *testing.T, answers map[string]string) (c *Client, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	c = newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "api.invalid" || r.URL.Scheme != "https" {
			t.Errorf("got a call of %s", r.URL)
		}
		*asked = append(*asked, r.URL.RequestURI())
		return reply(r, 200, "", answers[r.URL.Query().Get("page")]), nil
	}))
	return c, asked
}

func zoneJSON(ids ...string) string {
	var items []string
	for _, id := range ids {
		items = append(items, fmt.Sprintf(`{"uuid": %q, "domain": "%s.example"}`, id, id))
	}
	return strings.Join(items, ", ")
}

func TestPages(t *testing.T) {
	first := func(next string) string {
		return fmt.Sprintf(`{"count": 3, "next": %s, "results": [%s]}`, next, zoneJSON("a", "b"))
	}
	last := `{"count": 3, "next": null, "results": [` + zoneJSON("c") + `]}`
	for _, test := range []struct {
		name    string
		answers map[string]string
		want    string
		partial string // "" for a whole list
	}{
		{"array", map[string]string{"": "[" + zoneJSON("a", "b") + "]"}, "a b", ""},
		{"empty array", map[string]string{"": "[]"}, "", ""},
		{"results", map[string]string{"": `{"results": [` + zoneJSON("a") + `]}`}, "a", ""},
		{"count", map[string]string{"": `{"count": 1, "results": [` + zoneJSON("a") + `]}`}, "a", ""},
		{"count as string", map[string]string{"": `{"count": "2", "results": [` + zoneJSON("a") + `]}`}, "a", "counts 2 items, 1 arrived"},
		{"count that is none", map[string]string{"": `{"count": "many", "results": [` + zoneJSON("a") + `]}`}, "a", ""},
		{"count below", map[string]string{"": `{"count": 1, "results": [` + zoneJSON("a", "b") + `]}`}, "a b", ""},
		{"count above", map[string]string{"": `{"count": 3, "results": [` + zoneJSON("a", "b") + `]}`}, "a b", "counts 3 items, 2 arrived"},
		{"empty with count", map[string]string{"": `{"count": 3, "results": []}`}, "", "counts 3 items, 0 arrived"},
		{"absolute next", map[string]string{"": first(`"https://api.invalid/api/v1/dns-zones/?page=2"`), "2": last}, "a b c", ""},
		{"next with the port", map[string]string{"": first(`"https://API.invalid:443/api/v1/dns-zones/?page=2"`), "2": last}, "a b c", ""},
		{"next path", map[string]string{"": first(`"/api/v1/dns-zones/?page=2"`), "2": last}, "a b c", ""},
		{"next query", map[string]string{"": first(`"?page=2"`), "2": last}, "a b c", ""},
		{"next nothing", map[string]string{"": first(`""`)}, "a b", "counts 3 items, 2 arrived"},
		{"next host", map[string]string{"": first(`"https://other.example/?page=2"`)}, "a b", "another host, https://other.example"},
		{"next host without scheme", map[string]string{"": first(`"//other.example/?page=2"`)}, "a b", "another host"},
		{"next in the clear", map[string]string{"": first(`"http://api.invalid/api/v1/dns-zones/?page=2"`)}, "a b", "another host, http://api.invalid"},
		{"next port", map[string]string{"": first(`"https://api.invalid:8443/?page=2"`)}, "a b", "another host"},
		{"next user", map[string]string{"": first(`"https://u:p@api.invalid/api/v1/dns-zones/?page=2"`)}, "a b", "another host"},
		{"next object", map[string]string{"": first(`{"page": 2}`)}, "a b", "not a URL"},
		{"next number", map[string]string{"": first(`2`)}, "a b", "repeats"},
		{"loop", map[string]string{"": first(`"?page="`)}, "a b", "repeats"},
		{"long loop", map[string]string{"": first(`"?page=2"`), "2": `{"next": "?page=", "results": [` + zoneJSON("c") + `]}`}, "a b c", "repeats"},
		{"same page by other names", map[string]string{"": first(`"?page=2"`), "2": first(`"?page=3"`)}, "a b", "repeats"},
		{"ever deeper, without keys", map[string]string{"": `{"next": "x/", "results": [{}]}`}, "", "without a name"},
		{"shifted page", map[string]string{"": first(`"?page=2"`), "2": `{"count": 3, "results": [` + zoneJSON("b", "c") + `]}`}, "a b c", ""},
		{"twice on a page", map[string]string{"": `{"count": 2, "results": [` + zoneJSON("a", "a") + `]}`}, "a", "counts 2 items, 1 arrived"},
		{"no objects", map[string]string{"": `[7, "x", null, ` + zoneJSON("a") + `]`}, "a", "zone without a name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, asked := pages(t, test.answers)
			list, err := c.Zones(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, z := range list.Zones {
				ids = append(ids, z.ID)
			}
			if got := strings.Join(ids, " "); got != test.want {
				t.Errorf("got zones %q, want %q", got, test.want)
			}
			if test.partial == "" != (list.Partial == "") || !strings.Contains(list.Partial, test.partial) {
				t.Errorf("got partial %q, want %q", list.Partial, test.partial)
			}
			if len(*asked) > 3 {
				t.Errorf("got %d calls, want at most 3", len(*asked))
			}
		})
	}
}

// A page that cannot be read is an error, not the end of the list.
func TestLostPage(t *testing.T) {
	c, _ := pages(t, map[string]string{"": `{"next": "?page=2", "results": [` + zoneJSON("a") + `]}`, "2": "<html>"})
	if list, err := c.Zones(t.Context()); err == nil || len(list.Zones) != 0 {
		t.Errorf("got %+v, %v, want an error", list, err)
	}
}

// A page that is gone by the time it is asked for ends the list early; the list itself is
// not gone.
func TestVanishedPage(t *testing.T) {
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.RawQuery != "" {
			return reply(r, 404, "", `{"detail": "Invalid page."}`), nil
		}
		return reply(r, 200, "", `{"next": "?page=2", "results": [`+zoneJSON("a")+`]}`), nil
	}))
	if list, err := c.Zones(t.Context()); err != nil || len(list.Zones) != 1 || !strings.Contains(list.Partial, "breaks off after 1 items") {
		t.Errorf("got %+v, %v, want a partial list", list, err)
	}
}

// A service whose list never ends is left at some time.
func TestEndlessList(t *testing.T) {
	n := 0
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		n++
		return reply(r, 200, "", fmt.Sprintf(`{"next": "?page=%d", "results": [%s]}`, n, zoneJSON(fmt.Sprint("z", n)))), nil
	}))
	list, err := c.Zones(t.Context())
	if err != nil || !strings.Contains(list.Partial, "does not end") || n != maxPages {
		t.Errorf("got %q, %v after %d pages", list.Partial, err, n)
	}
}

// Pages that are small enough, but never end, are given up once their sum is too large.
func TestFaultB5PagesAreBoundedInSum(t *testing.T) {
	padding := strings.Repeat(" ", maxBody-500)
	calls := 0
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if calls++; calls > 20 {
			return nil, errors.New("too many pages")
		}
		return reply(r, 200, "", fmt.Sprintf(`{"next": "?page=%d", %s"results": [%s]}`, calls, padding, zoneJSON(fmt.Sprint("z", calls)))), nil
	}))
	list, err := c.Zones(t.Context())
	if err != nil || !strings.Contains(list.Partial, "does not end within 5000 pages, 200000 items and 32 MiB") {
		t.Errorf("got %q, %v, want a partial list", list.Partial, err)
	}
	if most := maxListSize/maxBody + 1; calls > most {
		t.Errorf("got %d pages of 10 MiB, want at most %d", calls, most)
	}
}

// Items that take two bytes each as JSON, and a hundred times as much in memory, are counted,
// on one page and on all.
func TestFaultB5ItemsAreBounded(t *testing.T) {
	page := strings.TrimSuffix(strings.Repeat("7,", maxItems+1), ",")
	_, err := answering(t, 200, "["+page+"]").Zones(t.Context())
	if e := mustError(t, err); !strings.Contains(e.Error(), "more than 200000 items") || e.Attempts != 1 {
		t.Errorf("list: got %v", e)
	}
	calls := 0
	c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		if calls++; calls > 20 {
			return nil, errors.New("too many pages")
		}
		return reply(r, 200, "", fmt.Sprintf(`{"next": "?page=%d", "results": [%s, %s7]}`,
			calls, zoneJSON(fmt.Sprint("z", calls)), strings.Repeat("7,", maxItems/4))), nil
	}))
	if list, err := c.Zones(t.Context()); err != nil || list.Partial == "" || calls > 4 {
		t.Errorf("pages: got %q, %v after %d pages, want a partial list", list.Partial, err, calls)
	}
}

// The token goes to no other host, whatever the list says.
func TestNextHost(t *testing.T) {
	s, c, ref := simulate(t, vpsorgtest.Options{}, stored(rec(t, "www", "A", 60, "192.0.2.1")))
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListZones, Do: vpsorgtest.NextHost("other.example")})
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.GetZone, Do: vpsorgtest.TruncateCounted(1)})
	s.AddRule(vpsorgtest.Rule{Kind: vpsorgtest.ListRecords, Do: vpsorgtest.NextHost("other.example")})
	if list, err := c.Zones(t.Context()); err != nil || list.Partial == "" {
		t.Errorf("got %+v, %v, want a partial list", list, err)
	}
	if live := mustZone(t, c, ref); live.Partial == "" {
		t.Error("got a whole zone, want a partial one")
	}
	for _, call := range s.Calls() {
		if call.Host != "api.invalid" {
			t.Errorf("got a call of %s with token: %s", call.Host, call.Auth)
		}
	}
}

func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		"[]", "{}", `{"results": []}`, `{"count": 3, "next": "?page=2", "results": [{"uuid": 1, "ttl": "x"}]}`, `[{"uuid": {}, "name": []}]`,
		`{"results": "x"}`, `{"next": "//other/", "results": [{}]}`, `{"next": "ht tp://", "results": [{}]}`, "null", "[1,[2]]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		calls := 0
		c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			if calls++; r.URL.Scheme != "https" || !strings.EqualFold(r.URL.Hostname(), "api.invalid") {
				t.Errorf("got a call of %s", r.URL)
			}
			return reply(r, 200, "", body), nil
		}))
		_, _ = c.Zones(t.Context())
		// The same body again and again brings nothing new.
		if calls > 3 {
			t.Errorf("got %d calls", calls)
		}
		if _, _, err := readDetail(newJSONReader(strings.NewReader(body), -1), c.zoneBounds()); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("got %q, want one line", err)
		}
	})
}
