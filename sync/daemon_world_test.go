package sync_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	gogit "github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
	"github.com/go-git/go-git/v5/plumbing/object"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
	"github.com/zonetender/zonetender/sync/git"
	"github.com/zonetender/zonetender/sync/state"
	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// An origin is a Git repository that people push to.
type origin struct {
	testing.TB
	dir    string
	repo   *gogit.Repository
	files  map[string]string // of the next commit
	parent []plumbing.Hash
	odd    map[string]filemode.FileMode
	signer *openpgp.Entity // nil leaves commits unsigned
}

func newOrigin(t testing.TB) *origin {
	o := &origin{TB: t, dir: t.TempDir(), files: make(map[string]string)}
	var err error
	if o.repo, err = gogit.PlainInit(o.dir, true); err != nil {
		t.Fatal(err)
	}
	o.setRef("refs/heads/main", plumbing.ZeroHash)
	return o
}

// push commits the files and moves the branch.
func (o *origin) push(subject string) string {
	o.Helper()
	return o.setHead(o.commit(subject, o.parent...))
}

// amend replaces the newest commit, as a forced push does.
func (o *origin) amend(subject string) string {
	o.Helper()
	c, err := o.repo.CommitObject(o.parent[0])
	if err != nil {
		o.Fatal(err)
	}
	return o.setHead(o.commit(subject, c.ParentHashes...))
}

// rewind moves the branch to a commit that is there, and the files with it.
func (o *origin) rewind(hash string) {
	o.Helper()
	o.setHead(plumbing.NewHash(hash))
	o.files = o.filesOf(hash)
}

func (o *origin) filesOf(hash string) map[string]string {
	o.Helper()
	c, err := o.repo.CommitObject(plumbing.NewHash(hash))
	if err != nil {
		o.Fatal(err)
	}
	files, err := c.Files()
	if err != nil {
		o.Fatal(err)
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
	o.Helper()
	o.parent = []plumbing.Hash{hash}
	o.setRef("refs/heads/main", hash)
	return hash.String()
}

// setRef points a branch to a commit and HEAD to the branch; the zero hash leaves the
// branch without a commit.
func (o *origin) setRef(name string, hash plumbing.Hash) {
	o.Helper()
	refs := []*plumbing.Reference{plumbing.NewSymbolicReference(plumbing.HEAD, plumbing.ReferenceName(name))}
	if !hash.IsZero() {
		refs = append(refs, plumbing.NewHashReference(plumbing.ReferenceName(name), hash))
	}
	for _, r := range refs {
		if err := o.repo.Storer.SetReference(r); err != nil {
			o.Fatal(err)
		}
	}
}

func (o *origin) commit(subject string, parents ...plumbing.Hash) plumbing.Hash {
	o.Helper()
	who := object.Signature{Name: "Ada Example", Email: "ada@example.com", When: time.Now()}
	c := &object.Commit{Author: who, Committer: who, Message: subject + "\n", TreeHash: o.tree(""), ParentHashes: parents}
	if o.signer != nil {
		c.PGPSignature = o.sign(c)
	}
	return o.store(c.Encode)
}

func (o *origin) sign(c *object.Commit) string {
	o.Helper()
	payload := &plumbing.MemoryObject{}
	if err := c.EncodeWithoutSignature(payload); err != nil {
		o.Fatal(err)
	}
	r, err := payload.Reader()
	if err != nil {
		o.Fatal(err)
	}
	var b bytes.Buffer
	if err := openpgp.ArmoredDetachSign(&b, o.signer, r, nil); err != nil {
		o.Fatal(err)
	}
	return b.String()
}

// tree stores a folder and what is below it.
func (o *origin) tree(dir string) plumbing.Hash {
	o.Helper()
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
	o.Helper()
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
	o.Helper()
	e := o.repo.Storer.NewEncodedObject()
	if err := encode(e); err != nil {
		o.Fatal(err)
	}
	if o.repo.Storer.HasEncodedObject(e.Hash()) == nil {
		return e.Hash()
	}
	hash, err := o.repo.Storer.SetEncodedObject(e)
	if err != nil {
		o.Fatal(err)
	}
	return hash
}

// A branch is the origin as the daemon reads it. A pull can be made to fail, as over a
// network.
type branch struct {
	*git.Repo
	mu    gosync.Mutex
	pulls int
	fault func() error // nil where the remote answers
	last  string       // what keep named
}

func (b *branch) Pull(ctx context.Context, keep string) (sync.Commit, error) {
	b.Keep(keep)
	b.mu.Lock()
	b.pulls++
	b.last = keep
	fault := b.fault
	b.mu.Unlock()
	if fault != nil {
		if err := fault(); err != nil {
			return sync.Commit{}, err
		}
	}
	c, err := b.Repo.Pull(ctx)
	return commitOf(c), err
}

// count gives how often the remote was asked.
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

func (b *branch) Head() sync.Commit { return commitOf(b.Repo.Head()) }

func (b *branch) Describe(hash string) (sync.Commit, error) {
	c, err := b.Commit(hash)
	return commitOf(c), err
}

func (b *branch) FS(hash string) (fs.FS, error) { return b.Repo.FS(hash) }

func commitOf(c git.Commit) sync.Commit {
	return sync.Commit{Hash: c.Hash, Author: c.Author + " <" + c.AuthorEmail + ">", Subject: c.Subject, Time: c.Time}
}

// A memory is a store that lasts as long as the test.
type memory struct {
	mu    gosync.Mutex
	saved sync.Memory
	fault error
}

func (m *memory) Load(context.Context) (sync.Memory, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := m.saved
	out.Zones = maps.Clone(m.saved.Zones)
	return out, nil
}

func (m *memory) Save(ctx context.Context, run sync.Run) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := cmp.Or(m.fault, ctx.Err()); err != nil {
		return err
	}
	if m.saved.Zones == nil {
		m.saved.Zones = make(map[schema.Name]sync.ZoneMemory)
	}
	m.saved.Progress = run.Progress
	for name, z := range run.Zones {
		z.Waiting = 0
		m.saved.Zones[name] = z
	}
	for _, name := range run.Forget {
		delete(m.saved.Zones, name)
	}
	return nil
}

