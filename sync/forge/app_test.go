package forge

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zonetender/zonetender/sync/forge/forgetest"
)

// appKey returns a key that the tests share, as making one takes a while.
var appKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func appServer() *forgetest.Server {
	return forgetest.NewGitHub(forgetest.Options{App: &forgetest.App{ID: "12345", Slug: "tender", Installation: 99, Key: &appKey().PublicKey}})
}

func appOptions(s *forgetest.Server, installation int64) Options {
	o := optionsFor(GitHub, s)
	o.Credentials = Credentials{App: &App{ID: "12345", Installation: installation, Key: appKey()}}
	return o
}

// An App comments and checks under its own name, whether its installation is given or found.
func TestApp(t *testing.T) {
	t.Parallel()
	for _, installation := range []int64{99, 0} {
		synctest.Test(t, func(t *testing.T) {
			s := appServer()
			s.AddComment(1, "tender", marked("plan", "a user of that name"))
			o := appOptions(s, installation)
			wantAction(t, say(t, newClient(t, o), Comment{Body: "one"}), Created)
			wantAction(t, say(t, newClient(t, o), Comment{Body: "two"}), Updated)
			wantAction(t, set(t, o, changes), Created)
			wantAction(t, set(t, o, changes), Unchanged)
			if got := s.Comments(1)[1]; got.Author != "tender[bot]" || got.Body != marked("plan", "two") {
				t.Errorf("comment %+v, expected one of the App", got)
			}
			if got := run(t, s); got.App != "tender" {
				t.Errorf("check run %+v, expected one of the App", got)
			}
		})
	}
}

// A token is used until it is about to end, and then replaced.
func TestAppTokenIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := appServer()
		c := newClient(t, appOptions(s, 99))
		made := func() int {
			n := 0
			for _, call := range s.Calls() {
				if strings.HasSuffix(call.Path, "/access_tokens") {
					n++
				}
			}
			return n
		}
		for _, step := range []struct {
			after time.Duration
			want  int
		}{{0, 1}, {49 * time.Minute, 1}, {2 * time.Minute, 2}} {
			time.Sleep(step.after) // of the bubble's clock
			say(t, c, Comment{Body: "one"})
			if got := made(); got != step.want {
				t.Errorf("after %v: %d tokens made, expected %d", step.after, got, step.want)
			}
		}
	})
}

func TestAppIsRefused(t *testing.T) {
	t.Parallel()
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]App{
		"could not be decoded":          {ID: "12345", Installation: 99, Key: other},
		"Integration not found":         {ID: "54321", Installation: 99, Key: appKey()},
		"404 Not Found":                 {ID: "12345", Installation: 98, Key: appKey()},
		"check the App's id, installat": {ID: "12345", Installation: 97, Key: appKey()},
	}
	for want, app := range cases {
		o := optionsFor(GitHub, appServer())
		o.Credentials = Credentials{App: &app}
		c := newClient(t, o)
		_, err := c.FindPullRequest(context.Background(), Head{"acme/zones", "change", forgetest.DefaultCommit}, "")
		wantError(t, err, want)
		if strings.Contains(err.Error(), "eyJ") {
			t.Errorf("error %q holds a JWT", err)
		}
	}
}

func TestAppTokensStaySecret(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, path := range []string{"/access_tokens", "/app", "/comments"} {
			s := appServer()
			s.Fail(forgetest.Fault{Path: path, Status: 422, Body: `{"message":"what is $TOKEN?"}`})
			_, err := newClient(t, appOptions(s, 99)).Comment(t.Context(), Comment{Body: "one"})
			wantError(t, err, "what is [token]?")
		}
	})
}

func TestParseKey(t *testing.T) {
	t.Parallel()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(appKey())
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	notRSA, err := x509.MarshalPKCS8PrivateKey(curve)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	for _, good := range [][]byte{block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(appKey())), block("PRIVATE KEY", pkcs8)} {
		if key, err := ParseKey(good); err != nil || !key.Equal(appKey()) {
			t.Errorf("key not read: %v", err)
		}
	}
	for _, bad := range [][]byte{nil, []byte("secret"), block("PRIVATE KEY", []byte("secret")), block("PRIVATE KEY", notRSA)} {
		_, err := ParseKey(bad)
		wantError(t, err, "expected the PEM file that GitHub made")
	}
}
