package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
	"github.com/zonetender/zonetender/sync"
)

// choose returns the zones that a cycle has to look at: those whose files, includes or
// settings changed since they were last tried, those that a guard refused where the
// approvals changed, and those that are due to be tried again. A sweep looks at every
// zone. Zones of which only the time of a record has come are kept apart from the others, so
// that what a guard refuses of them does not hold back a push: they are left for a pull of their
// own.
func (c *cycle) choose() map[schema.Name]bool {
	now, src := time.Now(), c.src
	approvals := !slices.Equal(src.folder.Settings.Approve, c.seen.approve)
	if c.around != nil {
		return c.pushed(approvals, now)
	}
	out := make(map[schema.Name]bool)
	moved := src.commit.Hash != c.seen.commit
	expired := make(map[schema.Name]bool)
	for _, s := range src.folder.Sources {
		z := c.before.Zones[s.Zone]
		switch {
		case (moved || c.kind == Sweep) && !src.same(s, &z):
			out[s.Zone] = true
		case z.expired(now):
			expired[s.Zone] = true
		case c.kind == Sweep, approvals && z.State == StateRefused, z.due(now):
			out[s.Zone] = true
		}
	}
	if len(out) == 0 {
		return expired
	}
	c.left = expired
	return out
}

// expired reports whether a record of the zone has expired since the zone was read. A zone that
// failed since then is tried again when it is due.
func (z *ZoneMemory) expired(now time.Time) bool {
	return !z.Expires.IsZero() && !z.Expires.After(now) && z.Failures == 0
}

// due reports whether it is time to try the zone again. A try that is further away than any
// can be was planned before the clock was put back.
func (z *ZoneMemory) due(now time.Time) bool {
	if z.RetryAt.IsZero() {
		return false
	}
	left := z.RetryAt.Sub(now)
	return left <= 0 || left > lastRetry
}

// edited returns those of the chosen zones whose files or settings changed since they
// were last tried.
func (s *source) edited(chosen func(schema.Name) bool, before Memory) map[schema.Name]bool {
	out := make(map[schema.Name]bool)
	for _, zone := range s.folder.Sources {
		z := before.Zones[zone.Zone]
		if chosen(zone.Zone) && !s.same(zone, &z) {
			out[zone.Zone] = true
		}
	}
	return out
}

// same reports whether a zone would be read from the same files and settings as when it
// was last tried.
func (s *source) same(zone zonefile.Source, z *ZoneMemory) bool {
	if z.Read.Settings != s.settings {
		return false
	}
	for _, f := range zone.Files {
		if !z.Read.has(f) {
			return false
		}
	}
	for _, f := range z.Read.Files {
		if f.Blob == "" || s.blobs.of(f.Path) != f.Blob {
			return false
		}
	}
	return true
}

// reading returns what a zone was read from, for its memory.
func (s *source) reading(files []string, version string) Reading {
	r := Reading{Files: make([]File, len(files)), Settings: s.settings, Version: version}
	for i, f := range files {
		r.Files[i] = File{f, s.blobs.of(f)}
	}
	return r
}

// blobs finds the blob hashes of files in the zones folder, each once.
type blobs struct {
	hash  func(name string) (string, error) // nil where the commit's files have none
	dir   string
	known map[string]string
}

func newBlobs(files fs.FS, dir string) *blobs {
	b := &blobs{dir: dir, known: make(map[string]string)}
	if h, ok := files.(interface {
		BlobHash(name string) (string, error)
	}); ok {
		b.hash = h.BlobHash
	}
	return b
}

// of returns the hash of a file. It is "" where it is not known, which equals no hash.
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

// digest is a short form of zonetender.yaml, but for the approval codes: a code concerns
// refused zones only. It is made of the text, so that it is the same in every version of
// this program; "" stands for a file that says nothing else.
func digest(files fs.FS, dir string) string {
	text, _ := fs.ReadFile(files, path.Join(dir, "zonetender.yaml"))
	// The parser panics on some malformed files. They count as they are.
	_ = sync.Catch(func() { text = withoutApprovals(text) })
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

// onlyExpires reports whether nothing changes in the zone but what its files gave an end.
func onlyExpires(z *diff.ZonePlan) bool {
	return z.Action == diff.Update && !slices.ContainsFunc(z.Changes, func(c diff.Change) bool { return c.Origin != diff.OriginExpired })
}

// refuseUpgrade refuses the zones of which this version of the program reads files, which
// were applied already, otherwise than the version before it did. The others go on.
func refuseUpgrade(zones []diff.ZonePlan, before Memory, edited map[schema.Name]bool, version string) {
	var sum diff.Summary
	var read []*diff.ZonePlan
	older := ""
	for i := range zones {
		z := &zones[i]
		was := before.Zones[z.Zone]
		old := was.Read.Version
		if z.Action == diff.None || was.Commit == "" || old == "" || old == version || edited[z.Zone] || onlyExpires(z) {
			continue
		}
		sum.Add(z)
		read = append(read, z)
		older = old
	}
	if len(read) == 0 {
		return
	}
	diff.RefuseTogether(diff.Refusal{Guard: diff.GuardUpgrade, Message: fmt.Sprintf(
		"zonetender %s has applied these files, and %s would change %s of theirs (%d records to create, %d to update, %d to delete); if this is intended, approve it",
		older, version, sync.Plural(sum.Zones, "zone"), sum.Create, sum.Update, sum.Delete)}, read)
}
