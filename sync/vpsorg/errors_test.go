package vpsorg

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestErrorText(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"documented", 400, `{"detail": "Priority is required for MX records", "error_code": "validation_error", "field": "priority"}`,
			"GET /dns-zones/: 400 Bad Request: priority: Priority is required for MX records (validation_error)"},
		{"no field", 401, `{"detail": "token is missing or invalid.", "error_code": "authentication_failed"}`,
			"GET /dns-zones/: 401 Unauthorized: token is missing or invalid (authentication_failed)"},
		{"detail alone", 403, `{"detail": "Token lacks the permission dns:list."}`, "GET /dns-zones/: 403 Forbidden: Token lacks the permission dns:list: create a token that has it in the dashboard (/account/developers/)"},
		{"fields", 400, `{"ttl": ["Too low.", "Really."], "name": ["Bad."]}`, "GET /dns-zones/: 400 Bad Request: name: Bad.; ttl: Too low.; Really"},
		{"nested fields", 400, `{"records": [{}, {"ttl": ["Too low."]}]}`, "GET /dns-zones/: 400 Bad Request: records: ttl: Too low"},
		{"non-field", 400, `{"non_field_errors": ["Exists."]}`, "GET /dns-zones/: 400 Bad Request: Exists"},
		{"array", 400, `["Exists.", "Twice."]`, "GET /dns-zones/: 400 Bad Request: Exists.; Twice"},
		{"string", 400, `"Exists."`, "GET /dns-zones/: 400 Bad Request: Exists"},
		{"empty", 404, ``, "GET /dns-zones/: 404 Not Found"},
		{"null", 404, `null`, "GET /dns-zones/: 404 Not Found"},
		{"empty object", 404, `{}`, "GET /dns-zones/: 404 Not Found"},
		{"numbers", 404, `{"detail": 7}`, "GET /dns-zones/: 404 Not Found"},
		{"page", 404, "<!DOCTYPE html><html><head><title lang=en>\n Page not  found &amp; gone </title></head><body>long</body></html>",
			"GET /dns-zones/: 404 Not Found: an HTML page, Page not found & gone"},
		{"page without title", 404, "<html>", "GET /dns-zones/: 404 Not Found: an HTML page"},
		{"half a page", 404, "<html><title>Half", "GET /dns-zones/: 404 Not Found: an HTML page"},
		{"half an object", 404, `{"detail": "No`, "GET /dns-zones/: 404 Not Found: unreadable answer"},
		{"text", 404, "no such\nthing\x1b[31m here", "GET /dns-zones/: 404 Not Found: no such thing [31m here"},
		{"odd status", 499, "", "GET /dns-zones/: 499"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := answering(t, test.status, test.body).Zones(t.Context())
			if got := mustError(t, err).Error(); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// A 403 names the permission that the token lacks, with certainty only if it is documented,
// and says where to get one.
func TestFaultE1ForbiddenNamesThePermission(t *testing.T) {
	const where = "create a token that has it in the dashboard (/account/developers/)"
	r := rec(t, "www", "A", 60, "192.0.2.1")
	after := r
	after.TTL++
	ref := ZoneRef{ID: "z", Name: zoneName()}
	c := answering(t, 403, `{"detail": "Missing permission"}`)
	ctx := t.Context()
	for _, test := range []struct {
		want string
		call func() error
	}{
		{"lacks the permission dns:list", func() error { _, err := c.Zones(ctx); return err }},
		{"lacks the permission dns:list", func() error { _, _, err := c.FindZone(ctx, ref.Name); return err }},
		{"lacks the permission dns:create", func() error { _, _, err := c.CreateZone(ctx, ref.Name); return err }},
		{"lacks the permission dns:delete", func() error { return c.DeleteZone(ctx, ref) }},
		{"probably lacks the permission dns:read", func() error { _, err := c.Zone(ctx, ref, nil); return err }},
		{"probably lacks the permission dns:create", func() error { return c.CreateRecord(ctx, ref, r) }},
		{"probably lacks the permission dns:update", func() error { return c.UpdateRecord(ctx, ref, liveRecord("r", r), after) }},
		{"probably lacks the permission dns:delete", func() error { return c.DeleteRecord(ctx, ref, liveRecord("r", r)) }},
	} {
		want := "403 Forbidden: Missing permission: the token " + test.want + "; " + where
		if got := mustError(t, test.call()).Error(); !strings.HasSuffix(got, want) {
			t.Errorf("got\n%s\nwant at its end\n%s", got, want)
		}
	}
	// Any token may read its account, so no permission is missing.
	_, err := c.Check(ctx)
	if got := mustError(t, err).Error(); strings.Contains(got, "lacks") {
		t.Errorf("got %q, want no permission named", got)
	}
}

// An answer of any size costs a bounded amount of memory, and says something.
func TestLargeAnswers(t *testing.T) {
	_, err := answering(t, 200, "["+strings.Repeat(" ", maxBody)+"]").Zones(t.Context())
	if e := mustError(t, err); !strings.Contains(e.Error(), "larger than 10 MiB") || e.Attempts != 1 {
		t.Errorf("got %v", e)
	}
	_, err = answering(t, 400, `{"detail": "`+strings.Repeat("x", 1<<20)+`"}`).Zones(t.Context())
	if e := mustError(t, err); len(e.Error()) > 1000 || e.Status != 400 {
		t.Errorf("got %d bytes of error", len(e.Error()))
	}
	_, err = answering(t, 200, "["+strings.Repeat(" ", maxBody-2)+"]").Zones(t.Context())
	if err != nil {
		t.Errorf("got %v for an answer of 10 MiB", err)
	}
}

// Good answers that are none.
func TestUnusableAnswers(t *testing.T) {
	for body, want := range map[string]string{
		"": "answer is empty",
		"<html><title>Maintenance</title></html>": "answer is an HTML page, Maintenance, expected JSON",
		"[":                 "answer is not JSON",
		"[] []":             "answer is not JSON",
		`{"detail": "hi"}`:  "neither a list nor an object with results",
		`{"results": null}`: "neither a list nor an object with results",
		`{"results": "x"}`:  "neither a list nor an object with results",
		"7":                 "neither a list nor an object with results",
		"null":              "neither a list nor an object with results",
	} {
		_, err := answering(t, 200, body).Zones(t.Context())
		if e := mustError(t, err); !strings.Contains(e.Error(), want) || !strings.HasPrefix(e.Error(), "GET /dns-zones/: 200 OK: ") {
			t.Errorf("%s: got %q, want %q", body, e, want)
		}
	}
}

func FuzzError(f *testing.F) {
	const token = "vps_0123456789abcdef"
	for _, seed := range []string{
		"", "<title>x</title>", `{"detail": "x", "error_code": "y", "field": "z"}`, `["a", ["b"]]`, `{"a": {"b": {"c": ["d"]}}}`,
		"[[[[[[", `"` + token, token[:15], `{"detail": "` + token + `"}`, `{"` + token + `": ["x"]}`, "\xff" + token, token + token,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e := errorFrom(&http.Response{StatusCode: 400, Header: http.Header{}}, []byte(body), token)
		e.Method, e.Path = "GET", "/dns-zones/"
		text := e.Error()
		if strings.Contains(text, token[:12]) {
			t.Errorf("got the token in %q", text)
		}
		if len(text) > 4*maxDetail || !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x1b") {
			t.Errorf("got %q, want a short line", text)
		}
	})
}