// A house is a team's whole installation: their repository, the simulated service, and
// the daemon between the two, with a clock that the test moves.
type house struct {
	*world
	*origin
	testing.TB
	branch *branch
	store  sync.Store
	log    *logbook
	runs   *runs
	daemon *sync.Daemon
	stop   func()
	// tune changes each daemon before it starts.
	tune func(*sync.Daemon)
}

// A logbook holds what the daemon logs.
type logbook struct {
	mu gosync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// runs are the cycles that have ended.
type runs struct {
	mu  gosync.Mutex
	all []sync.Run
}

func (r *runs) add(run sync.Run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, run)
}

func (r *runs) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all)
}

func (r *runs) last() sync.Run {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return sync.Run{}
	}
	return r.all[len(r.all)-1]
}

func newHouse(t testing.TB, o vpsorgtest.Options) *house {
	h := &house{world: newWorld(t, o), origin: newOrigin(t), TB: t, store: &memory{}, log: &logbook{}, runs: &runs{}}
	h.open(git.Options{})
	t.Cleanup(func() {
		if h.stop != nil {
			h.halt()
		}
		if t.Failed() {
			t.Logf("log:\n%s", h.log)
		}
	})
	return h
}

// open opens the repository as a daemon does that starts.
func (h *house) open(o git.Options) {
	h.Helper()
	o.URL = h.dir
	repo, err := git.Open(h.Context(), o)
	if err != nil {
		h.Fatal(err)
	}
	h.branch = &branch{Repo: repo}
}

// zone puts a zone file into the next commit.
func (h *house) zone(domain string, lines ...string) {
	h.origin.files[domain+".yaml"] = zoneFile(domain, lines)
}

// text puts any file into the next commit; nothing takes it out.
func (h *house) text(name, content string) {
	if content == "" {
		delete(h.origin.files, name)
		return
	}
	h.origin.files[name] = content
}

