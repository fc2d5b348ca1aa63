package daemon_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/zonetender/zonetender/sync/daemon"
	"github.com/zonetender/zonetender/sync/git"
)

// An origin is a Git repository that people push to.
type origin struct {
	t      testing.TB
	dir    string
	repo   *gogit.Repository
	files  map[string]string // of the next commit
	parent []plumbing.Hash
	odd    map[string]filemode.FileMode
	signer *openpgp.Entity // nil leaves commits unsigned
	date   time.Time       // of commits; the zero time is now
}

func newOrigin(t testing.TB) *origin {
	o := &origin{t: t, dir: t.TempDir(), files: make(map[string]string)}
	var err error
	if o.repo, err = gogit.PlainInit(o.dir, true); err != nil {
		t.Fatal(err)
	}
	o.setRef("refs/heads/main", plumbing.ZeroHash)
	return o
}

// push commits the files and moves the branch.
func (o *origin) push(subject string) string {
	o.t.Helper()
	return o.setHead(o.commit(subject, o.parent...))
}

// amend replaces the newest commit, as a forced push does.
func (o *origin) amend(subject string) string {
	o.t.Helper()
	c, err := o.repo.CommitObject(o.parent[0])
	if err != nil {
		o.t.Fatal(err)
	}
	return o.setHead(o.commit(subject, c.ParentHashes...))
}

// rewind moves the branch to a commit that is there, and the files with it.
func (o *origin) rewind(hash string) {
	o.t.Helper()
	o.setHead(plumbing.NewHash(hash))
	o.files = o.filesOf(hash)
}

func (o *origin) filesOf(hash string) map[string]string {
	o.t.Helper()
	c, err := o.repo.CommitObject(plumbing.NewHash(hash))
	if err != nil {
		o.t.Fatal(err)
	}
	files, err := c.Files()
	if err != nil {
		o.t.Fatal(err)
	}
	out := make(map[string]string)
	_ = files.ForEach(func(f *object.File) error {
		text, err := f.Contents()
		out[f.Name] = text
		return err
	})
	return out
}

func (o *origin) setHead(hash plumbing.Hash) string {
	o.t.Helper()
	o.parent = []plumbing.Hash{hash}
	o.setRef("refs/heads/main", hash)
	return hash.String()
}

// head is the branch's newest commit.
func (o *origin) head() string { return o.parent[0].String() }

// setRef points a branch to a commit and HEAD to the branch; the zero hash leaves the
// branch without a commit.
func (o *origin) setRef(name string, hash plumbing.Hash) {
	o.t.Helper()
	refs := []*plumbing.Reference{plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.ReferenceName(name))}
	if !hash.IsZero() {
		refs = append(refs, plumbing.NewHashReference(plumbing.ReferenceName(name), hash))
	}
	for _, r := range refs {
		if err := o.repo.Storer.SetReference(r); err != nil {
			o.t.Fatal(err)
		}
	}
}

func (o *origin) commit(subject string, parents ...plumbing.Hash) plumbing.Hash {
	o.t.Helper()
	who := object.Signature{Name: "Ada Example", Email: "ada@example.com", When: o.date}
	if o.date.IsZero() {
		who.When = time.Now()
	}
	c := &object.Commit{Author: who, Committer: who, Message: subject + "\n", TreeHash: o.tree(""), ParentHashes: parents}
	if o.signer != nil {
		c.PGPSignature = o.sign(c)
	}
	return o.store(c.Encode)
}

func (o *origin) sign(c *object.Commit) string {
	o.t.Helper()
	payload := &plumbing.MemoryObject{}
	if err := c.EncodeWithoutSignature(payload); err != nil {
		o.t.Fatal(err)
	}
	r, err := payload.Reader()
	if err != nil {
		o.t.Fatal(err)
	}
	var b bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&b, o.signer, r, nil); err != nil {
		o.t.Fatal(err)
	}
	return b.String()
}

