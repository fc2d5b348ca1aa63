package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// settingsFile is the name under which a zone's memory keeps what the settings were.
const settingsFile = ""

// choose gives the zones that a pull has to look at: those whose files, includes or
// settings changed since they were last tried, and those that are due to be tried
// again. A sweep looks at every zone.
func (w *work) choose() map[schema.Name]bool {
	out := make(map[schema.Name]bool)
	if w.kind == Sweep {
		for _, s := range w.folder.Sources {
			out[s.Zone] = true
		}
		return out
	}
	now := time.Now()
	moved := w.commit.Hash != w.memory.Progress.Read
	settings := w.settings()
	blobs := newBlobs(w)
	for _, s := range w.folder.Sources {
		z, known := w.memory.Zones[s.Zone]
		switch {
		case !known,
			z.State == Orphaned,
			z.Files == nil && moved,
			z.Files != nil && (moved && !blobs.same(s, z.Files) || z.Files[settingsFile] != settings),
			z.State == Refused && moved,
			!z.RetryAt.IsZero() && !now.Before(z.RetryAt):
			out[s.Zone] = true
		}
	}
	return out
}

// settings is a digest of what zonetender.yaml says, approval codes apart: a code
// concerns refused zones only.
func (w *work) settings() string {
	s := w.folder.Settings
	s.Approve = nil
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %+v", w.Version, s))
	return hex.EncodeToString(sum[:])
}

// blobs finds the blob hashes of files, each once.
type blobs struct {
	hash  func(name string) (string, error)
	dir   string
	known map[string]string
}

func newBlobs(w *work) *blobs {
	b := &blobs{dir: w.path, known: make(map[string]string)}
	if h, ok := w.files.(interface {
		BlobHash(name string) (string, error)
	}); ok {
		b.hash = h.BlobHash
	}
	return b
}

// of gives the hash of a file of the zones folder. It is "" where it cannot be told,
// which equals no hash.
func (b *blobs) of(file string) string {
	if b.hash == nil {
		return ""
	}
	if h, ok := b.known[file]; ok {
		return h
	}
	h, err := b.hash(path.Join(b.dir, file))
	if err != nil {
		h = ""
	}
	b.known[file] = h
	return h
}

// same reports whether the zone would be read from the same files as before.
func (b *blobs) same(s schema.Source, before map[string]string) bool {
	for _, f := range s.Files {
		if _, ok := before[f]; !ok {
			return false
		}
	}
	for f, hash := range before {
		if f != settingsFile && (hash == "" || b.of(f) != hash) {
			return false
		}
	}
	return true
}

// declared gives the RRsets that the last applied commit declared in a zone.
func (w *work) declared(zone schema.Name) []schema.Key { return w.memory.Zones[zone].Declared }

// guards gives the refusals that need history: a new version of this program that
// reads a commit, which was applied already, otherwise than the one before it did.
func (w *work) guards(p *diff.Plan) []diff.Refusal {
	known := w.memory.Progress
	if known.Version == "" || known.Version == w.Version || known.Applied != w.commit.Hash {
		return nil
	}
	s := p.Summary()
	if s.ZonesChanged == 0 {
		return nil
	}
	return []diff.Refusal{{Guard: diff.GuardUpgrade, Message: fmt.Sprintf(
		"zonetender %s has applied this commit, and %s would change %d of its zones (%d to create, %d to update, %d to delete); approve it if that is meant",
		known.Version, w.Version, s.ZonesChanged, s.Create, s.Update, s.Delete)}}
}

// quarantined gives the RRsets of a plan that did not stay as they were written often
// enough to leave them alone: until the file says something else, or the live zone
// says what the file does.
func (w *work) quarantined(p *diff.ZonePlan) []schema.Key {
	var out []schema.Key
	for _, f := range w.memory.Zones[p.Zone].Fights {
		if f.Count >= maxFights && want(p, f.Key) == f.Want {
			out = append(out, f.Key)
		}
	}
	slices.SortFunc(out, schema.Key.Compare)
	return slices.Compact(out)
}
