package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/sethvargo/go-envconfig"

	"github.com/zonetender/zonetender/schema"
)

// settings are what the environment says. Their names are the same everywhere, so that
// one environment serves every command. The zero value of each stands for its default.
type settings struct {
	Token     string `env:"VPS_API_TOKEN"`
	TokenFile string `env:"VPS_API_TOKEN_FILE"`
	URL       string `env:"VPS_API_URL"`

	Concurrency number `env:"ZONETENDER_CONCURRENCY"`
	Rate        rate   `env:"ZONETENDER_RATE"`

	Repo     string   `env:"ZONETENDER_REPO"`
	Ref      string   `env:"ZONETENDER_REF"`
	Path     folderIn `env:"ZONETENDER_PATH"`
	Schedule schedule `env:"ZONETENDER_SCHEDULE"`
	Sweep    schedule `env:"ZONETENDER_SWEEP"`
	Mode     mode     `env:"ZONETENDER_MODE"`
	StateDir string   `env:"ZONETENDER_STATE_DIR"`
	Listen   listenOn `env:"ZONETENDER_LISTEN"`

	GitDepth          number `env:"ZONETENDER_GIT_DEPTH"`
	GitUsername       string `env:"ZONETENDER_GIT_USERNAME"`
	GitPassword       string `env:"ZONETENDER_GIT_PASSWORD"`
	GitPasswordFile   string `env:"ZONETENDER_GIT_PASSWORD_FILE"`
	GitSSHKeyFile     string `env:"ZONETENDER_GIT_SSH_KEY_FILE"`
	GitKnownHostsFile string `env:"ZONETENDER_GIT_KNOWN_HOSTS_FILE"`
	TrustedKeysFile   string `env:"ZONETENDER_TRUSTED_KEYS_FILE"`
	AcceptCommit      commit `env:"ZONETENDER_ACCEPT_COMMIT"`

	WebhookSecret     string `env:"ZONETENDER_WEBHOOK_SECRET"`
	WebhookSecretFile string `env:"ZONETENDER_WEBHOOK_SECRET_FILE"`
	APIToken          string `env:"ZONETENDER_API_TOKEN"`
	APITokenFile      string `env:"ZONETENDER_API_TOKEN_FILE"`

	RetentionDays number    `env:"ZONETENDER_RETENTION_DAYS"`
	LogFormat     logFormat `env:"ZONETENDER_LOG_FORMAT"`
	LogLevel      logLevel  `env:"ZONETENDER_LOG_LEVEL"`
}

// prefix begins the names that are ours alone, so that a mistyped one is found.
const prefix = "ZONETENDER_"

// knownNames lists every variable that there is.
func knownNames() []string {
	var out []string
	t := reflect.TypeFor[settings]()
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("env"))
	}
	return out
}

// settings reads the environment, over which flags go. The error names every variable
// that is wrong.
func (a *app) settings(ctx context.Context, flags map[string]string) (settings, error) {
	vars := make(map[string]string)
	var problems []error
	for _, e := range a.environ {
		k, v, ok := strings.Cut(e, "=")
		if !ok || v == "" {
			continue
		}
		vars[k] = v
		if strings.HasPrefix(k, prefix) && !slices.Contains(knownNames(), k) {
			problems = append(problems, unknownVariable(k))
		}
	}
	for k, v := range flags {
		if v != "" {
			vars[k] = v
		}
	}
	for _, name := range knownNames() {
		// One variable at a time, as the library stops at the first that is wrong.
		var one settings
		only := envconfig.MapLookuper(map[string]string{name: vars[name]})
		if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &one, Lookuper: only}); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, rootCause(err)))
			delete(vars, name)
		}
	}
	var out settings
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &out, Lookuper: envconfig.MapLookuper(vars)}); err != nil {
		problems = append(problems, err)
	}
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return out, errors.Join(problems...)
}

// rootCause takes off what the library puts around the error of a decoder.
func rootCause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

func unknownVariable(name string) error {
	best, bestDistance := "", 0
	for _, known := range knownNames() {
		// What differs in most of its letters is no slip of the fingers.
		near := (len(known)-len(prefix))/3 + 1
		if d := schema.EditDistance(strings.ToUpper(name), known); d <= near && (best == "" || d < bestDistance) {
			best, bestDistance = known, d
		}
	}
	if best == "" {
		return fmt.Errorf("%s: there is no such setting", name)
	}
	return fmt.Errorf("%s: there is no such setting, did you mean %s?", name, best)
}

// A secret is a value that stands in a variable, or in a file that another variable
// names. A file is read each time, so that a secret can be rotated.
type secret struct {
	name        string // of the variable; the file's has _FILE behind it
	value, file string
}

// read gives the secret, "" where there is none.
func (s secret) read() (string, error) {
	switch {
	case s.value != "" && s.file != "":
		return "", fmt.Errorf("%s and %s_FILE are both set, expected one of them", s.name, s.name)
	case s.file == "":
		return s.value, nil
	}
	data, err := os.ReadFile(s.file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", s.name, err)
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "", fmt.Errorf("%s_FILE: %s is empty", s.name, s.file)
	}
	return text, nil
}

// token gives the API token.
func (s settings) token() (string, error) {
	token, err := secret{"VPS_API_TOKEN", s.Token, s.TokenFile}.read()
	if err == nil && token == "" {
		err = errors.New("VPS_API_TOKEN: not set, expected a token from the dashboard (/account/developers/), or VPS_API_TOKEN_FILE; to try things without an account, use --sandbox")
	}
	return token, err
}
