package daemon

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"strings"
	gosync "sync"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/sync"
)

// Declared are the RRsets that a commit declares in a zone, in a tenth of what their keys take
// in memory: a line for each owner name, of its types with commas between them, a space, and
// the name relative to the zone. "" declares nothing.
type Declared string

// NewDeclared returns the RRsets of a zone with these keys, which are sorted.
func NewDeclared(zone schema.Name, keys []schema.Key) Declared {
	var b strings.Builder
	for i, k := range keys {
		if i > 0 && k.Name == keys[i-1].Name {
			continue
		}
		for j, same := range keys[i:] {
			if same.Name != k.Name {
				break
			}
			if j > 0 {
				b.WriteByte(',')
			}
			b.WriteString(string(same.Type))
		}
		b.WriteByte(' ')
		b.WriteString(k.Name.Relative(zone))
		b.WriteByte('\n')
	}
	return Declared(b.String())
}

// Keys returns the keys of a zone's RRsets, in the order in which they were given.
func (d Declared) Keys(zone schema.Name) ([]schema.Key, error) {
	keys := make([]schema.Key, 0, strings.Count(string(d), "\n")+strings.Count(string(d), ","))
	for line := range strings.Lines(string(d)) {
		types, owner, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		name, _, err := schema.ParseOwner(owner, zone)
		if err != nil {
			return nil, err
		}
		for t := range strings.SplitSeq(types, ",") {
			keys = append(keys, schema.Key{Name: name, Type: schema.Type(t)})
		}
	}
	return keys, nil
}

// A Digest stands for what a zone declares. The zero Digest stands for nothing declared.
type Digest [sha256.Size]byte

// Digest returns what stands for the RRsets.
func (d Declared) Digest() Digest {
	if d == "" {
		return Digest{}
	}
	return sha256.Sum256([]byte(d))
}

// declarations knows what the last applied commits declared in zones. It is safe for
// concurrent use.
type declarations struct {
	store   Store
	log     *slog.Logger
	before  Memory
	unsaved map[schema.Name]Declared // that the store could not take
	around  *declarations            // of the cycle that is suspended for this pull, nil for none

	mu     gosync.Mutex
	failed map[schema.Name]error // of the store, by the zones that were asked for
	lost   map[schema.Name]bool  // zones of which the store has something else than was saved
	// written are the RRsets that the cycle has created or updated so far, by the zones that it
	// has changed. Before it ends, the memory does not have them.
	written map[schema.Name][]schema.Key
}

func (d *Daemon) declarations(before Memory) *declarations {
	return &declarations{
		store: d.Store, log: d.Log, before: before, unsaved: d.unsaved.Declared,
		failed: make(map[schema.Name]error), lost: make(map[schema.Name]bool), written: make(map[schema.Name][]schema.Key),
	}
}

// changed notes what came of a call.
func (d *declarations) changed(e sync.Event) {
	if e.Err != nil || e.PutBack || e.Change.Name.IsZero() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	keys := d.written[e.Zone]
	if e.Action != diff.Delete {
		keys = append(keys, schema.Key{Name: e.Change.Name, Type: e.Change.Type})
	}
	d.written[e.Zone] = keys
}

// changedIn reports whether the cycle has changed records of a zone.
func (d *declarations) changedIn(zone schema.Name) bool {
	_, ok := d.written[zone]
	return ok
}

// differs reports whether a zone declares something else than the store has.
func (d *declarations) differs(zone schema.Name, declared Declared) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lost[zone] || declared.Digest() != d.before.Zones[zone].Declared
}

// of returns the RRsets that were declared in a zone, and those that a suspended cycle has
// written there.
func (d *declarations) of(ctx context.Context, zone schema.Name) ([]schema.Key, error) {
	keys, err := d.saved(ctx, zone)
	if err == nil && d.around != nil {
		keys = withWritten(keys, d.around.written[zone])
	}
	return keys, err
}

// saved returns the RRsets that were declared in a zone. What was lost counts as not declared: no
// record is deleted for it, while an older state would name what is somebody else's by now.
func (d *declarations) saved(ctx context.Context, zone schema.Name) ([]schema.Key, error) {
	digest := d.before.Zones[zone].Declared
	if digest == (Digest{}) {
		return nil, nil
	}
	declared, ok := d.unsaved[zone]
	if !ok {
		var err error
		// A cycle that is being stopped still has to know.
		if declared, err = d.store.Declared(context.WithoutCancel(ctx), zone); err != nil {
			return nil, err
		}
	}
	keys, err := declared.Keys(zone)
	if err == nil && declared.Digest() != digest {
		err = errors.New("it is not what was saved last")
	}
	if err != nil {
		d.log.Warn("the state database has lost what the zone declared; what its file does not declare any more stays in the zone",
			"zone", zone.Undotted(), "cause", err.Error())
		d.mu.Lock()
		defer d.mu.Unlock()
		d.lost[zone] = true
		return nil, nil
	}
	return keys, nil
}

// ask is of for a pass. Where the store fails, it remembers that for fail.
func (d *declarations) ask(ctx context.Context, zone schema.Name) []schema.Key {
	keys, err := d.of(ctx, zone)
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.failed[zone] = err
	}
	return keys
}

// fail drops what was planned without knowing what was declared. Once applied, that would
// leave in the zone for good what its file does not declare any more.
func (d *declarations) fail(zones []diff.ZonePlan) {
	for i := range zones {
		if err, ok := d.failed[zones[i].Zone]; ok {
			zones[i] = diff.ZonePlan{Zone: zones[i].Zone, Action: diff.None, Error: err.Error()}
		}
	}
}
