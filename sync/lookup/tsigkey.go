package lookup

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

// A TSIGKey signs a transfer (RFC 8945). It shows its name and never its secret. The zero
// TSIGKey signs nothing; [ParseTSIGKey] makes one.
type TSIGKey struct {
	name      string // canonical, with its final dot
	algorithm string // with its final dot
	secret    []byte
}

// IsZero reports whether k is the zero TSIGKey.
func (k TSIGKey) IsZero() bool { return k.name == "" }

// String returns the name of the key.
func (k TSIGKey) String() string { return strings.TrimSuffix(k.name, ".") }

// GoString returns the name of the key.
func (k TSIGKey) GoString() string { return "lookup.TSIGKey(" + k.String() + ")" }

// maxKeyFile is how large a key file may be, in bytes.
const maxKeyFile = 64 << 10

// ParseTSIGKey reads a key file as BIND's tsig-keygen writes it:
//
//	key "transfer" { algorithm hmac-sha256; secret "…"; };
//
// It holds one key. Errors do not show what may be the secret.
func ParseTSIGKey(text []byte) (TSIGKey, error) {
	if len(text) > maxKeyFile {
		return TSIGKey{}, fmt.Errorf("more than %d bytes, expected one key", maxKeyFile)
	}
	words, err := keyWords(string(text))
	if err != nil {
		return TSIGKey{}, err
	}
	if len(words) < 3 || words[0] != "key" || words[2] != "{" {
		return TSIGKey{}, errors.New(`expected key "NAME" { algorithm hmac-sha256; secret "..."; };`)
	}
	name, err := schema.ParseName(words[1])
	if err != nil || name.IsRoot() {
		return TSIGKey{}, errors.New("the name of the key is not a domain name")
	}
	key := TSIGKey{name: wireName(name)}
	rest := words[3:]
	for len(rest) >= 3 && rest[0] != "}" {
		if rest[2] != ";" {
			return TSIGKey{}, errors.New("expected ; after each value")
		}
		if err := key.set(rest[0], rest[1]); err != nil {
			return TSIGKey{}, err
		}
		rest = rest[3:]
	}
	if !slices.Equal(rest, []string{"}", ";"}) && !slices.Equal(rest, []string{"}"}) {
		return TSIGKey{}, errors.New("expected }; after the key, and one key in the file")
	}
	if key.algorithm == "" || len(key.secret) == 0 {
		return TSIGKey{}, errors.New("expected an algorithm and a secret")
	}
	return key, nil
}

func (k *TSIGKey) set(what, value string) error {
	switch {
	case what == "algorithm" && k.algorithm == "":
		k.algorithm = strings.ToLower(strings.TrimSuffix(value, ".")) + "."
		if k.hash() == nil {
			return errors.New("algorithm: expected hmac-sha256, hmac-sha512, hmac-sha384, hmac-sha224 or hmac-sha1")
		}
		return nil
	case what == "secret" && k.secret == nil:
		secret, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), ""))
		if err != nil || len(secret) == 0 {
			return errors.New("secret: expected base64")
		}
		k.secret = secret
		return nil
	}
	return errors.New("expected algorithm and secret, each once")
}

func (k TSIGKey) hash() func() hash.Hash {
	switch k.algorithm {
	case dns.HmacSHA1:
		return sha1.New
	case dns.HmacSHA224:
		return sha256.New224
	case dns.HmacSHA256:
		return sha256.New
	case dns.HmacSHA384:
		return sha512.New384
	case dns.HmacSHA512:
		return sha512.New
	}
	return nil
}

// keyWords splits a key file into words, quoted strings and the punctuation between, without
// comments.
func keyWords(text string) (words []string, err error) {
	for text != "" {
		switch {
		case strings.IndexByte(" \t\r\n", text[0]) >= 0:
			text = text[1:]
		case text[0] == '#', strings.HasPrefix(text, "//"):
			_, text, _ = strings.Cut(text, "\n")
		case strings.HasPrefix(text, "/*"):
			_, rest, ok := strings.Cut(text[2:], "*/")
			if !ok {
				return nil, errors.New("a comment is not closed")
			}
			text = rest
		case strings.IndexByte("{};", text[0]) >= 0:
			words, text = append(words, text[:1]), text[1:]
		case text[0] == '"':
			word, rest, ok := strings.Cut(text[1:], `"`)
			if !ok {
				return nil, errors.New("a quoted string is not closed")
			}
			words, text = append(words, word), rest
		default:
			n := strings.IndexAny(text, " \t\r\n{};\"")
			if n < 0 {
				n = len(text)
			}
			words, text = append(words, text[:n]), text[n:]
		}
	}
	return words, nil
}

// A signer signs the question of a transfer, and verifies the messages of the answer, which
// may be signed in groups (RFC 8945 section 5.3.1): unsigned are the messages since the last
// signature, mac is that signature.
type signer struct {
	key      TSIGKey
	mac      string // hexadecimal
	unsigned []byte
}

// Generate implements [dns.TsigProvider].
func (s *signer) Generate(msg []byte, _ *dns.TSIG) ([]byte, error) {
	h := hmac.New(s.key.hash(), s.key.secret)
	h.Write(msg)
	return h.Sum(nil), nil
}

// Verify implements [dns.TsigProvider]. Msg begins with the signature before it and its
// length; the unsigned messages follow that.
func (s *signer) Verify(msg []byte, t *dns.TSIG) error {
	if !strings.EqualFold(t.Hdr.Name, s.key.name) || !strings.EqualFold(t.Algorithm, s.key.algorithm) {
		return errors.New("signed with another key or algorithm")
	}
	before := min(2+len(s.mac)/2, len(msg))
	h := hmac.New(s.key.hash(), s.key.secret)
	h.Write(msg[:before])
	h.Write(s.unsigned)
	h.Write(msg[before:])
	mac, err := hex.DecodeString(t.MAC)
	if err != nil || !hmac.Equal(h.Sum(nil), mac) {
		return dns.ErrSig
	}
	return nil
}
