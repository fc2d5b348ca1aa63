package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/forge"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// settings are what the environment and the flags say. All of them are read for every
// command, so that one environment serves them all.
type settings struct {
	Token       secret
	URL         string  // base of the API
	Concurrency int     // zones at the same time, at least 1
	Rate        float64 // API calls per second; 0 means no limit

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

// table lists every setting, each with the field that it fills. The help of the
// commands, their flags, the README and the check for unknown variables come from it.
func (s *settings) table() []setting {
	api := []string{"plan", "apply", "import", "find", "daemon"}
	loop := []string{"daemon"}
	pull := []string{"comment"}
	return withFiles([]setting{
		{name: "VPS_API_TOKEN", commands: api, secret: &s.Token,
			help: "API token, created in the dashboard (/account/developers/)"},
		{name: "VPS_API_URL", commands: api, arg: "url", def: vpsorg.DefaultURL, parse: into(&s.URL, parseURL),
			help: "base URL of the API"},
		{name: "ZONETENDER_CONCURRENCY", commands: slices.Concat(api, []string{"verify", "audit"}), arg: "n", def: strconv.Itoa(sync.DefaultConcurrency), parse: into(&s.Concurrency, parseNumber),
			help: "number of zones to work on at the same time"},
		{name: "ZONETENDER_RATE", commands: api, arg: "n", parse: into(&s.Rate, parseRate),
			help: "maximum API calls per second, such as 5 or 0.5; if not set, as fast as the service allows"},

		{name: "ZONETENDER_REPO", commands: loop, arg: "url", def: ".", parse: into(&s.Repo, parseText),
			help: "Git repository: a URL (https or ssh) or a path"},
		{name: "ZONETENDER_REF", commands: loop, arg: "branch", parse: into(&s.Ref, parseText),
			help: "branch to follow; if not set, the repository's HEAD"},
		{name: "ZONETENDER_PATH", commands: loop, arg: "folder", parse: into(&s.Path, parseFolder),
			help: "zones folder within the repository; if not set, zones where it exists, else the top folder"},
		{name: "ZONETENDER_SCHEDULE", commands: loop, arg: "cron", def: "@every 1m", parse: into(&s.Schedule, parseSchedule),
			help: "when to pull and apply the zones whose files changed"},
		{name: "ZONETENDER_SWEEP", commands: loop, arg: "cron", def: "@hourly", parse: into(&s.Sweep, parseSchedule),
			help: "when to compare every zone"},
		{name: "ZONETENDER_MODE", commands: loop, arg: "mode", def: string(daemon.ModeApply), parse: into(&s.Mode, parseMode),
			help: "apply, or observe to plan and report but never write"},
		{name: "ZONETENDER_STATE_DIR", commands: []string{"daemon", "history"}, arg: "folder", parse: into(&s.StateDir, parseText),
			help: "folder for the history and the Git mirror; if not set, zonetender/daemon in the user's state folder"},
		{name: "ZONETENDER_LISTEN", commands: loop, arg: "address", def: "127.0.0.1:8053", parse: into(&s.Listen, parseListen),
			help: "address and port of the HTTP server, or off"},

		{name: "ZONETENDER_GIT_DEPTH", commands: loop, arg: "n", parse: into(&s.GitDepth, parseNumber),
			help: "number of commits to fetch, deeper only to reach the last applied one; if not set, all"},
		{name: "ZONETENDER_GIT_MAX_BYTES", commands: loop, arg: "n", def: strconv.Itoa(git.DefaultMaxBytes), parse: into(&s.GitMaxBytes, parseBytes),
			help: "maximum number of bytes that one fetch may transfer"},
		{name: "ZONETENDER_GIT_MAX_FILE_BYTES", commands: loop, arg: "n", def: strconv.Itoa(git.DefaultMaxFileBytes), parse: into(&s.GitMaxFileBytes, parseBytes),
			help: "maximum size in bytes of one file of the repository; larger ones are skipped outside the zones folder"},
		{name: "ZONETENDER_GIT_USERNAME", commands: loop, arg: "name", def: "git", parse: into(&s.GitUsername, parseText),
			help: "user name for Git over https, and over ssh where the URL has none"},
		{name: "ZONETENDER_GIT_PASSWORD", commands: loop, secret: &s.GitPassword,
			help: "password or token for Git over https"},
		{name: "ZONETENDER_GIT_SSH_KEY_FILE", commands: loop, arg: "file", parse: into(&s.GitSSHKeyFile, parseText),
			help: "private key without a passphrase, required for Git over ssh"},
		{name: "ZONETENDER_GIT_KNOWN_HOSTS_FILE", commands: loop, arg: "file", parse: into(&s.GitKnownHostsFile, parseText),
			help: "known_hosts file, required for Git over ssh"},
		{name: "ZONETENDER_TRUSTED_KEYS_FILE", commands: loop, arg: "file", parse: into(&s.TrustedKeysFile, parseText),
			help: "OpenPGP keys and SSH allowed signers; if set, one of them must have signed the commit"},
		{name: "ZONETENDER_ACCEPT_COMMIT", commands: loop, arg: "hash", parse: into(&s.AcceptCommit, parseCommit),
			help: "full hash of a commit to accept although it does not contain the last applied one"},

		{name: "ZONETENDER_WEBHOOK_SECRET", commands: loop, secret: &s.WebhookSecret,
			help: "secret of the webhook; if not set, /hooks/git answers 404"},
		{name: "ZONETENDER_API_TOKEN", commands: loop, secret: &s.APIToken,
			help: "bearer token for POST /api/v1/sync, which answers 404 if it is not set"},

		{name: "ZONETENDER_ALLOWED_HOSTS", commands: loop, arg: "names", parse: into(&s.AllowedHosts, parseHosts),
			help: "host names, separated by commas, under which the status may be read; localhost and IP addresses always pass"},
		{name: "ZONETENDER_ZONE_METRICS", commands: loop, arg: "bool", def: "false", parse: into(&s.ZoneMetrics, parseBool),
			help: "true adds a metric for each zone and its state"},
		{name: "ZONETENDER_SNAPSHOT", commands: loop, arg: "bool", def: "false", parse: into(&s.Snapshot, parseBool),
			help: "true serves the live zones at /api/v1/snapshot, for plan --live: everybody who reaches the address may read them"},
		{name: "ZONETENDER_GRACE", commands: []string{"apply", "daemon"}, arg: "duration", def: "25s", parse: into(&s.Grace, parseGrace),
			help: "how long a stop may take to settle what is under way"},

		{name: "ZONETENDER_VERIFY", commands: loop, arg: "bool", def: "false", parse: into(&s.Verify, parseBool),
			help: "true asks the name servers after writing whether they answer what was written; this delays no cycle"},
		{name: "ZONETENDER_AUDIT", commands: loop, arg: "cron", parse: into(&s.Audit, parseSchedule),
			help: "when to look at where the records lead, as audit does; if not set, never"},
		{name: "ZONETENDER_NAMESERVER", commands: loop, arg: "servers", parse: into(&s.Nameservers, parseServerList),
			help: "name servers to ask in place of the delegated ones, separated by commas, each with or without a port"},
		{name: "ZONETENDER_RESOLVER", commands: loop, arg: "servers", parse: into(&s.Resolvers, parseServerList),
			help: "recursive resolvers, separated by commas, each with or without a port; if not set, those of /etc/resolv.conf"},
		{name: forge.TokenVariable, commands: pull, secret: &s.ForgeToken,
			help: "token for GitHub, GitLab, Gitea or Forgejo; takes precedence over the variables of their own tools"},
		{name: forge.AppIDVariable, commands: pull, arg: "id", parse: into(&s.GitHubAppID, parseText),
			help: "id or client id of a GitHub App to comment as, instead of a token"},
		{name: forge.AppInstallationVariable, commands: pull, arg: "number", parse: into(&s.GitHubAppInstallation, parseText),
			help: "installation of the GitHub App; if not set, that of the repository"},
		{name: forge.AppKeyFileVariable, commands: pull, arg: "file", parse: into(&s.GitHubAppKeyFile, parseText),
			help: "private key of the GitHub App"},

		{name: "ZONETENDER_RETENTION_DAYS", commands: loop, arg: "n", def: strconv.Itoa(int(state.DefaultRetention / day)), parse: into(&s.Retention, parseDays),
			help: "number of days to keep history"},
		{name: "ZONETENDER_LOG_FORMAT", commands: loop, arg: "format", parse: into(&s.LogFormat, parseLogFormat),
			help: "text or json; if not set, text on a terminal and json elsewhere"},
		{name: "ZONETENDER_LOG_LEVEL", commands: loop, arg: "level", def: "info", parse: into(&s.LogLevel, parseLogLevel),
			help: "debug, info, warn or error"},
	})
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
