package main

import (
	"slices"
	"strconv"

	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/forge"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg"
)

// table lists every setting, each with the field that it fills. The help of the
// commands, their flags, the README and the check for unknown variables come from it.
func (s *settings) table() []setting {
	return withFiles(slices.Concat(
		s.apiTable(), s.loopTable(), s.gitTable(), s.httpTable(), s.lookupTable(), s.forgeTable(), s.recordTable()))
}

// apiTable has what it takes to speak to the service.
func (s *settings) apiTable() []setting {
	api := []string{"plan", "apply", "import", "find", "daemon"}
	return []setting{
		{name: "VPS_API_TOKEN", commands: api, secret: &s.Token,
			help: "API token, created in the dashboard (/account/developers/)"},
		{name: "VPS_API_URL", commands: api, arg: "url", def: vpsorg.DefaultURL, parse: into(&s.URL, parseURL),
			help: "base URL of the API"},
		{name: "ZONETENDER_CONCURRENCY", commands: slices.Concat(api, []string{"verify", "audit"}), arg: "n", def: strconv.Itoa(sync.DefaultConcurrency), parse: into(&s.Concurrency, parseNumber),
			help: "number of API calls in flight at the same time (verify, audit: of zones looked at)"},
		{name: "ZONETENDER_RATE", commands: api, arg: "n", parse: into(&s.Rate, parseRate),
			help: "maximum API calls per second, such as 5 or 0.5; if not set, as fast as the service allows"},
	}
}

// loopTable says what the daemon does, and when.
func (s *settings) loopTable() []setting {
	loop := []string{"daemon"}
	return []setting{
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
	}
}

// gitTable says how the daemon reads its repository.
func (s *settings) gitTable() []setting {
	loop := []string{"daemon"}
	return []setting{
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
	}
}

// httpTable says what the daemon serves, and how it stops.
func (s *settings) httpTable() []setting {
	loop := []string{"daemon"}
	return []setting{
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
	}
}

// lookupTable says what the daemon asks the DNS.
func (s *settings) lookupTable() []setting {
	loop := []string{"daemon"}
	return []setting{
		{name: "ZONETENDER_VERIFY", commands: loop, arg: "bool", def: "false", parse: into(&s.Verify, parseBool),
			help: "true asks the name servers after writing whether they answer what was written; this delays no cycle"},
		{name: "ZONETENDER_AUDIT", commands: loop, arg: "cron", parse: into(&s.Audit, parseSchedule),
			help: "when to look at where the records lead, as audit does; if not set, never"},
		{name: "ZONETENDER_NAMESERVER", commands: loop, arg: "servers", parse: into(&s.Nameservers, parseServerList),
			help: "name servers to ask in place of the delegated ones, separated by commas, each with or without a port"},
		{name: "ZONETENDER_RESOLVER", commands: loop, arg: "servers", parse: into(&s.Resolvers, parseServerList),
			help: "recursive resolvers, separated by commas, each with or without a port; if not set, those of /etc/resolv.conf"},
	}
}

// forgeTable says as whom comments are made.
func (s *settings) forgeTable() []setting {
	pull := []string{"comment"}
	return []setting{
		{name: forge.TokenVariable, commands: pull, secret: &s.ForgeToken,
			help: "token for GitHub, GitLab, Gitea or Forgejo; takes precedence over the variables of their own tools"},
		{name: forge.AppIDVariable, commands: pull, arg: "id", parse: into(&s.GitHubAppID, parseText),
			help: "id or client id of a GitHub App to comment as, instead of a token"},
		{name: forge.AppInstallationVariable, commands: pull, arg: "number", parse: into(&s.GitHubAppInstallation, parseText),
			help: "installation of the GitHub App; if not set, that of the repository"},
		{name: forge.AppKeyFileVariable, commands: pull, arg: "file", parse: into(&s.GitHubAppKeyFile, parseText),
			help: "private key of the GitHub App"},
	}
}

// recordTable says what the daemon keeps and logs.
func (s *settings) recordTable() []setting {
	loop := []string{"daemon"}
	return []setting{
		{name: "ZONETENDER_RETENTION_DAYS", commands: loop, arg: "n", def: strconv.Itoa(int(state.DefaultRetention / day)), parse: into(&s.Retention, parseDays),
			help: "number of days to keep history"},
		{name: "ZONETENDER_LOG_FORMAT", commands: loop, arg: "format", parse: into(&s.LogFormat, parseLogFormat),
			help: "text or json; if not set, text on a terminal and json elsewhere"},
		{name: "ZONETENDER_LOG_LEVEL", commands: loop, arg: "level", def: "info", parse: into(&s.LogLevel, parseLogLevel),
			help: "debug, info, warn or error"},
	}
}
