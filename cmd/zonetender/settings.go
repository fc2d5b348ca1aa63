package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync/daemon"
)

// settings are what the environment and the flags say. All of them are read for every
// command, so that one environment serves them all.
type settings struct {
	Token       secret
	URL         string  // base of the API
	Concurrency int     // calls at the same time, at least 1
	Rate        float64 // API calls per second; 0 means no limit

	MaxZoneBytes int64 // of the API's answers for one zone, at most

	Repo            string // URL or path
	Ref             string // branch; "" means the repository's HEAD
	Path            string // zones folder within the repository; "" lets the daemon choose
	Schedule, Sweep daemon.Schedule
	Mode            daemon.Mode
	StateDir        string // "" means a folder below the user's state folder
	Listen          string // address of the HTTP server; "" means none

	GitDepth          int   // commits; 0 means all
	GitMaxBytes       int64 // that one fetch may transfer
	GitMaxFileBytes   int64 // of one file
	GitUsername       string
	GitPassword       secret
	GitSSHKeyFile     string
	GitKnownHostsFile string
	TrustedKeysFile   string
	AcceptCommit      string // full hash, or ""

	WebhookSecret secret
	APIToken      secret
	AllowedHosts  []string // names, without port
	ZoneMetrics   bool
	Snapshot      bool
	Grace         time.Duration // for what is under way when the daemon is told to stop

	Verify                bool            // ask the name servers after writing
	Audit                 daemon.Schedule // the zero Schedule means never
	Nameservers           []string        // to ask in place of the delegated ones
	Resolvers             []string        // empty means the system's
	ForgeToken            secret
	GitHubAppID           string // id or client id, "" for none
	GitHubAppInstallation string // number, "" for that of the repository
	GitHubAppKeyFile      string

	Retention time.Duration // of history
	LogFormat string        // "text", "json", or "" for text on a terminal only
	LogLevel  slog.Level
}

// A setting is a row of the table.
type setting struct {
	name     string   // of the variable
	commands []string // that use it
	arg      string   // what the value is called in --help
	def      string   // default, "" for none or for one that help describes
	help     string
	secret   *secret // where it belongs, nil where it is not a secret
	parse    func(text string) error
}

// withFiles completes the rows of secrets: each can also be read from a file.
func withFiles(rows []setting) []setting {
	var out []setting
	for _, row := range rows {
		if row.secret == nil {
			out = append(out, row)
			continue
		}
		row.secret.name = row.name
		row.parse = into(&row.secret.value, parseText)
		file := row
		file.name += fileSuffix
		file.help = "file with the value of " + row.name + "; a change takes effect without a restart"
		file.parse = into(&row.secret.file, parseText)
		out = append(out, row, file)
	}
	return out
}

// flag is the name of the setting's flag, "" for a secret: those never are flags.
func (s setting) flag() string {
	if s.secret != nil {
		return ""
	}
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(s.name, prefix), "_", "-"))
}

// EnvDecode parses the value for go-envconfig.
func (s *setting) EnvDecode(_ context.Context, text string) error { return s.parse(text) }

// read has go-envconfig decode the value; "" leaves the setting unset. The library stops
// at its first error, and all problems are wanted, so each setting is read by itself.
func (s setting) read(ctx context.Context, text string) error {
	if text == "" {
		return nil
	}
	target := struct {
		Setting setting `env:"SETTING"`
	}{s}
	return envconfig.ProcessWith(ctx, &envconfig.Config{
		Target: &target, Lookuper: envconfig.MapLookuper(map[string]string{"SETTING": text}),
	})
}

// A flagValue is a flag's value as it was typed. It is parsed together with the
// environment, so that all problems are reported at once.
type flagValue struct{ text, arg string }

// Set stores the value.
func (f *flagValue) Set(text string) error {
	if text == "" {
		return errors.New("expected a value")
	}
	f.text = text
	return nil
}

// String returns the value.
func (f *flagValue) String() string { return f.text }

