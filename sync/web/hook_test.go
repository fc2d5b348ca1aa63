package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const mainPush = `{"ref":"refs/heads/main","after":"1111111111111111111111111111111111111111","commits":[]}`

func TestHookAnswers(t *testing.T) {
	right := "sha256=" + sign(testSecret, mainPush)
	tests := []struct {
		name    string
		body    string
		headers []string
		code    int
		says    string
	}{
		{"GitHub", mainPush, signed(mainPush), 202, "accepted: a pull was asked for"},
		{"Gitea", mainPush, []string{"X-Gitea-Event", "push", "X-Gitea-Signature", sign(testSecret, mainPush)}, 202, "accepted"},
		{"Forgejo", mainPush, []string{"X-Forgejo-Event", "push", "X-Forgejo-Signature", sign(testSecret, mainPush)}, 202, "accepted"},
		{"Forgejo, all headers", mainPush, []string{
			"X-Forgejo-Event", "push", "X-Gitea-Event", "push", "X-GitHub-Event", "push", "X-Hub-Signature", "sha1=00",
			"X-Forgejo-Signature", sign(testSecret, mainPush), "X-Gitea-Signature", sign(testSecret, mainPush), "X-Hub-Signature-256", right,
		}, 202, "accepted"},
		{"GitLab token", mainPush, []string{"X-Gitlab-Event", "Push Hook", "X-Gitlab-Token", testSecret}, 202, "accepted"},
		{"GitLab system hook", mainPush, []string{"X-Gitlab-Event", "System Hook", "X-Gitlab-Token", testSecret}, 202, "accepted"},
		{"no event named", mainPush, []string{"X-Hub-Signature-256", right}, 202, "accepted"},
		{"upper-case digits", mainPush, []string{"X-Hub-Signature-256", "sha256=" + strings.ToUpper(sign(testSecret, mainPush))}, 202, "accepted"},
		{"GitHub's form", form(mainPush), append(signed(form(mainPush)), "Content-Type", "application/x-www-form-urlencoded"), 202, "accepted"},

		{"not signed", mainPush, []string{"X-GitHub-Event", "push"}, 401, "not signed"},
		{"signature empty", mainPush, []string{"X-Hub-Signature-256", ""}, 401, "no HMAC-SHA256"},
		{"Gitea without a secret", mainPush, []string{"X-Gitea-Signature", ""}, 401, "no HMAC-SHA256"},
		{"GitLab token empty", mainPush, []string{"X-Gitlab-Token", ""}, 401, "not signed"},
		{"forged", mainPush, []string{"X-Hub-Signature-256", "sha256=" + sign("guess", mainPush)}, 401, "does not fit"},
		{"of another body", mainPush, signed(mainPush + " "), 401, "does not fit"},
		{"token forged", mainPush, []string{"X-Gitlab-Token", testSecret[:len(testSecret)-1]}, 401, "does not fit"},
		{"truncated", mainPush, []string{"X-Hub-Signature-256", right[:len(right)-2]}, 401, "no HMAC-SHA256"},
		{"half a byte", mainPush, []string{"X-Hub-Signature-256", right[:len(right)-1]}, 401, "no HMAC-SHA256"},
		{"too long", mainPush, []string{"X-Hub-Signature-256", right + "00"}, 401, "no HMAC-SHA256"},
		{"without prefix", mainPush, []string{"X-Hub-Signature-256", sign(testSecret, mainPush)}, 401, "no HMAC-SHA256"},
		{"prefix of SHA-1", mainPush, []string{"X-Hub-Signature-256", "sha1=" + sign(testSecret, mainPush)}, 401, "no HMAC-SHA256"},
		{"prefix in capitals", mainPush, []string{"X-Hub-Signature-256", "SHA256=" + sign(testSecret, mainPush)}, 401, "no HMAC-SHA256"},
		{"SHA-1 alone", mainPush, []string{"X-Hub-Signature", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"}, 401, "SHA-1 alone"},
		{"Gitea with prefix", mainPush, []string{"X-Gitea-Signature", right}, 401, "no HMAC-SHA256"},
		{"sent twice", mainPush, []string{"X-Hub-Signature-256", right, "X-Hub-Signature-256", right}, 401, "sent twice"},
		{"one of two forged", mainPush, []string{"X-Hub-Signature-256", right, "X-Gitea-Signature", sign("guess", mainPush)}, 401, "does not fit"},
		{"the other of two forged", mainPush, []string{"X-Hub-Signature-256", "sha256=" + sign("guess", mainPush), "X-Gitea-Signature", sign(testSecret, mainPush)}, 401, "does not fit"},
		{"forged beside a token", mainPush, []string{"X-Hub-Signature-256", "sha256=" + sign("guess", mainPush), "X-Gitlab-Token", testSecret}, 401, "does not fit"},
		{"a form signed before it was wrapped", form(mainPush), append(signed(mainPush), "Content-Type", "application/x-www-form-urlencoded"), 401, "application/json"},

		{"ping", `{"zen":"…"}`, []string{"X-GitHub-Event", "ping", "X-Hub-Signature-256", "sha256=" + sign(testSecret, `{"zen":"…"}`)}, 200, "pinged: the signature fits"},
		{"ping, forged", `{}`, []string{"X-GitHub-Event", "ping", "X-Hub-Signature-256", right}, 401, "does not fit"},
		{"other event", `{"ref":"refs/heads/main"}`, []string{"X-GitHub-Event", "create", "X-Hub-Signature-256", "sha256=" + sign(testSecret, `{"ref":"refs/heads/main"}`)}, 200, "only pushes"},
		{"other event of GitLab", mainPush, []string{"X-Gitlab-Event", "Note Hook", "X-Gitlab-Token", testSecret}, 200, "only pushes"},
	}
	for _, ref := range []string{"refs/heads/dev", "refs/heads/Main", "refs/heads/main2", "refs/heads/x/main", "refs/tags/main", "refs/tags/v1", "main", "refs/notes/main", "refs/heads/"} {
		body := fmt.Sprintf(`{"ref":%q}`, ref)
		tests = append(tests, struct {
			name    string
			body    string
			headers []string
			code    int
			says    string
		}{ref, body, signed(body), 200, "not to the branch"})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkHook(t, tt.body, tt.headers, tt.code, tt.says) })
	}
}

