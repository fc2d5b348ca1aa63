package web

import (
	"encoding/base64"
	"net/http"
	"testing"
)

// The services' own examples, so that we do not only agree with ourselves.
func TestPublishedSignatures(t *testing.T) {
	for _, tt := range []struct {
		name, secret, body string
		headers            []string
	}{
		{
			"GitHub's documentation", "It's a Secret to Everybody", "Hello, World!",
			[]string{"X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
		},
		{
			"RFC 4231, section 4.3", "Jefe", "what do ya want for nothing?",
			[]string{"X-Gitea-Signature", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		},
		{
			"Standard Webhooks", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", `{"test": 2432232314}`,
			[]string{
				"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp", "1614265330",
				"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
			},
		},
	} {
		h := make(http.Header)
		setAll(h, tt.headers)
		p, err := readProof(h)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if !p.shows(tt.secret, []byte(tt.body)) {
			t.Errorf("%s: got refused, want accepted", tt.name)
		}
		if p.shows(tt.secret, []byte(tt.body+".")) || p.shows(tt.secret+"A", []byte(tt.body)) || p.shows("", []byte(tt.body)) {
			t.Errorf("%s: got another body or secret accepted, want refused", tt.name)
		}
	}
}

// standardHeaders are what GitLab sends where a signing token is set.
func standardHeaders(id, timestamp, signature string) []string {
	return []string{"X-Gitlab-Event", "Push Hook", "webhook-id", id, "webhook-timestamp", timestamp, "webhook-signature", signature}
}

func TestStandardSignature(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString(testSecret[len("whsec_"):])
	if err != nil {
		t.Fatal(err)
	}
	signature := func(id, timestamp, body string) string {
		return "v1," + base64.StdEncoding.EncodeToString(mac(key, []byte(id+"."+timestamp+"."+body)))
	}
	right := signature("f1", "1700000000", mainPush)
	wrong := signature("f2", "1700000000", mainPush)
	for _, tt := range []struct {
		name    string
		headers []string
		code    int
		says    string
	}{
		{"right", standardHeaders("f1", "1700000000", right), 202, "accepted"},
		{"right among others", standardHeaders("f1", "1700000000", "v1a,zzzz "+wrong+" "+right), 202, "accepted"},
		{"right before others", standardHeaders("f1", "1700000000", right+" "+wrong), 202, "accepted"},
		{"wrong, token right", append(standardHeaders("f1", "1700000000", wrong), "X-Gitlab-Token", testSecret), 202, "accepted"},
		{"wrong", standardHeaders("f1", "1700000000", wrong), 401, "does not fit"},
		{"of another time", standardHeaders("f1", "1700000001", right), 401, "does not fit"},
		{"time is no number", standardHeaders("f1", "now", right), 401, "webhook-timestamp"},
		{"time is missing", standardHeaders("f1", "", right), 401, "webhook-timestamp"},
		{"number is missing", standardHeaders("", "1700000000", right), 401, "webhook-id"},
		// The same signed text, cut at another dot.
		{"dot moved", standardHeaders("f1.1700000000", "1", signature("f1.1700000000", "1", mainPush)), 401, "webhook-id"},
		{"other version", standardHeaders("f1", "1700000000", "v2,"+right[3:]), 401, "no HMAC-SHA256"},
		{"truncated", standardHeaders("f1", "1700000000", right[:20]), 401, "no HMAC-SHA256"},
	} {
		t.Run(tt.name, func(t *testing.T) { checkHook(t, mainPush, tt.headers, tt.code, tt.says) })
	}

	// A secret of another form has no key that GitLab could sign with.
	for _, secret := range []string{"plain", "whsec_", "whsec_!!", testSecret[len("whsec_"):]} {
		w := newWorld()
		w.secret = secret
		if got, want := w.post(mainPush, standardHeaders("f1", "1700000000", right)...).Code, 401; got != want {
			t.Errorf("secret %q: got %d, want %d", secret, got, want)
		}
	}

	// An empty key is one that everybody can sign with.
	w := newWorld()
	w.secret = "whsec_"
	empty := "v1," + base64.StdEncoding.EncodeToString(mac(nil, []byte("f1.1700000000."+mainPush)))
	if got, want := w.post(mainPush, standardHeaders("f1", "1700000000", empty)...).Code, 401; got != want {
		t.Errorf("signed with an empty key: got %d, want %d", got, want)
	}
}
