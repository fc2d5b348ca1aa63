package forge

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

// A roundTrip answers requests by itself.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func respond(r *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}

// took runs do in a bubble and returns how long it took there.
func took(t *testing.T, do func(t *testing.T)) time.Duration {
	t.Helper()
	var d time.Duration
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		do(t)
		d = time.Since(begin)
	})
	return d
}

func TestWaitsForRateLimits(t *testing.T) {
	t.Parallel()
	reset := func(after time.Duration) http.Header {
		return http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {strconv.FormatInt(time.Now().Add(after).Unix(), 10)}}
	}
	cases := []struct {
		name  string
		fault func() forgetest.Fault
		want  time.Duration
	}{
		{"secondary, with a wait", func() forgetest.Fault { return forgetest.SecondaryLimit("POST", "comments", "17") }, 17 * time.Second},
		{"secondary, without", func() forgetest.Fault { return forgetest.SecondaryLimit("POST", "comments", "") }, time.Minute},
		{"429", func() forgetest.Fault {
			return forgetest.Fault{Method: "POST", Path: "comments", Status: 429, Header: http.Header{"Retry-After": {"5"}}}
		}, 5 * time.Second},
		{"a proxy that says how long", func() forgetest.Fault {
			return forgetest.Fault{Method: "POST", Path: "comments", Status: 503, Header: http.Header{"Retry-After": {"20"}}}
		}, 20 * time.Second},
		{"secondary with 429, without", func() forgetest.Fault {
			f := forgetest.SecondaryLimit("POST", "comments", "")
			f.Status = http.StatusTooManyRequests
			return f
		}, time.Minute},
		{"429 without a wait", func() forgetest.Fault { return forgetest.Fault{Method: "POST", Path: "comments", Status: 429} }, time.Second},
		{"primary", func() forgetest.Fault {
			return forgetest.Fault{Method: "POST", Path: "comments", Status: 403, Header: reset(40 * time.Second), Body: `{"message":"API rate limit exceeded"}`}
		}, 41 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var s *forgetest.Server
			d := took(t, func(t *testing.T) {
				s = forgetest.NewGitHub(forgetest.Options{})
				s.Fail(c.fault())
				wantAction(t, say(t, newClient(t, optionsFor(GitHub, s)), Comment{Body: "one"}), Created)
			})
			if d != c.want {
				t.Errorf("waited %v, expected %v", d, c.want)
			}
			if len(s.Comments(1)) != 1 {
				t.Errorf("%d comments, expected 1", len(s.Comments(1)))
			}
		})
	}
}

func TestDoesNotWaitForLong(t *testing.T) {
	t.Parallel()
	d := took(t, func(t *testing.T) {
		s := forgetest.NewGitHub(forgetest.Options{})
		f := forgetest.SecondaryLimit("", "", "3600")
		s.Fail(f)
		_, err := newClient(t, optionsFor(GitHub, s)).Comment(context.Background(), Comment{Body: "one"})
		wantError(t, err, "403 Forbidden", "secondary rate limit", "the rate limit ends in 1h0m0s")
	})
	if d != 0 {
		t.Errorf("waited %v, expected to give up at once", d)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	t.Parallel()
	d := took(t, func(t *testing.T) {
		s := forgetest.NewGitHub(forgetest.Options{})
		f := forgetest.BadGateway("", "", false)
		f.Times = 100
		s.Fail(f)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := newClient(t, optionsFor(GitHub, s)).Comment(ctx, Comment{Body: "one"})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, expected that of the context", err)
		}
	})
	if d != 2*time.Second {
		t.Errorf("took %v, expected 2s", d)
	}
}

func TestSilentServer(t *testing.T) {
	t.Parallel()
	took(t, func(t *testing.T) {
		s := forgetest.NewGitHub(forgetest.Options{})
		o := optionsFor(GitHub, s)
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		_, err := newClient(t, o).Comment(t.Context(), Comment{Body: "one"})
		wantError(t, err, "no complete answer within 30s, after 5 attempts")
	})
}

// A call that never reached the forge is made again at once, without looking for its outcome.
func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	took(t, func(t *testing.T) {
		s := forgetest.NewGitHub(forgetest.Options{})
		o := optionsFor(GitHub, s)
		inner, refused := s.Transport(), false
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/comments") && !refused {
				refused = true
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
			}
			return inner.RoundTrip(r)
		})
		wantAction(t, say(t, newClient(t, o), Comment{Body: "one"}), Created)
		reads := 0
		for _, c := range s.Calls() {
			if strings.Contains(c.Path, "/comments") && c.Method == http.MethodGet {
				reads++
			}
		}
		if reads != 1 {
			t.Errorf("comments were read %d times, expected once", reads)
		}
	})
}

