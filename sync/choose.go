package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// settingsFile is the name under which a zone's memory keeps how its files were read: a
// digest of the settings, and the version of this program.
const settingsFile = ""

// choose gives the zones that a pull has to look at: those whose files, includes or
// settings changed since they were last tried, those that a guard refused where the
// approvals changed, and those that are due to be tried again. A sweep looks at every
// zone.
func (w *work) choose() map[schema.Name]bool {
	out := make(map[schema.Name]bool)
	now, blobs := time.Now(), newBlobs(w)
	moved := w.commit.Hash != w.seen.commit
	approvals := !slices.Equal(w.folder.Settings.Approve, w.seen.approve)
	for _, s := range w.folder.Sources {
		z := w.memory.Zones[s.Zone]
		switch {
		case w.kind == Sweep,
			moved && !blobs.same(s, &z),
			approvals && z.State == Refused,
			z.due(now):
			out[s.Zone] = true
		}
	}
	return out
}

// due reports whether the zone is to be tried again. A try that is further away than any
// can be was planned before the clock was put back.
func (z *ZoneMemory) due(now time.Time) bool {
	if z.RetryAt.IsZero() {
		return false
	}
	left := z.RetryAt.Sub(now)
	return left <= 0 || left > lastRetry
}

// digest is a short form of zonetender.yaml, but for the approval codes: a code concerns
// refused zones only. It is made of the text, so that it is the same in every version of
// this program; "" stands for a file that says nothing else.
func digest(files fs.FS, dir string) string {
	text, _ := fs.ReadFile(files, path.Join(dir, "zonetender.yaml"))
	// The parser panics on some malformed files. They count as they are.
	_ = caught(func() { text = withoutApprovals(text) })
	if len(text) == 0 {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func withoutApprovals(text []byte) []byte {
	var doc yaml.Node
	if yaml.Unmarshal(text, &doc) != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return text
	}
	top := doc.Content[0]
	for i := 0; i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == "approve" {
			top.Content = slices.Delete(top.Content, i, i+2)
			break
		}
	}
	if len(top.Content) == 0 {
		return nil
	}
	rest, err := yaml.Marshal(&doc)
	if err != nil {
		return text
	}
	return rest
}

// read gives the digest and the version of settingsFile.
func (z *ZoneMemory) read() (settings, version string) {
	settings, version, _ = strings.Cut(z.Files[settingsFile], " ")
	return settings, version
}

// blobs finds the blob hashes of files, each once.
type blobs struct {
	hash     func(name string) (string, error)
	dir      string
	settings string
	known    map[string]string
}

func newBlobs(w *work) *blobs {
	b := &blobs{dir: w.path, settings: w.settings, known: make(map[string]string)}
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

// same reports whether the zone would be read from the same files and settings as when it
// was last tried.
func (b *blobs) same(s schema.Source, z *ZoneMemory) bool {
	if settings, _ := z.read(); settings != b.settings {
		return false
	}
	for _, f := range s.Files {
		if _, ok := z.Files[f]; !ok {
			return false
		}
	}
	for f, hash := range z.Files {
		if f != settingsFile && (hash == "" || b.of(f) != hash) {
			return false
		}
	}
	return true
}

// unchanged is same for a zone by its name.
func (w *work) unchanged(zone schema.Name, b *blobs) bool {
	i, found := slices.BinarySearchFunc(w.folder.Sources, zone, func(s schema.Source, n schema.Name) int { return s.Zone.Compare(n) })
	z := w.memory.Zones[zone]
	return found && b.same(w.folder.Sources[i], &z)
}

// declared gives the RRsets that the last applied commit declared in a zone.
func (w *work) declared(zone schema.Name) []schema.Key { return w.memory.Zones[zone].Declared }

// guards refuses the zones of which a new version of this program reads files, which
// were applied already, otherwise than the one before it did. The others go on.
func (w *work) guards(p *diff.Plan) {
	var sum diff.Summary
	var read []*diff.ZonePlan
	version, blobs := "", newBlobs(w)
	for i := range p.Zones {
		z := &p.Zones[i]
		before := w.memory.Zones[z.Zone]
		_, old := before.read()
		if z.Action == diff.None || before.Commit == "" || old == "" || old == w.Version || !w.unchanged(z.Zone, blobs) {
			continue
		}
		sum.Add(z)
		read = append(read, z)
		version = old
	}
	if len(read) == 0 {
		return
	}
	diff.RefuseTogether(diff.Refusal{Guard: diff.GuardUpgrade, Message: fmt.Sprintf(
		"zonetender %s has applied these files, and %s would change %s of theirs (%d records to create, %d to update, %d to delete); approve it if that is meant",
		version, w.Version, zones(sum.Zones), sum.Create, sum.Update, sum.Delete)}, read)
}

// quarantined gives the RRsets of a plan that are left alone, as they did not stay as
// they were written: until the file says something else, or a day is over.
func (w *work) quarantined(p *diff.ZonePlan) []schema.Key {
	var out []schema.Key
	fights := w.memory.Zones[p.Zone].Fights
	if len(fights) == 0 || !w.unchanged(p.Zone, newBlobs(w)) {
		return nil
	}
	planned, now := keys(p.Changes), time.Now()
	for _, f := range fights {
		if f.Count >= maxFights && !f.over(now) && slices.Contains(planned, f.Key) {
			out = append(out, f.Key)
		}
	}
	slices.SortFunc(out, schema.Key.Compare)
	return out
}