func form(body string) string { return url.Values{"payload": {body}}.Encode() }

// checkHook asserts the answer, that it was one line, that the log got one line, and
// that exactly the accepted ones trigger.
func checkHook(t *testing.T, body string, headers []string, code int, says string) {
	t.Helper()
	w := newWorld()
	rec := w.post(body, headers...)
	if got, want := rec.Code, code; got != want {
		t.Errorf("code: got %d, want %d", got, want)
	}
	if got := rec.Body.String(); !strings.Contains(got, says) || strings.Count(got, "\n") != 1 {
		t.Errorf("answer: got %q, want one line with %q", got, says)
	}
	if got, want := w.triggered(), map[bool]int{true: 1}[code == http.StatusAccepted]; got != want {
		t.Errorf("triggers: got %d, want %d", got, want)
	}
	if got, want := w.log.lines(), 1; got != want {
		t.Errorf("log lines: got %d, want %d:\n%s", got, want, w.log.String())
	}
	if !strings.Contains(w.log.String(), `"remote":"192.0.2.1:1234"`) {
		t.Errorf("log: got %s, want the remote address", w.log.String())
	}
}

// What a genuine sender gets wrong is answered, never followed.
func TestHookGenuineButMalformed(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for body, code := range map[string]int{
		``:                                 400,
		`{`:                                400,
		`not JSON`:                         400,
		`{"ref":"refs/heads/main"} {}`:     400,
		`{"ref":7}`:                        400,
		`["refs/heads/main"]`:              400,
		"\xff\xfe":                         400,
		deep:                               400,
		`null`:                             200,
		`{}`:                               200,
		`{"ref":null}`:                     200,
		`{"ref":""}`:                       200,
		`{"event_name":"project_create"}`:  200,
		`{"ref":"refs/heads/main","x":{}}`: 202,
		// A branch that was deleted: the cycle is to find out.
		`{"ref":"refs/heads/main","after":"0000000000000000000000000000000000000000","deleted":true}`: 202,
		`{"ref":"refs/heads/dev","after":"0000000000000000000000000000000000000000","deleted":true}`:  200,
	} {
		w := newWorld()
		rec := w.post(body, signed(body)...)
		if got, want := rec.Code, code; got != want {
			t.Errorf("%.60q: got %d %s, want %d", body, got, rec.Body, want)
		}
		if got, want := w.triggered() == 1, code == 202; got != want {
			t.Errorf("%.60q: triggered: got %t, want %t", body, got, want)
		}
	}
}

