package forgetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

type kind int

const (
	github kind = iota
	gitlab
	gitea
)

const (
	graphQLPath = "/graphql"
	maxBody     = 4 << 20 // bytes of a request
)

// A Server is a simulated forge. Make one with [NewGitHub], [NewGitLab] or [NewGitea]; the
// zero value is invalid. Its methods may be called from several goroutines at once.
type Server struct {
	kind   kind
	opts   Options
	prefix string
	mux    *http.ServeMux

	mu     sync.Mutex
	store  store
	faults []*Fault
}

func newServer(k kind, opts Options, prefix string) *Server {
	return &Server{kind: k, opts: opts.complete(k), prefix: prefix, mux: http.NewServeMux()}
}

// Prefix returns the path below which the REST API lies, without a final slash. GitHub's
// GraphQL API is at "/api/graphql". A GitHub server also answers as api.github.com does,
// without a prefix.
func (s *Server) Prefix() string { return s.prefix }

// Token returns the value of the first token that the server accepts.
func (s *Server) Token() string { return s.opts.Tokens[0].Value }

// An exchange is a request with what is known of it.
type exchange struct {
	server *Server
	r      *http.Request
	who    Token
	jwt    bool // authorized as an App itself
	body   []byte
	base   string // the URL of the API, as the client knows it
}

// A reply is an answer: the body becomes JSON, except for nil.
type reply struct {
	status int
	header http.Header
	body   any
}

func ok(body any) reply      { return reply{status: http.StatusOK, body: body} }
func created(body any) reply { return reply{status: http.StatusCreated, body: body} }

// refuse returns a refusal in the shape of every forge here.
func refuse(status int, message string) reply {
	return reply{status: status, body: map[string]string{"message": message}}
}

// baseKey is the key of a request's context for the URL of the API.
type baseKey struct{}

type handler func(x *exchange) reply

// handle registers a handler. A query may hold the parameters named, and no other.
func (s *Server) handle(pattern string, h handler, parameters ...string) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		write(w, s.perform(r, h, parameters))
	})
}

// perform checks what holds for every call and runs its handler.
func (s *Server) perform(r *http.Request, h handler, parameters []string) reply {
	base, _ := r.Context().Value(baseKey{}).(string)
	x := &exchange{server: s, r: r, base: base}
	if no, refused := x.authenticate(); refused {
		return no
	}
	for name := range r.URL.Query() {
		if !slices.Contains(parameters, name) {
			return refuse(http.StatusBadRequest, "unknown query parameter "+name)
		}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case err != nil || len(body) > maxBody:
		return refuse(http.StatusRequestEntityTooLarge, "body is too large or broken")
	case len(body) > 0 && r.Header.Get("Content-Type") != "application/json":
		return refuse(http.StatusUnsupportedMediaType, "expected application/json")
	case len(body) > 0 && r.Method == http.MethodGet:
		return refuse(http.StatusBadRequest, "GET takes no body")
	}
	x.body = body
	return h(x)
}

func origin(r *http.Request) string {
	scheme, host := "http", r.Host
	if r.URL.Scheme != "" {
		scheme = r.URL.Scheme
	}
	if host == "" {
		host = r.URL.Host
	}
	return scheme + "://" + host
}

// decode reads the body into a value, without fields that the value does not have.
func (x *exchange) decode(into any) error {
	dec := json.NewDecoder(bytes.NewReader(x.body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the body")
	}
	return nil
}

// may reports whether the token has a permission.
func (x *exchange) may(permission string) bool {
	return x.who.Permissions == nil || slices.Contains(x.who.Permissions, permission)
}

// pull returns a pull request by its number in the path, nil if there is none.
func (x *exchange) pull() *PullRequest {
	for i, p := range x.server.opts.PullRequests {
		if itoa(p.Number) == x.r.PathValue("number") {
			return &x.server.opts.PullRequests[i]
		}
	}
	return nil
}

// hasCommit reports whether the repository has a commit: a fork's is there by the ref of its
// pull request.
func (x *exchange) hasCommit(id string) bool {
	return slices.ContainsFunc(x.server.opts.PullRequests, func(p PullRequest) bool { return p.HeadCommit == id })
}

func write(w http.ResponseWriter, rep reply) {
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	if rep.body == nil {
		w.WriteHeader(rep.status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(rep.status)
	if err := json.NewEncoder(w).Encode(rep.body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

func isBot(login string) bool { return strings.HasSuffix(login, "[bot]") }

func validURL(text string) bool {
	u, err := url.Parse(text)
	return text == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
