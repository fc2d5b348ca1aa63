package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/sethvargo/go-envconfig"
)

// settings are what the environment says. Their names are the same everywhere, so that
// one environment serves every command.
type settings struct {
	Token       string `env:"VPS_API_TOKEN"`
	TokenFile   string `env:"VPS_API_TOKEN_FILE"`
	URL         string `env:"VPS_API_URL"`
	Concurrency number `env:"ZONETENDER_CONCURRENCY"`
	Rate        rate   `env:"ZONETENDER_RATE"`
}

// number is a whole number in decimal digits: no other base, no sign.
type number int

// EnvDecode reads the number, for go-envconfig, which asks with "" for what is unset.
func (n *number) EnvDecode(text string) error {
	if text == "" {
		return nil
	}
	v, err := strconv.ParseUint(text, 10, 16)
	if err != nil || v == 0 {
		return fmt.Errorf("%q, expected a whole number from 1 to 65535", text)
	}
	*n = number(v)
	return nil
}

// rate is a number of calls a second.
type rate float64

// EnvDecode reads the rate, for go-envconfig, which asks with "" for what is unset.
func (r *rate) EnvDecode(text string) error {
	if text == "" {
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) || v > 1e6 {
		return fmt.Errorf("%q, expected calls a second, a number above 0 such as 5 or 0.5", text)
	}
	*r = rate(v)
	return nil
}

// prefix begins the names that are ours, so that a mistyped one is found.
const prefix = "ZONETENDER_"

// knownNames lists every variable that begins with prefix.
func knownNames() []string {
	return []string{"ZONETENDER_CONCURRENCY", "ZONETENDER_RATE"}
}

// settings reads the environment. The error names every variable that is wrong.
func (a *app) settings(ctx context.Context) (settings, error) {
	var out settings
	var problems []error
	vars := make(map[string]string)
	for _, e := range a.environ {
		if k, v, ok := strings.Cut(e, "="); ok && v != "" {
			vars[k] = v
		}
	}
	for _, name := range sortedKeys(vars) {
		if strings.HasPrefix(name, prefix) && !slices.Contains(knownNames(), name) {
			problems = append(problems, unknownVariable(name))
		}
		// One variable at a time, as the library stops at the first that is wrong.
		var one settings
		only := envconfig.MapLookuper(map[string]string{name: vars[name]})
		if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &one, Lookuper: only}); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, rootCause(err)))
			delete(vars, name)
		}
	}
	if err := envconfig.ProcessWith(ctx, &envconfig.Config{Target: &out, Lookuper: envconfig.MapLookuper(vars)}); err != nil {
		problems = append(problems, err)
	}
	return out, errors.Join(problems...)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
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
	best, bestDistance := "", 6
	for _, known := range knownNames() {
		if d := distance(name, known); d < bestDistance {
			best, bestDistance = known, d
		}
	}
	if best == "" {
		return fmt.Errorf("%s: there is no such setting", name)
	}
	return fmt.Errorf("%s: there is no such setting, did you mean %s?", name, best)
}

// distance is the number of letters to change, add or drop between two names.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := last
			if a[i] != b[j] {
				cost++
			}
			last = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// token gives the API token, from the file where one is named.
func (s settings) token() (string, error) {
	if s.Token != "" && s.TokenFile != "" {
		return "", errors.New("VPS_API_TOKEN and VPS_API_TOKEN_FILE are both set, expected one of them")
	}
	if s.TokenFile == "" {
		if s.Token == "" {
			return "", errors.New("VPS_API_TOKEN: not set, expected a token from the dashboard (/account/developers/), or VPS_API_TOKEN_FILE; to try things without an account, use --sandbox")
		}
		return s.Token, nil
	}
	data, err := os.ReadFile(s.TokenFile)
	if err != nil {
		return "", fmt.Errorf("VPS_API_TOKEN_FILE: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if token == "" {
		return "", fmt.Errorf("VPS_API_TOKEN_FILE: %s is empty", s.TokenFile)
	}
	return token, nil
}
