package web

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// An event is what a webhook's header says it is about. The header is not signed: it
// may make a push be ignored, and nothing else.
type event struct {
	service string // for the log, one of ours
	name    string // as the service calls it, "" where it does not say
}

// eventHeaders are in the order in which they are looked for: Forgejo sends Gitea's as
// well, and both send GitHub's.
var eventHeaders = [...]struct{ name, service string }{
	{"X-Forgejo-Event", "Forgejo"},
	{"X-Gitea-Event", "Gitea"},
	{"X-Gitlab-Event", "GitLab"},
	{"X-Github-Event", "GitHub"},
}

func readEvent(h http.Header) event {
	for _, header := range eventHeaders {
		if name := h.Get(header.name); name != "" {
			return event{header.service, name}
		}
	}
	return event{service: "unknown"}
}

func (e event) ping() bool { return e.name == "ping" }

// mayPush reports whether the event may be a push to a branch. Others have a ref as
// well, with another meaning.
func (e event) mayPush() bool {
	switch e.name {
	case "", "push", "Push Hook", "Tag Push Hook", "System Hook":
		return true
	}
	return false
}

var errNoJSON = errors.New("the body is not the JSON of a webhook")

// pushedRef returns the full name of the reference that was pushed, "" where the body
// names none. Nothing else of the body is looked at, as services differ in the rest and
// change it. The content type matters only for GitHub's form, which wraps the JSON.
func pushedRef(h http.Header, body []byte) (string, error) {
	if isForm(h) {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return "", errNoJSON
		}
		body = []byte(form.Get("payload"))
	}
	var push struct {
		Ref string `json:"ref"`
	}
	// The decoder's own words would repeat a part of the body.
	if err := json.Unmarshal(body, &push); err != nil {
		return "", errNoJSON
	}
	return push.Ref, nil
}

func isForm(h http.Header) bool {
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return kind == "application/x-www-form-urlencoded"
}

// follows reports whether a pushed reference is the branch that is followed. A branch
// that was deleted counts: the cycle finds it gone, and says so at once.
func follows(ref, branch string) bool {
	pushed, ok := strings.CutPrefix(ref, "refs/heads/")
	branch = strings.TrimPrefix(branch, "refs/heads/")
	return ok && (branch == "" || pushed == branch)
}
