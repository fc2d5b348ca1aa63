package forge

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// An App is a GitHub App that acts as one of its installations.
type App struct {
	// ID is the App's id or client id.
	ID string
	// Installation is the number of the installation; 0 means that of the repository.
	Installation int64
	// Key is the App's private key.
	Key *rsa.PrivateKey
}

// ParseKey parses the private key of a GitHub App: PEM, PKCS #1 as GitHub makes it, or
// PKCS #8. Its errors hold nothing of the key.
func ParseKey(data []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not a private key, expected the PEM file that GitHub made")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("not a private key, expected the PEM file that GitHub made")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("not an RSA key, expected the PEM file that GitHub made")
	}
	return key, nil
}

const (
	tokenAge  = 9 * time.Minute  // of a JWT; GitHub accepts at most ten
	clockSlip = time.Minute      // by which the two clocks may differ
	tokenLeft = 10 * time.Minute // an installation's token is replaced this long before it ends
)

// jwt returns a token by which an App identifies itself (RFC 7519, RS256).
//
// Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App".
func (a *App) jwt(now time.Time) (string, error) {
	claims, err := json.Marshal(struct {
		Issued  int64  `json:"iat"`
		Expires int64  `json:"exp"`
		Issuer  string `json:"iss"`
	}{now.Add(-clockSlip).Unix(), now.Add(tokenAge).Unix(), a.ID})
	if err != nil {
		return "", fmt.Errorf("github app: sign token: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, a.Key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("github app: sign token: %w", err)
	}
	return signed + "." + encode(signature), nil
}

// An appSession obtains the tokens of an App's installation.
type appSession struct {
	app        *App
	repository string

	mu    sync.Mutex
	jwt   string
	token string
	ends  time.Time
}

// secrets returns the tokens in use.
func (s *appSession) secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return []string{s.jwt, s.token}
}

// sign returns a fresh JWT.
func (s *appSession) sign() (string, error) {
	jwt, err := s.app.jwt(time.Now())
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jwt = jwt
	return jwt, nil
}

// current returns the installation's token if it is good for a while.
func (s *appSession) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Now().Before(s.ends.Add(-tokenLeft)) {
		return s.token
	}
	return ""
}

// installationToken returns a token of the App's installation, a new one where needed.
func (s *appSession) installationToken(ctx context.Context, a *api) (string, error) {
	if token := s.current(); token != "" {
		return token, nil
	}
	jwt, err := s.sign()
	if err != nil {
		return "", err
	}
	id := s.app.Installation
	if id == 0 {
		var found struct{ ID int64 }
		if err := s.ask(ctx, a, jwt, http.MethodGet, &found, append([]string{"repos"}, append(split(s.repository), "installation")...)...); err != nil {
			return "", withHint(err, "is the App installed in this repository?", http.StatusNotFound)
		}
		id = found.ID
	}
	var made struct {
		Token   string    `json:"token"`
		Expires time.Time `json:"expires_at"`
	}
	err = s.ask(ctx, a, jwt, http.MethodPost, &made, "app", "installations", strconv.FormatInt(id, 10), "access_tokens")
	switch {
	case err != nil:
		return "", withHint(err, "check the App's id, installation and key", http.StatusUnauthorized, http.StatusNotFound)
	case made.Token == "":
		return "", errors.New("github app: create installation token: the answer holds none")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.ends = made.Token, made.Expires
	return made.Token, nil
}

// slug returns the App's name in addresses, which its comments' author is named after.
func (s *appSession) slug(ctx context.Context, a *api) (string, error) {
	jwt, err := s.sign()
	if err != nil {
		return "", err
	}
	var app struct{ Slug string }
	if err := s.ask(ctx, a, jwt, http.MethodGet, &app, "app"); err != nil {
		return "", err
	}
	if app.Slug == "" {
		return "", errors.New("github app: read slug: the answer holds none")
	}
	return app.Slug, nil
}

// ask makes a call as the App itself. A second token for the same installation is harmless,
// so each of these may be repeated.
func (s *appSession) ask(ctx context.Context, a *api, jwt, method string, into any, parts ...string) error {
	u := a.endpoint(parts...)
	got, err := a.do(ctx, call{method: method, url: u, token: jwt})
	if err != nil {
		return err
	}
	return a.decode(method, u, got.body, into)
}
