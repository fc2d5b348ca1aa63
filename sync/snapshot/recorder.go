package snapshot

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	stdsync "sync"
	"time"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// A Recorder keeps a snapshot in a file up to date with every zone that a daemon reads. The
// records are in files, and only where they are is in memory. Make it with [NewRecorder]; its
// methods may be called concurrently.
type Recorder struct {
	dir string

	mu stdsync.Mutex
	// spool is a file with the lines of the zones that were read since the snapshot was last
	// written, one after the other, size octets of them; base is that snapshot, nil before
	// the first.
	spool, base *os.File
	size        int64
	entries     map[schema.Name]entry
	list        diff.ZoneList
	listed      time.Time // when the list was read
	swept       bool      // every zone was read once
	changed     bool      // since the snapshot was written
	err         error     // the first since then
}

// An entry says where the line of a zone is.
type entry struct {
	in     *os.File
	offset int64
	length int
	read   time.Time
}

const (
	fileName  = "snapshot.json"
	spoolName = "snapshot.spool"
)

// NewRecorder returns a recorder that keeps its files in a folder, which it makes if need be.
// A snapshot of an earlier process is removed: what has changed since is not known.
func NewRecorder(dir string) (*Recorder, error) {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		if err = os.Remove(filepath.Join(dir, fileName)); errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	var spool *os.File
	if err == nil {
		spool, err = os.OpenFile(filepath.Join(dir, spoolName), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("snapshot: %w", err)
	}
	return &Recorder{dir: dir, spool: spool, entries: make(map[schema.Name]entry)}, nil
}

// Close closes the recorder's files.
func (r *Recorder) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.spool.Close()
	if r.base != nil {
		err = errors.Join(err, r.base.Close())
	}
	return err
}

// Listed takes in the list of zones. A zone that a whole list no longer has is forgotten.
func (r *Recorder) Listed(list diff.ZoneList) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list, r.listed, r.changed = list, time.Now(), true
	if list.Partial != "" {
		return
	}
	there := make(map[schema.Name]bool, len(list.Zones))
	for _, z := range list.Zones {
		there[z.Name] = true
	}
	for name := range r.entries {
		if !there[name] {
			delete(r.entries, name)
		}
	}
}

// Read takes in a zone that has just been read, with its readings.
func (r *Recorder) Read(z diff.LiveZone) {
	at := time.Now()
	text, err := line(z, at)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		_, err = r.spool.WriteAt(text, r.size)
	}
	if err != nil {
		r.fail(err)
		delete(r.entries, z.Name)
		return
	}
	r.entries[z.Name] = entry{r.spool, r.size, len(text), at}
	r.size += int64(len(text))
	r.changed = true
}

// Deleted forgets a zone that was deleted.
func (r *Recorder) Deleted(name schema.Name) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.entries, name)
	r.list.Zones = slices.DeleteFunc(slices.Clone(r.list.Zones), func(z diff.ZoneRef) bool { return z.Name == name })
	r.changed = true
}

func (r *Recorder) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// Swept is called when a sweep has ended: from then on there is a snapshot to write. Zones
// that were last read before its list of zones are forgotten: nobody looks at them any more.
func (r *Recorder) Swept() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, e := range r.entries {
		if e.read.Before(r.listed) {
			delete(r.entries, name)
		}
	}
	r.swept, r.changed = true, true
}

// Publish writes the snapshot, whole or not at all, if there was a sweep and anything has
// changed since it was last written. Its time is when the first of its zones was read. The
// error is also that of zones that could not be kept since; what is served then is the
// snapshot before.
func (r *Recorder) Publish() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.swept || !r.changed && r.err == nil {
		return nil
	}
	err := r.err
	r.err = nil
	if err == nil {
		err = r.publish()
	}
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	r.changed = false
	return nil
}

func (r *Recorder) publish() error {
	file, err := os.CreateTemp(r.dir, fileName+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // is gone where all went well
	moved, err := r.write(file)
	if err == nil {
		err = os.Rename(file.Name(), filepath.Join(r.dir, fileName))
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if r.base != nil {
		err = r.base.Close()
	}
	r.base, r.entries, r.size = file, moved, 0
	return errors.Join(err, r.spool.Truncate(0))
}

// write writes a snapshot, and returns where the zones are in it.
func (r *Recorder) write(file *os.File) (map[schema.Name]entry, error) {
	w := begin(file, Head{Time: r.oldest(), Partial: r.list.Partial, Warnings: r.list.Warnings})
	moved := make(map[schema.Name]entry, len(r.entries))
	for _, name := range r.names() {
		e, read := r.entries[name]
		text, err := unread(name, "no zone file names it, or it could not be read")
		if read {
			text = make([]byte, e.length)
			_, err = io.ReadFull(io.NewSectionReader(e.in, e.offset, int64(e.length)), text)
		}
		if err != nil {
			return nil, err
		}
		offset := w.add(text)
		if read {
			moved[name] = entry{file, offset, e.length, e.read}
		}
	}
	return moved, w.end()
}

// names returns the zones that were listed or read, sorted.
func (r *Recorder) names() []schema.Name {
	var out []schema.Name
	for _, z := range r.list.Zones {
		out = append(out, z.Name)
	}
	for name := range r.entries {
		out = append(out, name)
	}
	slices.SortFunc(out, schema.Name.Compare)
	return slices.Compact(out)
}

// oldest is when the first of the zones was read, or now where none was.
func (r *Recorder) oldest() time.Time {
	out := time.Now()
	for _, e := range r.entries {
		if e.read.Before(out) {
			out = e.read
		}
	}
	return out
}

// Open opens the snapshot that was last written. The error is [os.ErrNotExist] before the
// first.
func (r *Recorder) Open() (*os.File, error) { return os.Open(filepath.Join(r.dir, fileName)) }
