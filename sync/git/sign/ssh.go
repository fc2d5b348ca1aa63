package sign

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
	// namespace keeps a signature over a file or an e-mail from being accepted as
	// one over a commit.
	namespace = "git"
)

var errMalformedSSH = errors.New("the SSH signature is malformed")

// sshsig is a signature in OpenSSH's format (PROTOCOL.sshsig, section 2).
type sshsig struct {
	Version   uint32
	PublicKey []byte
	Namespace string
	Reserved  string
	HashAlg   string
	Signature []byte
}

// signedMessage is what the key signs (PROTOCOL.sshsig, section 3), after the magic
// preamble.
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
		return sig, errMalformedSSH
	}
	blob, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return sig, errMalformedSSH
	}
	blob, ok := bytes.CutPrefix(blob, []byte(sshsigMagic))
	if !ok || ssh.Unmarshal(blob, &sig) != nil {
		return sig, errMalformedSSH
	}
	if sig.Version != 1 {
		return sig, fmt.Errorf("the SSH signature has version %d, expected 1", sig.Version)
	}
	if sig.Namespace != namespace {
		return sig, fmt.Errorf("the SSH signature is for the namespace %.60q, expected %q", sig.Namespace, namespace)
	}
	return sig, nil
}

// verifySSH checks an SSH signature. The key must be valid now, because whoever holds
// an expired key can backdate a commit, and, as Git requires, when the commit was made.
func (k *Keys) verifySSH(payload []byte, armored string, committed, now time.Time) error {
	sig, err := parseSSHSig(armored)
	if err != nil {
		return err
	}
	key, err := ssh.ParsePublicKey(sig.PublicKey)
	if err != nil {
		return errMalformedSSH
	}
	if err := sig.verify(key, payload); err != nil {
		return err
	}
	refusal := fmt.Errorf("the SSH key %s is not among the trusted keys", ssh.FingerprintSHA256(key))
	for _, s := range k.signers {
		if !bytes.Equal(s.key.Marshal(), key.Marshal()) {
			continue
		}
		if err := s.validAt(committed, now); err != nil {
			refusal = fmt.Errorf("the SSH key %s of %.60q %w", ssh.FingerprintSHA256(key), s.principals, err)
			continue
		}
		return nil
	}
	return refusal
}

func (s signer) validAt(times ...time.Time) error {
	for _, t := range times {
		if !s.after.IsZero() && t.Before(s.after) {
			return fmt.Errorf("is not valid before %s", s.after.UTC().Format(time.RFC3339))
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
		return fmt.Errorf("the SSH signature uses the hash %.60q, expected sha256 or sha512", sig.HashAlg)
	}
	var signature ssh.Signature
	if err := ssh.Unmarshal(sig.Signature, &signature); err != nil {
		return errMalformedSSH
	}
	// PROTOCOL.sshsig, section 3: RSA must not sign with SHA-1, which is what ssh-rsa means.
	strong := []string{ssh.KeyAlgoRSASHA256, ssh.KeyAlgoRSASHA512}
	if key.Type() == ssh.KeyAlgoRSA && !slices.Contains(strong, signature.Format) {
		return fmt.Errorf("the SSH signature uses %.60q, expected rsa-sha2-256 or rsa-sha2-512", signature.Format)
	}
	signed := append([]byte(sshsigMagic), ssh.Marshal(message)...)
	if err := key.Verify(signed, &signature); err != nil {
		return errors.New("the SSH signature does not match the commit")
	}
	return nil
}