// tree stores a folder and what is below it.
func (o *origin) tree(dir string) plumbing.Hash {
	o.t.Helper()
	entries := make(map[string]object.TreeEntry)
	for name, text := range o.files {
		rest, ok := strings.CutPrefix(name, dir)
		if !ok {
			continue
		}
		first, _, below := strings.Cut(rest, "/")
		if _, done := entries[first]; done {
			continue
		}
		e := object.TreeEntry{Name: first, Mode: filemode.Regular}
		if below {
			e.Mode, e.Hash = filemode.Dir, o.tree(dir+first+"/")
		} else {
			e.Mode, e.Hash = cmp.Or(o.odd[name], e.Mode), o.blob(text)
		}
		entries[first] = e
	}
	list := slices.Collect(maps.Values(entries))
	slices.SortFunc(list, func(a, b object.TreeEntry) int { return strings.Compare(sortName(a), sortName(b)) })
	return o.store((&object.Tree{Entries: list}).Encode)
}

// sortName is what Git sorts a tree by.
func sortName(e object.TreeEntry) string {
	if e.Mode == filemode.Dir {
		return e.Name + "/"
	}
	return e.Name
}

func (o *origin) blob(text string) plumbing.Hash {
	o.t.Helper()
	return o.store(func(e plumbing.EncodedObject) error {
		e.SetType(plumbing.BlobObject)
		w, err := e.Writer()
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		return err
	})
}

func (o *origin) store(encode func(plumbing.EncodedObject) error) plumbing.Hash {
	o.t.Helper()
	e := o.repo.Storer.NewEncodedObject()
	if err := encode(e); err != nil {
		o.t.Fatal(err)
	}
	if o.repo.Storer.HasEncodedObject(e.Hash()) == nil {
		return e.Hash()
	}
	hash, err := o.repo.Storer.SetEncodedObject(e)
	if err != nil {
		o.t.Fatal(err)
	}
	return hash
}

// A branch is the origin as the daemon reads it. A pull can be made to fail, as over a
// network.
type branch struct {
	repo  *git.Repo
	mu    gosync.Mutex
	pulls int
	fault func() error // nil where the remote answers
	last  string       // what keep named
}

func (b *branch) Pull(ctx context.Context, keep string) (daemon.Commit, error) {
	b.repo.Keep(keep)
	b.mu.Lock()
	b.pulls++
	b.last = keep
	fault := b.fault
	b.mu.Unlock()
	if fault != nil {
		if err := fault(); err != nil {
			return daemon.Commit{}, err
		}
	}
	c, err := b.repo.Pull(ctx)
	return asCommit(c), err
}

// count returns how often the remote was asked.
func (b *branch) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.pulls
}

func (b *branch) breaks(fault func() error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fault = fault
}

func (b *branch) Head() daemon.Commit { return asCommit(b.repo.Head()) }

func (b *branch) Describe(hash string) (daemon.Commit, error) {
	c, err := b.repo.Commit(hash)
	return asCommit(c), err
}

func (b *branch) FS(hash string) (fs.FS, error) { return b.repo.FS(hash) }

func asCommit(c git.Commit) daemon.Commit {
	return daemon.Commit{Hash: c.Hash, Author: c.Author + " <" + c.AuthorEmail + ">", Subject: c.Subject, Time: c.Time}
}

// key makes a signing key and writes the file that trusts it.
func (o *origin) key() (file string) {
	o.t.Helper()
	var err error
	if o.signer, err = openpgp.NewEntity("Ada Example", "", "ada@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA}); err != nil {
		o.t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err == nil {
		err = errors.Join(o.signer.Serialize(w), w.Close())
	}
	if err != nil {
		o.t.Fatal(err)
	}
	file = filepath.Join(o.t.TempDir(), "trusted.asc")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		o.t.Fatal(err)
	}
	return file
}

func (b *branch) Contains(ctx context.Context, newer, older string) (bool, error) {
	return b.repo.Contains(ctx, newer, older)
}

func (b *branch) Verify(hash string) error { return b.repo.Verify(hash) }
