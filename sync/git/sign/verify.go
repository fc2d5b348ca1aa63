// Package sign verifies the signatures of Git commits, OpenPGP and SSH, against a
// file of trusted keys.
//
// It sees nothing but the bytes of a commit object and the text of a keys file:
// fetching them, and deciding what a missing signature means, is up to the caller.
// It does not support S/MIME signatures, SSH certificates or signed tags.
package sign

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// ErrUnsigned means that a commit has no valid signature by a trusted key.
var ErrUnsigned = errors.New("not signed by a trusted key")

// Verify checks the signature in a raw commit object (without the header that Git
// hashes with it). SSH keys must be valid at both committed, the committer's time,
// and now; OpenPGP keys and signatures must not have expired by now. Every error is
// an ErrUnsigned.
func (k *Keys) Verify(commit []byte, committed, now time.Time) error {
	payload, signature, err := splitSignature(commit)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	switch {
	case signature == "":
		err = errors.New("the commit has no signature")
	case strings.HasPrefix(signature, "-----BEGIN PGP"):
		err = k.verifyPGP(payload, signature, now)
	case strings.HasPrefix(signature, sshsigBegin):
		err = k.verifySSH(payload, signature, committed, now)
	default:
		err = errors.New("the signature is neither OpenPGP nor SSH")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	return nil
}

// splitSignature cuts the signature out of a commit's header. The rest is returned
// byte for byte, because that is what was signed: decoding a commit and encoding it
// again does not always yield the same bytes.
func splitSignature(commit []byte) (payload []byte, signature string, err error) {
	var kept, sig bytes.Buffer
	found := 0
	header := "" // the header that a continuation line belongs to
	for rest := commit; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 || end == 1 {
			kept.Write(rest) // the message
			break
		}
		line := rest[:end]
		rest = rest[end:]
		value := line
		if line[0] == ' ' {
			value = line[1:]
		} else {
			name, after, _ := bytes.Cut(line, []byte(" "))
			header, value = string(name), after
			if header == "gpgsig" {
				found++
			}
		}
		switch header {
		case "gpgsig":
			sig.Write(value)
		case "gpgsig-sha256": // a signature of the same commit under its SHA-256 name
		default:
			kept.Write(line)
		}
	}
	if found > 1 {
		return nil, "", errors.New("the commit has more than one signature")
	}
	return kept.Bytes(), sig.String(), nil
}

// verifyPGP checks an OpenPGP signature. The library may return a signer along with
// an error, so only the error counts.
func (k *Keys) verifyPGP(payload []byte, armored string, now time.Time) error {
	config := &packet.Config{Time: func() time.Time { return now }}
	_, err := openpgp.CheckArmoredDetachedSignature(k.pgp, bytes.NewReader(payload), strings.NewReader(armored), config)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return errors.New("the OpenPGP key is not among the trusted keys")
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return errors.New("the OpenPGP key has expired")
	case errors.Is(err, pgperrors.ErrSignatureExpired):
		return errors.New("the OpenPGP signature has expired")
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return errors.New("the OpenPGP key was revoked")
	}
	return fmt.Errorf("the OpenPGP signature is invalid: %.200q", err)
}