// Whatever a forge or proxy answers, and wherever it sends us: the token is in no error, and
// goes to no other host.
func TestTokenStaysSecret(t *testing.T) {
	t.Parallel()
	const token = "glpat-very+secret/token=="
	answers := []*http.Response{}
	for _, status := range []int{200, 204, 301, 302, 307, 400, 401, 403, 404, 422, 429, 500, 502} {
		for _, body := range []string{
			"", `{"message":"bad token ` + token + `"}`, `{"error":{"a":["` + token + `"]}}`, "<title>" + token + "</title>", token,
			strings.Repeat("x", 290) + token, `["` + token, `"` + token + `"`,
		} {
			answers = append(answers, respond(nil, status, http.Header{"Location": {"https://evil.example/?" + token}, "Link": {"<https://evil.example/" + token + `>; rel="next"`}}, body))
		}
	}
	for _, kind := range Kinds() {
		for _, a := range answers {
			body, err := io.ReadAll(a.Body)
			if err != nil {
				t.Fatal(err)
			}
			a.Body = io.NopCloser(strings.NewReader(string(body)))
			took(t, func(t *testing.T) {
				o := optionsFor(kind, newServer(kind, forgetest.Options{}))
				o.Credentials.Token = token
				o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
					if r.URL.Host != "forge.example" {
						t.Errorf("%s: called %s", kind, r.URL.Host)
					}
					return respond(r, a.StatusCode, a.Header.Clone(), string(body)), nil
				})
				c := newClient(t, o)
				_, first := c.Comment(t.Context(), Comment{Body: "one"})
				_, second := c.SetCheck(t.Context(), changes)
				_, third := c.FindPullRequest(t.Context(), Head{"fork/zones", "a", sha(1)}, "")
				for _, err := range []error{first, second, third} {
					if err == nil {
						continue
					}
					if strings.Contains(err.Error(), "very+secret") || strings.Contains(err.Error(), "secret%2F") || strings.Contains(err.Error(), "glpat-very") {
						t.Errorf("%s: %d with %q: error %q has the token", kind, a.StatusCode, body, err)
					}
				}
			})
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	const long, short = "glpat-very+secret", "hunter2"
	for text, want := range map[string]string{
		"a " + long + " b":      "a [token] b",
		"a glpat-very+s":        "a [token]",
		"a glpat-very+sock":     "a [token]ock",
		"glpat-very%2Bsecret!":  "[token]!",
		long + long[:12] + long: "[token][token][token]",
		"a " + short + ".":      "a [token].",
		"a hunter b":            "a hunter b",
		"glpat-ver":             "glpat-ver",
	} {
		if got := redact(text, []string{long, "", short}); got != want {
			t.Errorf("redact %q: %q, expected %q", text, got, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitLab(forgetest.Options{})
	o := optionsFor(GitLab, s)
	inner := s.Transport()
	renamed := "https://forge.example/api/v4/elsewhere"
	o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.String() == renamed {
			r = r.Clone(r.Context())
			r.URL.Path = "/api/v4/user"
			return inner.RoundTrip(r)
		}
		if strings.HasSuffix(r.URL.Path, "/user") {
			return respond(r, 301, http.Header{"Location": {renamed}}, ""), nil
		}
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/notes") {
			return respond(r, 307, http.Header{"Location": {"https://forge.example/api/v4/new"}}, ""), nil
		}
		return inner.RoundTrip(r)
	})
	_, err := newClient(t, o).Comment(context.Background(), Comment{Body: "one"})
	wantError(t, err, "POST", "307", "redirect to https://forge.example/api/v4/new refused (was the repository renamed?)")
	if strings.Contains(err.Error(), "attempts") {
		t.Errorf("error %q, expected a single attempt", err)
	}
}

func TestListsEnd(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	for name, link := range map[string]string{
		"does not end":        `<https://forge.example/api/v3/repos/acme/zones/issues/1/comments?per_page=100>; rel="next"`,
		"leads out":           `<https://forge.example/admin>; rel="next"`,
		"the next page is no": `<http://%zz>; rel="next"`,
	} {
		o := optionsFor(GitHub, s)
		inner := s.Transport()
		o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := inner.RoundTrip(r)
			if err == nil && strings.Contains(r.URL.Path, "/comments") {
				resp.Header.Set("Link", link)
			}
			return resp, err
		})
		_, err := newClient(t, o).Comment(context.Background(), Comment{Body: "one"})
		wantError(t, err, "/comments")
		if len(s.Comments(1)) > 0 {
			t.Errorf("%s: a comment was made although not all were read", name)
		}
	}
}

