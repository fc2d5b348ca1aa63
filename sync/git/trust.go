package git

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/go-git/go-git/v5/plumbing"
)

// Verify checks that a commit, a merge like any other, is signed by a trusted
// key. Without Options.TrustedKeysFile every commit passes. ErrUnsigned means
// that the signature is missing, wrong, expired, or by another key; any other
// error, such as an unreadable keys file, is no pass either.
func (r *Repo) Verify(hash string) error {
	if r.opts.TrustedKeysFile == "" {
		return nil
	}
	keys, err := ReadKeys(r.opts.TrustedKeysFile)
	if err != nil {
		return err
	}
	h, err := r.lookUp(hash)
	if err != nil {
		return err
	}
	c, err := r.store.commit(h)
	if err != nil {
		return fmt.Errorf("%s: %w", r.addr, err)
	}
	raw, err := r.rawCommit(h)
	if err != nil {
		return fmt.Errorf("%s: commit %s: %w", r.addr, hash, err)
	}
	if err := keys.Verify(raw, c.Committer.When, r.opts.Now()); err != nil {
		return fmt.Errorf("%s: commit %s: %w", r.addr, hash, err)
	}
	return nil
}

func (r *Repo) rawCommit(hash plumbing.Hash) ([]byte, error) {
	o, err := r.store.object(plumbing.CommitObject, hash)
	if err != nil {
		return nil, err
	}
	reader, err := o.Reader()
	if err != nil {
		return nil, err
	}
	defer reader.Close()
	return io.ReadAll(reader)
}

// Verify checks the signature in a raw commit object. Made is the committer's
// time; now is what keys and signatures expire by. Every error is an ErrUnsigned.
func (k *Keys) Verify(raw []byte, made, now time.Time) error {
	payload, signature, err := splitSignature(raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	switch {
	case signature == "":
		err = errors.New("the commit has no signature")
	case strings.HasPrefix(signature, "-----BEGIN PGP"):
		err = k.verifyPGP(payload, signature, now)
	case strings.HasPrefix(signature, sshsigBegin):
		err = k.verifySSH(payload, signature, made, now)
	default:
		err = errors.New("the signature is neither OpenPGP nor ssh")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnsigned, err)
	}
	return nil
}

// splitSignature takes the signature out of a commit's head. What is left, byte
// for byte, is what was signed; a commit taken apart and put together again
// need not be that.
func splitSignature(raw []byte) (payload []byte, signature string, err error) {
	var kept, sig bytes.Buffer
	found := 0
	in := "" // the header that a continuation line belongs to
	for rest := raw; len(rest) > 0; {
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
			in, value = string(name), after
			if in == "gpgsig" {
				found++
			}
		}
		switch in {
		case "gpgsig":
			sig.Write(value)
		case "gpgsig-sha256": // signs the same commit under its other name
		default:
			kept.Write(line)
		}
	}
	if found > 1 {
		return nil, "", errors.New("the commit has more than one signature")
	}
	return kept.Bytes(), sig.String(), nil
}

// verifyPGP checks an OpenPGP signature. The library may return the signer
// together with an error, so the error alone decides.
func (k *Keys) verifyPGP(payload []byte, armored string, now time.Time) error {
	config := &packet.Config{Time: func() time.Time { return now }}
	_, err := openpgp.CheckArmoredDetachedSignature(k.pgp, bytes.NewReader(payload), strings.NewReader(armored), config)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgperrors.ErrUnknownIssuer):
		return errors.New("the OpenPGP key is not among the trusted")
	case errors.Is(err, pgperrors.ErrKeyExpired):
		return errors.New("the OpenPGP key has expired")
	case errors.Is(err, pgperrors.ErrSignatureExpired):
		return errors.New("the OpenPGP signature has expired")
	case errors.Is(err, pgperrors.ErrKeyRevoked):
		return errors.New("the OpenPGP key was revoked")
	}
	return fmt.Errorf("the OpenPGP signature does not count: %s", plain(err.Error()))
}
