package git

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

const (
	sshsigMagic = "SSHSIG"
	sshsigBegin = "-----BEGIN SSH SIGNATURE-----"
	sshsigEnd   = "-----END SSH SIGNATURE-----"
	// sshNamespace keeps a signature made over a file or a mail from passing
	// for one over a commit.
	sshNamespace = "git"
)

// sshsig is a signature in OpenSSH's format (PROTOCOL.sshsig, section 2).
type sshsig struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	HashAlg   string
	Signature []byte
}

// signedMessage is what the key has signed (PROTOCOL.sshsig, section 3), after
// the magic word.
type signedMessage struct {
	Namespace string
	Reserved  string
	HashAlg   string
	Hash      []byte
}

func parseSSHSig(armored string) (sshsig, error) {
	var sig sshsig
	text := strings.TrimSpace(armored)
	text, begun := strings.CutPrefix(text, sshsigBegin)
	text, ended := strings.CutSuffix(text, sshsigEnd)
	if !begun || !ended {
		return sig, errors.New("the ssh signature is malformed")
	}
	blob, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return sig, errors.New("the ssh signature is malformed")
	}
	blob, ok := bytes.CutPrefix(blob, []byte(sshsigMagic))
	if !ok || ssh.Unmarshal(blob, &sig) != nil {
		return sig, errors.New("the ssh signature is malformed")
	}
	if sig.Version != 1 {
		return sig, fmt.Errorf("the ssh signature is of version %d, not 1", sig.Version)
	}
	if sig.Namespace != sshNamespace {
		return sig, fmt.Errorf("the ssh signature is for %q, not for %q", plain(sig.Namespace), sshNamespace)
	}
	return sig, nil
}

// verifySSH checks an ssh signature. The key has to be valid at both times: now,
// because whoever holds an expired key can date a commit back, and when the
// commit says it was made, as Git itself has it.
func (k *Keys) verifySSH(payload []byte, armored string, made, now time.Time) error {
	sig, err := parseSSHSig(armored)
	if err != nil {
		return err
	}
	key, err := ssh.ParsePublicKey(sig.PublicKey)
	if err != nil {
		return errors.New("the key in the ssh signature is malformed")
	}
	if err := sig.verify(key, payload); err != nil {
		return err
	}
	refusal := fmt.Errorf("ssh key %s is not among the trusted", ssh.FingerprintSHA256(key))
	for _, s := range k.signers {
		if !bytes.Equal(s.key.Marshal(), key.Marshal()) {
			continue
		}
		if err := s.validAt(made, now); err != nil {
			refusal = fmt.Errorf("ssh key %s of %s: %w", ssh.FingerprintSHA256(key), s.principals, err)
			continue
		}
		return nil
	}
	return refusal
}

func (s signer) validAt(times ...time.Time) error {
	for _, t := range times {
		if !s.after.IsZero() && t.Before(s.after) {
			return fmt.Errorf("not valid before %s", s.after.UTC().Format(time.RFC3339))
		}
		if !s.before.IsZero() && !t.Before(s.before) {
			return fmt.Errorf("expired on %s", s.before.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

func (sig sshsig) verify(key ssh.PublicKey, payload []byte) error {
	message := signedMessage{Namespace: sig.Namespace, Reserved: sig.Reserved, HashAlg: sig.HashAlg}
	switch sig.HashAlg {
	case "sha256":
		sum := sha256.Sum256(payload)
		message.Hash = sum[:]
	case "sha512":
		sum := sha512.Sum512(payload)
		message.Hash = sum[:]
	default:
		return fmt.Errorf("the ssh signature uses the hash %q: expected sha256 or sha512", plain(sig.HashAlg))
	}
	var signature ssh.Signature
	if err := ssh.Unmarshal(sig.Signature, &signature); err != nil {
		return errors.New("the ssh signature is malformed")
	}
	// PROTOCOL.sshsig, section 3: RSA must not sign with SHA-1, which ssh-rsa means.
	strong := []string{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512}
	if key.Type() == ssh.KeyAlgoRSA && !slices.Contains(strong, signature.Format) {
		return fmt.Errorf("the ssh signature uses %q: expected rsa-sha2-256 or rsa-sha2-512", plain(signature.Format))
	}
	signed := append([]byte(sshsigMagic), ssh.Marshal(message)...)
	if err := key.Verify(signed, &signature); err != nil {
		return errors.New("the ssh signature does not fit the commit")
	}
	return nil
}
