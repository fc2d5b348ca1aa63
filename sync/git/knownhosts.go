package git

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/skeema/knownhosts"
)

// readKnownHosts reads the known hosts. As in OpenSSH, a line that cannot be read, or
// has a key of an unknown type, is skipped; Options.Warn is told. The library would
// refuse the whole file for it.
func readKnownHosts(o Options) (*knownhosts.HostKeyDB, error) {
	known, err := knownhosts.NewDB(o.KnownHostsFile)
	if err == nil {
		return known, nil
	}
	text, err := os.ReadFile(o.KnownHostsFile)
	if err == nil {
		known, err = parseKnownHosts(o, string(text))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: known hosts: %w", ErrHostKey, err)
	}
	return known, nil
}

// parseKnownHosts tries each line. The library parses nothing but files, so each is
// put into one.
func parseKnownHosts(o Options, text string) (*knownhosts.HostKeyDB, error) {
	name := filepath.Join(o.StateDir, "known_hosts.tmp")
	defer func() { _ = os.Remove(name) }()
	parse := func(text string) (*knownhosts.HostKeyDB, error) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return nil, err
		}
		return knownhosts.NewDB(name)
	}
	var good strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		n++
		if _, err := parse(line); err != nil {
			cause := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "knownhosts: "+name+":1: "), "knownhosts: ")
			o.Warn(fmt.Sprintf("%s:%d: line skipped: %s", escape(o.KnownHostsFile), n, escape(cause)))
			continue
		}
		good.WriteString(line)
	}
	return parse(good.String())
}

// sshError explains an error of the handshake; hostKey is what the known hosts say.
func sshError(err, hostKey error) error {
	switch {
	case knownhosts.IsHostKeyChanged(hostKey):
		return fmt.Errorf("%w: it changed, or another server answers: compare before you edit the known hosts file", ErrHostKey)
	case knownhosts.IsHostUnknown(hostKey):
		return fmt.Errorf("%w: the known hosts file has no line for this host", ErrHostKey)
	case hostKey != nil:
		return fmt.Errorf("%w: %w", ErrHostKey, hostKey)
	case strings.Contains(err.Error(), "host key"):
		return fmt.Errorf("%w: the server has no key of a type in the known hosts file", ErrHostKey)
	case strings.Contains(err.Error(), "unable to authenticate"):
		return fmt.Errorf("%w: the server does not accept the key", ErrAuth)
	}
	return err
}
