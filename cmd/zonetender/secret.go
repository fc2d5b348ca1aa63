package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/zonetender/zonetender/sync/vpsorg"
)

// fileSuffix ends the name of the variable that names the file of a secret.
const fileSuffix = "_FILE"

// A secret is the value of a variable, or the content of a file that another variable
// names. The file is read each time, so that the secret can be rotated.
type secret struct{ name, value, file string }

// read returns the secret, "" if there is none.
func (s secret) read() (string, error) {
	switch {
	case s.value != "" && s.file != "":
		return "", fmt.Errorf("%s and %s are both set, expected one of them", s.name, s.name+fileSuffix)
	case s.file == "":
		return s.value, nil
	}
	data, err := os.ReadFile(s.file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.source(), err)
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "", fmt.Errorf("%s: %s is empty", s.source(), s.file)
	}
	return text, nil
}

// source is the variable that says what the secret is.
func (s secret) source() string {
	if s.file != "" {
		return s.name + fileSuffix
	}
	return s.name
}

// tokenPrefix begins every API token, as the service documents.
const tokenPrefix = "vps_"

// token returns the API token. An error says how to get one.
func (s *settings) token() (string, error) {
	token, err := s.Token.read()
	if err != nil {
		return "", err
	}
	token = strings.TrimSpace(token)
	if token == "" {
		return "", fmt.Errorf("%s: not set; create a token in the dashboard (/account/developers/), or pass --sandbox to try things without an account", s.Token.name)
	}
	if err := checkClient(vpsorg.Options{Token: token}); err != nil {
		return "", fmt.Errorf("%s: %w", s.Token.source(), err)
	}
	if !strings.HasPrefix(token, tokenPrefix) {
		return "", fmt.Errorf("%s: not an API token, expected one that begins with %s; create it in the dashboard (/account/developers/)", s.Token.source(), tokenPrefix)
	}
	return token, nil
}

// checkToken returns what is wrong with the API token.
func (s *settings) checkToken() []error {
	_, err := s.token()
	return []error{err}
}

// checkSecrets returns what is wrong with the secrets of the daemon alone.
func checkSecrets(s *settings) []error {
	var problems []error
	for _, secret := range []secret{s.GitPassword, s.WebhookSecret, s.APIToken} {
		_, err := secret.read()
		problems = append(problems, err)
	}
	return problems
}
