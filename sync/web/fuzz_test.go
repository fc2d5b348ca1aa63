package web

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// However a webhook looks: without the secret it triggers nothing, with it it is never
// called forged, and the answer is one of those that are promised.
func FuzzHook(f *testing.F) {
	f.Add(mainPush, "push", "application/json", "X-Hub-Signature-256", "sha256="+sign("guess", mainPush), "", "")
	f.Add(mainPush, "ping", "", "X-Gitea-Signature", "", "f1", "1700000000")
	f.Add(form(mainPush), "push", "application/x-www-form-urlencoded", "X-Hub-Signature", "sha1=00", "", "")
	f.Add(`{"ref":["refs/heads/main"]}`, "", "text/plain; x", "webhook-signature", "v1,AAAA v2,", "a.b", "-1")
	f.Add("\x00%zz&payload=%", "Push Hook", ";;", "X-Gitlab-Token", "guess", "f1", "1")
	f.Fuzz(func(t *testing.T, body, event, kind, name, value, id, timestamp string) {
		headers := []string{"X-GitHub-Event", event, "Content-Type", kind, "Webhook-Id", id, "Webhook-Timestamp", timestamp}
		forged := append(slices.Clone(headers), name, value)
		w := newWorld()
		rec := w.post(body, forged...)
		if !strings.Contains(value, testSecret) && w.triggered() != 0 {
			t.Errorf("forged: triggered, answer %d %s", rec.Code, rec.Body)
		}
		checkPromised(t, rec)

		genuine := append(headers, "X-Hub-Signature-256", "sha256="+sign(testSecret, body))
		rec = w.post(body, genuine...)
		if len(body) <= maxBody && rec.Code == http.StatusUnauthorized {
			t.Errorf("genuine: got %d %s", rec.Code, rec.Body)
		}
		checkPromised(t, rec)
		if got, want := w.triggered() > 0, rec.Code == http.StatusAccepted; got != want && !strings.Contains(value, testSecret) {
			t.Errorf("genuine: answer %d, triggered %t", rec.Code, got)
		}
	})
}

func checkPromised(t *testing.T, rec *httptest.ResponseRecorder) {
	t.Helper()
	if !slices.Contains([]int{200, 202, 400, 401, 413}, rec.Code) {
		t.Errorf("got %d %s, which nobody expects", rec.Code, rec.Body)
	}
	if got := strings.Count(rec.Body.String(), "\n"); got != 1 {
		t.Errorf("got %d lines, want 1: %q", got, rec.Body)
	}
}