func schedule(t testing.TB, text string) sync.Schedule {
	t.Helper()
	s, err := sync.ParseSchedule(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start starts a daemon on what is there, and waits for its first cycle.
func (h *house) start() {
	h.Helper()
	h.begin()
	synctest.Wait()
}

// begin starts a daemon on what is there.
func (h *house) begin() {
	h.Helper()
	api := h.client()
	d := &sync.Daemon{
		Repo: h.branch, API: api, Writer: api, Store: h.store, Version: "v1",
		Schedule: schedule(h, "@every 1m"), Sweeping: schedule(h, "@hourly"),
		Concurrency: h.concurrency, Log: slog.New(slog.NewTextHandler(h.log, nil)), Observe: h.runs.add,
	}
	if h.tune != nil {
		h.tune(d)
	}
	ctx, cancel := context.WithCancel(h.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	h.daemon = d
	h.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			h.Error(err)
		}
	}
}

// halt tells the daemon to stop, and waits until it has.
func (h *house) halt() {
	h.stop()
	h.stop = nil
}

// restart stops the daemon and starts another one.
func (h *house) restart() {
	h.Helper()
	h.halt()
	h.start()
}

// pass lets time pass, and waits until the daemon rests.
func (h *house) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// ask triggers a cycle and waits until the daemon rests.
func (h *house) ask(kind sync.Kind) {
	h.daemon.Trigger(kind)
	synctest.Wait()
}

// zoneStatus gives how the daemon says a zone stands.
func (h *house) zoneStatus(domain string) sync.ZoneStatus {
	for _, z := range h.daemon.Status().Zones {
		if z.Zone == domain {
			return z
		}
	}
	return sync.ZoneStatus{}
}

// stands fails the test unless the zone is in a state, for a reason with these phrases.
func (h *house) stands(domain string, want sync.State, phrases ...string) {
	h.Helper()
	got := h.zoneStatus(domain)
	if got.State != want {
		h.Errorf("%s: got state %q (%s), want %q", domain, got.State, got.Reason, want)
	}
	shows(h, got.Reason, phrases...)
}

// ended fails the test unless the last cycle ended so, with these phrases in its error.
func (h *house) ended(want sync.Outcome, phrases ...string) {
	h.Helper()
	got := h.daemon.Status().LastCycle
	if got == nil || got.Outcome != want {
		h.Errorf("last cycle: got %+v, want outcome %q", got, want)
		return
	}
	shows(h, got.Error, phrases...)
}

// follows fails the test unless the zone files of the newest commit are live: the zones
// that they name, and nothing else in them.
func (h *house) follows(domains ...string) {
	h.Helper()
	for _, domain := range domains {
		h.holds(domain, h.says(domain)...)
	}
}

// says gives the records of a zone file.
func (h *house) says(domain string) []string {
	h.Helper()
	files := make(map[string]string)
	maps.Copy(files, h.origin.files)
	return linesOf(h, files, domain)
}

// reads gives the zones that were read since the last look, sorted, and forgets them.
func (h *house) reads() []string {
	var out []string
	for _, c := range h.Calls() {
		if c.Kind == vpsorgtest.GetZone {
			out = append(out, c.Domain)
		}
	}
	h.ResetCalls()
	slices.Sort(out)
	return slices.Compact(out)
}

// read fails the test unless these zones, and no others, were read since the last look.
func (h *house) read(want ...string) {
	h.Helper()
	if d := gocmp.Diff(h.reads(), append([]string(nil), want...)); d != "" {
		h.Errorf("zones read (-got +want):\n%s", d)
	}
}

// linesOf reads a zone out of files.
func linesOf(t testing.TB, files map[string]string, domain string) []string {
	t.Helper()
	w := newWorld(t, vpsorgtest.Options{})
	for name, text := range files {
		w.files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	folder, _, err := schema.Open(w.files, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range folder.Sources {
		if s.Zone.Undotted() == domain {
			z, problems := folder.Zone(s)
			if z == nil {
				t.Fatal(problems)
			}
			return zoneLines(z)
		}
	}
	t.Fatalf("no zone file says anything of %s", domain)
	return nil
}

// database opens a real state directory.
func (h *house) database() *state.DB {
	h.Helper()
	db, err := state.Open(h.Context(), filepath.Join(h.TempDir(), "state"), state.Options{})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if err := db.Close(); err != nil {
			h.Error(err)
		}
	})
	return db
}

// key makes a signing key and writes the file that trusts it.
func (o *origin) key() (file string) {
	o.Helper()
	var err error
	if o.signer, err = openpgp.NewEntity("Ada Example", "", "ada@example.com", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA}); err != nil {
		o.Fatal(err)
	}
	var b bytes.Buffer
	w, err := armor.Encode(&b, openpgp.PublicKeyType, nil)
	if err == nil {
		err = errors.Join(o.signer.Serialize(w), w.Close())
	}
	if err != nil {
		o.Fatal(err)
	}
	file = filepath.Join(o.TempDir(), "trusted.asc")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		o.Fatal(err)
	}
	return file
}

// domains gives n zone names.
func domains(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("zone-%02d.example", i))
	}
	return out
}
