package sign

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"golang.org/x/crypto/ssh"
)

// Keys are the keys whose signatures are trusted. The zero value trusts nobody.
type Keys struct {
	pgp     openpgp.EntityList
	signers []signer
}

// A signer is a line of an allowed signers file that may sign commits.
type signer struct {
	principals string
	key        ssh.PublicKey
	after      time.Time // zero: valid from the beginning of time
	before     time.Time // zero: never expires
}

const (
	pgpBegin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	pgpEnd   = "-----END PGP PUBLIC KEY BLOCK-----"
)

// ReadKeys reads a file of trusted keys; see ParseKeys.
func ReadKeys(file string) (*Keys, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("trusted keys: %w", err)
	}
	return ParseKeys(file, string(text))
}

// ParseKeys parses trusted keys: armored OpenPGP public keys and lines of an
// allowed signers file (see ssh-keygen(1), ALLOWED SIGNERS), in any mixture. It
// understands the options namespaces, valid-after and valid-before, skips lines
// for namespaces other than "git", and refuses cert-authority. As in Git,
// principals are only a label: they are not compared with the committer.
//
// A file without a usable key is an error, because it would trust nobody. All
// errors are returned at once, each as file:line: message.
func ParseKeys(file, text string) (*Keys, error) {
	keys := new(Keys)
	var errs []error
	var block strings.Builder
	begin := 0 // line on which the current PGP block begins, 0 outside one
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		var err error
		switch {
		case begin > 0 || line == pgpBegin:
			if begin == 0 {
				begin = n
			}
			block.WriteString(line + "\n")
			if line == pgpEnd {
				err = keys.addPGP(block.String())
				begin = 0
				block.Reset()
			}
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "-----BEGIN"):
			err = fmt.Errorf("%.60q: expected %q", line, pgpBegin)
		default:
			err = keys.addSigner(line)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, n, err))
		}
	}
	if begin > 0 {
		errs = append(errs, fmt.Errorf("%s:%d: PGP block without an end", file, begin))
	}
	if len(errs) == 0 && len(keys.pgp) == 0 && len(keys.signers) == 0 {
		errs = append(errs, fmt.Errorf("%s:1: no key that may sign commits", file))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return keys, nil
}

func (k *Keys) addPGP(armored string) error {
	entities, err := openpgp.ReadArmoredKeyRing(strings.NewReader(armored))
	if err != nil {
		return fmt.Errorf("PGP block: %w", err)
	}
	k.pgp = append(k.pgp, entities...)
	return nil
}

func (k *Keys) addSigner(line string) error {
	principals, rest, ok := cutPrincipals(line)
	if !ok {
		return errors.New("expected principals, [options,] key type, key")
	}
	isKeyType := func(prefix string) bool { return strings.HasPrefix(principals, prefix) }
	if slices.ContainsFunc([]string{"ssh-", "ecdsa-", "sk-"}, isKeyType) {
		return errors.New("no principal: put the owner's e-mail address, or *, before the key")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return fmt.Errorf("%.60q: malformed key", principals)
	}
	if _, isCert := key.(*ssh.Certificate); isCert {
		return fmt.Errorf("%.60q: certificates are not supported: list the key itself", principals)
	}
	s := signer{principals: principals, key: key}
	forGit, err := s.setOptions(options)
	if err != nil {
		return fmt.Errorf("%.60q: %w", principals, err)
	}
	if forGit {
		k.signers = append(k.signers, s)
	}
	return nil
}

// setOptions applies a line's options and reports whether they allow signing commits.
func (s *signer) setOptions(options []string) (forGit bool, err error) {
	forGit = true
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			forGit = matchesAny(value, namespace)
		case "valid-after":
			s.after, err = parseTime(value)
		case "valid-before":
			s.before, err = parseTime(value)
		case "cert-authority":
			err = errors.New("cert-authority is not supported: list the keys themselves")
		default:
			err = fmt.Errorf("unknown option %.60q", name)
		}
		if err != nil {
			return false, err
		}
	}
	return forGit, nil
}

// cutPrincipals splits off the first field, which may be in double quotes.
func cutPrincipals(line string) (principals, rest string, ok bool) {
	if quoted, found := strings.CutPrefix(line, `"`); found {
		principals, rest, ok = strings.Cut(quoted, `"`)
	} else {
		i := strings.IndexAny(line, " \t")
		if i < 0 {
			return "", "", false
		}
		principals, rest, ok = line[:i], line[i:], true
	}
	return principals, strings.TrimSpace(rest), ok && principals != ""
}

// matchesAny matches name against comma-separated patterns. A matching pattern
// that begins with ! wins over the others, as in ssh_config(5).
func matchesAny(patterns, name string) bool {
	list := strings.Split(patterns, ",")
	matches := func(pattern string) bool {
		// path.Match also treats [ as special, but no namespace contains it.
		ok, err := path.Match(strings.TrimSpace(pattern), name)
		return ok && err == nil
	}
	excludes := func(pattern string) bool {
		rest, negated := strings.CutPrefix(strings.TrimSpace(pattern), "!")
		return negated && matches(rest)
	}
	return !slices.ContainsFunc(list, excludes) && slices.ContainsFunc(list, matches)
}

// parseTime parses YYYYMMDD[HHMM[SS]], in local time or, with a final Z, in UTC.
func parseTime(text string) (time.Time, error) {
	zone := time.Local
	digits := text
	if utc, ok := strings.CutSuffix(strings.ToUpper(text), "Z"); ok {
		zone, digits = time.UTC, utc
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(layout) == len(digits) {
			if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%.60q: expected a time such as YYYYMMDD[HHMM[SS]][Z]", text)
}