// A forge behind a proxy writes its own address into links. They are followed at the address
// that was given.
func TestLinksOfAForgeBehindAProxy(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitLab(forgetest.Options{PageSize: 1})
	s.AddComment(1, "reviewer", "remark")
	s.AddComment(1, "robot", marked("plan", "old"))
	o := optionsFor(GitLab, s)
	inner := s.Transport()
	o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "forge.example" || r.URL.Scheme != "https" {
			t.Errorf("called %s", r.URL)
		}
		resp, err := inner.RoundTrip(r)
		if err == nil {
			resp.Header.Set("Link", strings.ReplaceAll(resp.Header.Get("Link"), "https://forge.example", "http://gitlab.internal:8080"))
		}
		return resp, err
	})
	wantAction(t, say(t, newClient(t, o), Comment{Body: "one"}), Updated)
}

func TestNextLink(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	a, _, err := newAPI(optionsFor(GitHub, s).Target, optionsFor(GitHub, s))
	if err != nil {
		t.Fatal(err)
	}
	const base = "https://forge.example/api/v3"
	for header, want := range map[string]string{
		"":                                    "",
		`<` + base + `/a?page=1>; rel="prev"`: "",
		`<` + base + `/a?page=1>; rel="prev", <` + base + `/a?page=3>; rel="next"`:    base + "/a?page=3",
		`<` + base + `/a?x=1,2;3&page=2>;rel=next`:                                    base + "/a?x=1,2;3&page=2",
		`<` + base + `/a?page=2>; title="rel=next, <b>"; rel="last"`:                  "",
		`</api/v3/a?page=2>; rel="next last"`:                                         base + "/a?page=2",
		`<` + base + `/a?page=9>; rel="last", <` + base + `/a?page=2>; foo; REL=NEXT`: base + "/a?page=2",
	} {
		u, err := a.next(answer{header: http.Header{"Link": {header}}, url: a.endpoint("a")})
		got := ""
		if u != nil {
			got = u.String()
		}
		if got != want || err != nil {
			t.Errorf("link %q: next %q, %v, expected %q", header, got, err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	for want, change := range map[string]func(*Options){
		"would send the token in the clear":      func(o *Options) { o.Target.URL = "http://forge.example" },
		"user name or password":                  func(o *Options) { o.Target.URL = "https://a:hunter2@forge.example" },
		"query or a fragment":                    func(o *Options) { o.Target.URL = "https://forge.example?token=hunter2" },
		"expected github, gitlab, gitea":         func(o *Options) { o.Target.Kind = "bitbucket" },
		"repository: not set":                    func(o *Options) { o.Target.Repository = "" },
		"expected owner/name":                    func(o *Options) { o.Target.Repository = "acme/../zones" },
		"token: none":                            func(o *Options) { o.Credentials = Credentials{} },
		"characters that no token has":           func(o *Options) { o.Credentials.Token = "hunter2 hunter2" },
		"expected GitHub, an id, a key":          func(o *Options) { o.Credentials = Credentials{App: &App{}} },
		"expected 40 or 64 lower-case":           func(o *Options) { o.Target.Commit = "HEAD" },
		"GraphQL URL: http to \"forge.example\"": func(o *Options) { o.Target.GraphQL = "http://forge.example/graphql" },
	} {
		o := optionsFor(GitHub, s)
		change(&o)
		_, err := New(o)
		wantError(t, err, want)
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("error %q shows a secret", err)
		}
	}
}

// The token goes to the API's host only, also for GraphQL.
func TestGraphQLAtAnotherHost(t *testing.T) {
	t.Parallel()
	s := forgetest.NewGitHub(forgetest.Options{})
	o := optionsFor(GitHub, s)
	o.Target.GraphQL = "https://evil.example/graphql"
	_, err := newClient(t, o).Comment(context.Background(), Comment{Body: "one"})
	wantError(t, err, "the token is not sent there")
}

// Whatever a forge writes into a Link header: the next page is one of its API, or an error.
func FuzzNextLink(f *testing.F) {
	f.Add(`<https://forge.example/api/v3/a?page=2>; rel="next"`)
	f.Add(`<//evil.example/api/v3/../../x>; rel=next`)
	f.Add(`</api/v3/%2e%2e/x>; rel="prev next", <`)
	s := forgetest.NewGitHub(forgetest.Options{})
	a, _, err := newAPI(optionsFor(GitHub, s).Target, optionsFor(GitHub, s))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		u, err := a.next(answer{header: http.Header{"Link": {header}}, url: a.endpoint("a")})
		if err != nil || u == nil {
			return
		}
		if !sameOrigin(u, a.base) || u.User != nil || !strings.HasPrefix(u.EscapedPath(), "/api/v3/") {
			t.Errorf("link %q leads to %s", header, u)
		}
	})
}
