package forgetest

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// tokenOf returns the token in a request's header, in whichever shape.
func tokenOf(r *http.Request) string {
	if t := r.Header.Get("PRIVATE-TOKEN"); t != "" {
		return t
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return token
}

// authenticate checks the headers that each forge wants and finds out whose the token is.
func (x *exchange) authenticate() (reply, bool) {
	h := x.r.Header
	scheme, _, _ := strings.Cut(h.Get("Authorization"), " ")
	switch x.server.kind {
	case github:
		switch {
		case h.Get("User-Agent") == "":
			return refuse(http.StatusForbidden, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"), true
		case h.Get("Accept") != "application/vnd.github+json" || h.Get("X-GitHub-Api-Version") != "2022-11-28":
			return refuse(http.StatusBadRequest, "expected Accept: application/vnd.github+json and X-GitHub-Api-Version: 2022-11-28"), true
		case scheme != "Bearer" || h.Get("PRIVATE-TOKEN") != "":
			return refuse(http.StatusUnauthorized, "Requires authentication"), true
		}
	case gitlab:
		if h.Get("PRIVATE-TOKEN") == "" || scheme != "" {
			return refuse(http.StatusUnauthorized, "401 Unauthorized"), true
		}
	case gitea:
		if scheme != "token" || h.Get("PRIVATE-TOKEN") != "" {
			return refuse(http.StatusUnauthorized, "token is required"), true
		}
	}
	return x.identify(tokenOf(x.r))
}

func (x *exchange) identify(value string) (reply, bool) {
	if x.server.kind == github && strings.Count(value, ".") == 2 {
		if err := x.verifyJWT(value); err != nil {
			return refuse(http.StatusUnauthorized, err.Error()), true
		}
		x.jwt = true
		return reply{}, false
	}
	for _, t := range slices.Concat(x.server.opts.Tokens, x.server.store.minted) {
		if t.Value == value && t.Kind != Job {
			x.who = t
			return reply{}, false
		}
	}
	message := map[kind]string{github: "Bad credentials", gitlab: "401 Unauthorized", gitea: "invalid username, password or token"}[x.server.kind]
	return refuse(http.StatusUnauthorized, message), true
}

// verifyJWT checks a token that an App signed (RFC 7519).
//
// Source: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App".
func (x *exchange) verifyJWT(token string) error {
	const undecodable = "A JSON web token could not be decoded"
	if x.server.opts.App == nil {
		return errors.New(undecodable)
	}
	parts := strings.Split(token, ".")
	var header struct{ Alg, Typ string }
	var claims struct {
		Issued  int64  `json:"iat"`
		Expires int64  `json:"exp"`
		Issuer  string `json:"iss"`
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || decodePart(parts[0], &header) != nil || decodePart(parts[1], &claims) != nil || header.Alg != "RS256" {
		return errors.New(undecodable)
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if rsa.VerifyPKCS1v15(x.server.opts.App.Key, crypto.SHA256, sum[:], signature) != nil {
		return errors.New(undecodable)
	}
	now := x.server.opts.Now()
	issued, expires := time.Unix(claims.Issued, 0), time.Unix(claims.Expires, 0)
	switch {
	case claims.Issuer != x.server.opts.App.ID:
		return errors.New("Integration not found")
	case issued.After(now):
		return errors.New("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")
	case !expires.After(now):
		return errors.New("'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires")
	case expires.After(now.Add(10 * time.Minute)):
		return errors.New("'Expiration time' claim ('exp') is too far in the future")
	}
	return nil
}

func decodePart(part string, into any) error {
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}
