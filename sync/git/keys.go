package git

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

// Keys are those whose signature on a commit counts. The zero value trusts nobody.
type Keys struct {
	pgp     openpgp.EntityList
	signers []signer
}

// A signer is one line of an allowed signers file that can count for commits.
type signer struct {
	principals string
	key        ssh.PublicKey
	after      time.Time // zero: always was valid
	before     time.Time // zero: does not end
}

const (
	pgpBegin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
	pgpEnd   = "-----END PGP PUBLIC KEY BLOCK-----"
)

// ReadKeys is ParseKeys of a file.
func ReadKeys(file string) (*Keys, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("trusted keys: %w", err)
	}
	return ParseKeys(file, string(text))
}

// ParseKeys reads trusted keys: armored OpenPGP public keys, and the lines of
// an allowed signers file as ssh-keygen(1) describes it, mixed at will. Of its
// options namespaces, valid-after and valid-before are known; a line for other
// namespaces than "git" is skipped, and cert-authority is refused. Principals
// name the key for people; as in Git itself, they are not compared with who
// committed. A file without a key that counts is an error, because it would
// trust nobody. Errors come all at once, as file:line: message.
func ParseKeys(file, text string) (*Keys, error) {
	keys := new(Keys)
	var errs []error
	var block strings.Builder
	started := 0 // the line where a PGP block begins, 0 outside
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		var err error
		switch {
		case started > 0 || line == pgpBegin:
			if started == 0 {
				started = n
			}
			block.WriteString(line + "\n")
			if line == pgpEnd {
				err = keys.addPGP(block.String())
				started = 0
				block.Reset()
			}
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "-----BEGIN"):
			err = fmt.Errorf("%q: expected %q", line, pgpBegin)
		default:
			err = keys.addSigner(line)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", file, n, err))
		}
	}
	if started > 0 {
		errs = append(errs, fmt.Errorf("%s:%d: the PGP block has no end", file, started))
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
		return errors.New("expected: principals [options] key type, key")
	}
	isKeyType := func(prefix string) bool { return strings.HasPrefix(principals, prefix) }
	if slices.ContainsFunc([]string{"ssh-", "ecdsa-", "sk-"}, isKeyType) {
		return errors.New("the line lacks who the key belongs to: put an e-mail address, or *, before it")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(rest))
	if err != nil {
		return fmt.Errorf("%s: the key does not parse", principals)
	}
	if _, isCert := key.(*ssh.Certificate); isCert {
		return fmt.Errorf("%s: a certificate is no key: give the key itself", principals)
	}
	s := signer{principals: principals, key: key}
	forGit := true
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			forGit = matchesAny(value, "git")
		case "valid-after":
			s.after, err = parseValidity(value)
		case "valid-before":
			s.before, err = parseValidity(value)
		case "cert-authority":
			err = errors.New("cert-authority is not supported: give the keys themselves")
		default:
			err = fmt.Errorf("unknown option %q", name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", principals, err)
		}
	}
	if forGit {
		k.signers = append(k.signers, s)
	}
	return nil
}

// cutPrincipals splits off the first field, which may stand in double quotes.
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

// matchesAny matches a name against comma-separated patterns, of which one with
// ! takes precedence, as in ssh_config(5).
func matchesAny(patterns, name string) bool {
	list := strings.Split(patterns, ",")
	matches := func(pattern string) bool {
		// path.Match knows [ as well, which no namespace contains.
		ok, err := path.Match(strings.TrimSpace(pattern), name)
		return ok && err == nil
	}
	refused := func(pattern string) bool {
		rest, negated := strings.CutPrefix(strings.TrimSpace(pattern), "!")
		return negated && matches(rest)
	}
	return !slices.ContainsFunc(list, refused) && slices.ContainsFunc(list, matches)
}

// parseValidity reads YYYYMMDD[HHMM[SS]] in local time, or in UTC with a Z.
func parseValidity(text string) (time.Time, error) {
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
	return time.Time{}, fmt.Errorf("%q: expected a time as YYYYMMDD[HHMM[SS]][Z]", text)
}