// Type is what the value is called in --help.
func (f *flagValue) Type() string { return f.arg }

// addSettings gives a command the flags of its settings, and describes in its help those
// that only the environment has.
func addSettings(cmd *cobra.Command) {
	secrets := ""
	for _, row := range new(settings).table() {
		switch {
		case !slices.Contains(row.commands, cmd.Name()):
		case row.secret != nil:
			secrets += fmt.Sprintf("  %-30s   %s\n", row.name, row.help)
		default:
			cmd.Flags().Var(&flagValue{row.def, row.arg}, row.flag(), row.help+" [$"+row.name+"]")
		}
	}
	if secrets != "" {
		cmd.SetUsageTemplate(cmd.UsageTemplate() + "\nEnvironment Variables:\n" + secrets)
	}
}

// settings reads the environment and the command's flags, which take precedence. The
// error names every problem, with those that the checks find, sorted.
func (a *app) settings(cmd *cobra.Command, checks ...func(*settings) []error) (*settings, error) {
	s := new(settings)
	table, vars := s.table(), a.variables()
	problems := unknownVariables(vars, table)
	for _, row := range table {
		if f := row.typed(cmd); f != nil {
			if err := row.read(cmd.Context(), f.Value.String()); err != nil {
				problems = append(problems, &usageError{cmd.CommandPath(), fmt.Errorf("--%s: %w", f.Name, err)})
			}
		} else if err := row.read(cmd.Context(), cmp.Or(vars[row.name], row.def)); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", row.name, err))
		}
	}
	for _, check := range checks {
		problems = append(problems, check(s)...)
	}
	problems = slices.DeleteFunc(problems, func(err error) bool { return err == nil })
	slices.SortFunc(problems, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return s, errors.Join(problems...)
}

// typed returns the setting's flag where somebody has typed it, else nil.
func (s setting) typed(cmd *cobra.Command) *pflag.Flag {
	if f := cmd.Flags().Lookup(s.flag()); f != nil && f.Changed && slices.Contains(s.commands, cmd.Name()) {
		return f
	}
	return nil
}

// prefix begins the names that are ours alone, so that a mistyped one is found.
const prefix = "ZONETENDER_"

// unknownVariables names the variables that look like settings but are not.
func unknownVariables(vars map[string]string, table []setting) (problems []error) {
	for name := range vars {
		known := slices.ContainsFunc(table, func(row setting) bool { return row.name == name })
		if !known && strings.HasPrefix(name, prefix) && !fromKubernetes(name, vars) {
			problems = append(problems, unknownVariable(name, table))
		}
	}
	return problems
}

func unknownVariable(name string, table []setting) error {
	if name == "ZONETENDER_PORT" {
		return fmt.Errorf("%s: unknown setting; the address and port of the HTTP server are set with ZONETENDER_LISTEN", name)
	}
	best, bestDistance := "", 0
	for _, row := range table {
		// A name that differs in most of its letters is not a typing mistake.
		near := (len(row.name)-len(prefix))/3 + 1
		if d := schema.EditDistance(strings.ToUpper(name), row.name); d <= near && (best == "" || d < bestDistance) {
			best, bestDistance = row.name, d
		}
	}
	if best == "" {
		return fmt.Errorf("%s: unknown setting", name)
	}
	return fmt.Errorf("%s: unknown setting; did you mean %s?", name, best)
}

// fromKubernetes reports whether Kubernetes put the variable into every pod because there
// is a Service named zonetender, or one such as zonetender-web.
func fromKubernetes(name string, vars map[string]string) bool {
	const host = "_SERVICE_HOST"
	for v := range vars {
		service, ok := strings.CutSuffix(v, host)
		if !ok {
			continue
		}
		switch rest, _ := strings.CutPrefix(name, service); {
		case rest == host, rest == "_PORT", strings.HasPrefix(rest, "_PORT_"), strings.HasPrefix(rest, "_SERVICE_PORT"):
			return true
		}
	}
	return false
}