func TestHookBranch(t *testing.T) {
	for _, tt := range []struct {
		branch, ref string
		want        int
	}{
		{"main", "refs/heads/main", 202},
		{"refs/heads/main", "refs/heads/main", 202},
		{"team/dns", "refs/heads/team/dns", 202},
		{"dns", "refs/heads/team/dns", 200},
		{"", "refs/heads/whatever", 202}, // not known yet
		{"", "refs/tags/v1", 200},
	} {
		w := newWorld()
		w.branch = tt.branch
		body := fmt.Sprintf(`{"ref":%q}`, tt.ref)
		if got := w.post(body, signed(body)...).Code; got != tt.want {
			t.Errorf("branch %q, push to %s: got %d, want %d", tt.branch, tt.ref, got, tt.want)
		}
	}
}

// A delivery played back asks for a pull again and does no other harm.
func TestHookReplay(t *testing.T) {
	w := newWorld()
	for range 3 {
		if got, want := w.post(mainPush, signed(mainPush)...).Code, 202; got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	}
	if got, want := w.triggered(), 3; got != want {
		t.Errorf("triggers: got %d, want %d", got, want)
	}
}

func TestHookGate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*world)
		method string
		code   int
		allow  string
	}{
		{"no secret", func(w *world) { w.secret = "" }, http.MethodPost, 404, ""},
		{"no secret, GET", func(w *world) { w.secret = "" }, http.MethodGet, 404, ""},
		{"secret unreadable", func(w *world) { w.unread = errors.New("open /run/secret: permission denied") }, http.MethodPost, 503, ""},
		{"GET", func(*world) {}, http.MethodGet, 405, "POST"},
		{"HEAD", func(*world) {}, http.MethodHead, 405, "POST"},
		{"PUT", func(*world) {}, http.MethodPut, 405, "POST"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			tt.change(w)
			r := hookRequest(strings.NewReader(mainPush), signed(mainPush)...)
			r.Method = tt.method
			rec := w.do(r)
			if rec.Code != tt.code || rec.Header().Get("Allow") != tt.allow {
				t.Errorf("got %d, Allow %q, want %d, %q", rec.Code, rec.Header().Get("Allow"), tt.code, tt.allow)
			}
			if strings.Contains(rec.Body.String(), "/run/secret") {
				t.Errorf("the answer names a file: %s", rec.Body)
			}
			if got := w.triggered(); got != 0 {
				t.Errorf("triggers: got %d, want 0", got)
			}
		})
	}
}

// A secret rotated on disk counts from the next request on, and the old one no more.
func TestSecretsRotate(t *testing.T) {
	w := newWorld()
	old := signed(mainPush)
	if got, want := w.post(mainPush, old...).Code, 202; got != want {
		t.Fatalf("before: got %d, want %d", got, want)
	}
	w.secret, w.token = "next-secret", "next-token"
	if got, want := w.post(mainPush, old...).Code, 401; got != want {
		t.Errorf("old secret: got %d, want %d", got, want)
	}
	if got, want := w.post(mainPush, "X-Hub-Signature-256", "sha256="+sign("next-secret", mainPush)).Code, 202; got != want {
		t.Errorf("new secret: got %d, want %d", got, want)
	}
	if got, want := w.do(syncRequest("Authorization", "Bearer "+testToken)).Code, 401; got != want {
		t.Errorf("old token: got %d, want %d", got, want)
	}
	if got, want := w.do(syncRequest("Authorization", "Bearer next-token")).Code, 202; got != want {
		t.Errorf("new token: got %d, want %d", got, want)
	}
}
