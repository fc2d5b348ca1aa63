package git

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha1" // Git names objects by it
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/cache"
	"github.com/go-git/go-git/v5/plumbing/format/packfile"
)

// baseCacheSize bounds, in bytes, the objects that are kept while others are made
// from them.
const baseCacheSize = 8 * cache.MiByte

// A packIndexer reads a pack (gitformat-pack(5)) and finds out what is where in it.
//
// go-git's own indexer believes what the pack says of itself: it allocates an index
// for as many objects as the header counts, and inflates each object into memory,
// however large. This one needs memory for an index of at most as many objects as
// Options allow, and for a few objects of at most MaxFileBytes. A larger file is only
// hashed. What is made from one, or would become one, is left out of the index.
type packIndexer struct {
	opts    Options
	file    *os.File
	objects []packed                // by offset
	waiting map[plumbing.Hash]int32 // the first of the deltas that name this base
	scanner *packfile.Scanner       // of the file, when it is complete
	buffer  bytes.Buffer            // what was read last
	cache   *cache.BufferLRU        // contents of bases, by offset
	omitted int                     // objects that are not in the index
}

// packed is an object in a pack. Of a delta, kind and hash are known when its base is.
type packed struct {
	offset int64
	chain  int64         // bytes of the deltas from this one to a whole object
	hash   plumbing.Hash // zero: not known, or left out
	crc    uint32
	// Positions of other objects, or none. The deltas of the same base are a list.
	base, child, sibling int32
	depth                uint16 // deltas from this one to a whole object
	kind                 plumbing.ObjectType
	large                bool // cannot be read, because of its size or its chain's
}

const (
	none = -1
	// maxChain is how many times MaxFileBytes a chain of deltas may take: to read an
	// object is to hold its chain in memory.
	maxChain = 2
	// maxChainDepth is what Git itself allows.
	maxChainDepth = 4095
)

var errMalformedPack = errors.New("malformed pack")

// receivePack stores a pack and its index in dir, if the pack is whole, its checksum
// is right, and it is within the limits. Omitted reports whether something in it
// cannot be read because of its size.
func receivePack(ctx context.Context, dir string, pack io.Reader, o Options) (omitted bool, err error) {
	file, err := os.CreateTemp(dir, "tmp_pack_")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.Remove(file.Name()) }() // it has another name if it was saved
	x := &packIndexer{opts: o, file: file, waiting: make(map[plumbing.Hash]int32), cache: cache.NewBufferLRU(baseCacheSize)}
	sum, err := x.scan(pack)
	if err == nil {
		err = x.resolve(ctx)
	}
	if err = errors.Join(err, file.Close()); err == nil && len(x.objects) > 0 {
		return x.omitted > 0, x.save(dir, sum)
	}
	return false, err
}

// scan copies the pack to the file, and finds out what can be known of each object
// when it comes.
func (x *packIndexer) scan(pack io.Reader) (plumbing.Hash, error) {
	s := packfile.NewScanner(bufio.NewReaderSize(io.TeeReader(pack, x.file), 64<<10))
	_, count, err := s.Header()
	if err != nil {
		return plumbing.ZeroHash, err
	}
	if limit := x.opts.maxObjects(); int64(count) > limit {
		return plumbing.ZeroHash, &LimitError{What: "pack", Limit: limit, Unit: "objects", Option: "MaxBytes"}
	}
	x.objects = make([]packed, 0, count)
	for range count {
		if err := x.scanObject(s); err != nil {
			return plumbing.ZeroHash, err
		}
	}
	return s.Checksum()
}

func (x *packIndexer) scanObject(s *packfile.Scanner) error {
	h, err := s.NextObjectHeader()
	if err != nil {
		return err
	}
	o := packed{offset: h.Offset, base: none, child: none, sibling: none, large: h.Length > x.opts.MaxFileBytes}
	at := int32(len(x.objects))
	hasher := plumbing.NewHasher(h.Type, h.Length)
	content := io.Writer(hasher)
	switch h.Type {
	case plumbing.CommitObject, plumbing.TreeObject, plumbing.TagObject, plumbing.BlobObject:
		if o.kind = h.Type; o.large && o.kind != plumbing.BlobObject {
			return x.opts.tooLarge(o.kind.String())
		}
	case plumbing.OFSDeltaObject:
		base, found := slices.BinarySearchFunc(x.objects, h.OffsetReference, func(o packed, offset int64) int { return cmp.Compare(o.offset, offset) })
		if !found {
			return fmt.Errorf("%w: a delta has no base", errMalformedPack)
		}
		o.chain, o.base, o.sibling = h.Length, int32(base), x.objects[base].child
		x.objects[base].child = at
		content = io.Discard
	case plumbing.REFDeltaObject:
		o.chain = h.Length
		if next, ok := x.waiting[h.Reference]; ok {
			o.sibling = next
		}
		x.waiting[h.Reference] = at
		content = io.Discard
	default:
		return fmt.Errorf("%w: object of an unknown type", errMalformedPack)
	}
	n, crc, err := s.NextObject(content)
	if err != nil {
		return err
	}
	if n != h.Length {
		return fmt.Errorf("%w: an object has %d bytes, expected %d", errMalformedPack, n, h.Length)
	}
	if o.crc = crc; o.kind != 0 {
		o.hash = hasher.Sum()
	}
	x.objects = append(x.objects, o)
	return nil
}

// resolve makes the objects that are stored as deltas, each once, starting with what
// is made from the whole ones.
func (x *packIndexer) resolve(ctx context.Context) error {
	x.scanner = packfile.NewScanner(x.file)
	var bases []int32
	for i := range x.objects {
		if x.objects[i].base == none && x.objects[i].kind != 0 {
			bases = append(bases, int32(i))
		}
		for len(bases) > 0 {
			base := bases[len(bases)-1]
			bases = bases[:len(bases)-1]
			x.claim(base)
			for c := x.objects[base].child; c != none; c = x.objects[c].sibling {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := x.derive(c); err != nil {
					return err
				}
				bases = append(bases, c)
			}
		}
	}
	for _, o := range x.objects {
		if o.kind == 0 && x.omitted == 0 {
			return fmt.Errorf("%w: a delta has no base", errMalformedPack)
		}
	}
	return nil
}

// claim gives an object the deltas that name it, by its hash, as their base.
func (x *packIndexer) claim(base int32) {
	o := &x.objects[base]
	first, ok := x.waiting[o.hash]
	if !ok || o.hash.IsZero() {
		return
	}
	delete(x.waiting, o.hash)
	for c := first; ; c = x.objects[c].sibling {
		x.objects[c].base = base
		if x.objects[c].sibling == none {
			x.objects[c].sibling, o.child = o.child, first
			return
		}
	}
}

// derive finds out what a delta makes of its base. It leaves out what is too large.
func (x *packIndexer) derive(at int32) error {
	o := &x.objects[at]
	base := x.objects[o.base]
	o.kind = base.kind
	o.chain += base.chain
	o.depth = base.depth + 1
	o.large = o.large || base.large || o.chain > maxChain*x.opts.MaxFileBytes || o.depth > maxChainDepth
	if !o.large {
		content, err := x.content(o.base)
		if err != nil {
			return err
		}
		if content, err = x.apply(content, at); err != nil {
			return err
		}
		if !o.large {
			o.hash = plumbing.ComputeHash(o.kind, content)
			if _, waited := x.waiting[o.hash]; waited || o.child != none {
				x.cache.Put(o.offset, content)
			}
			return nil
		}
	}
	if o.kind != plumbing.BlobObject {
		return x.opts.tooLarge(o.kind.String())
	}
	x.omitted++
	return nil
}

// content returns what an object holds, which is not to be changed.
func (x *packIndexer) content(at int32) ([]byte, error) {
	var chain []int32
	var content []byte
	for {
		o := x.objects[at]
		if cached, ok := x.cache.Get(o.offset); ok {
			content = cached
			break
		}
		if o.base == none {
			if err := x.read(at); err != nil {
				return nil, err
			}
			content = bytes.Clone(x.buffer.Bytes())
			x.cache.Put(o.offset, content)
			break
		}
		chain = append(chain, at)
		at = o.base
	}
	for _, at := range slices.Backward(chain) {
		var err error
		if content, err = x.apply(content, at); err != nil {
			return nil, err
		}
		x.cache.Put(x.objects[at].offset, content)
	}
	return content, nil
}

// apply makes an object from its base. It returns nothing for one that is too large,
// and notes that.
func (x *packIndexer) apply(base []byte, at int32) ([]byte, error) {
	if err := x.read(at); err != nil {
		return nil, err
	}
	delta := x.buffer.Bytes()
	_, n := binary.Uvarint(delta) // size of the base
	if n <= 0 {
		return nil, fmt.Errorf("%w: invalid delta", errMalformedPack)
	}
	size, n := binary.Uvarint(delta[n:])
	if n <= 0 {
		return nil, fmt.Errorf("%w: invalid delta", errMalformedPack)
	}
	if size > uint64(x.opts.MaxFileBytes) {
		x.objects[at].large = true
		return nil, nil
	}
	return packfile.PatchDelta(base, delta)
}

// read puts what the pack stores for an object, whole or delta, into the buffer.
func (x *packIndexer) read(at int32) error {
	if _, err := x.scanner.SeekObjectHeader(x.objects[at].offset); err != nil {
		return err
	}
	x.buffer.Reset()
	_, _, err := x.scanner.NextObject(&x.buffer)
	return err
}

// save writes the index, and gives both files their names.
func (x *packIndexer) save(dir string, sum plumbing.Hash) error {
	index, err := os.CreateTemp(dir, "tmp_idx_")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(index.Name()) }()
	err = x.writeIndex(index, sum)
	name := filepath.Join(dir, "pack-"+sum.String())
	// A pack without an index, and the other way round, is removed as a leftover.
	if err = errors.Join(err, index.Close()); err == nil {
		err = os.Rename(x.file.Name(), name+".pack")
	}
	if err == nil {
		err = os.Rename(index.Name(), name+".idx")
	}
	return err
}

// writeIndex writes an index of version 2 (gitformat-pack(5)).
func (x *packIndexer) writeIndex(file io.Writer, sum plumbing.Hash) error {
	objects := slices.DeleteFunc(x.objects, func(o packed) bool { return o.hash.IsZero() })
	slices.SortFunc(objects, func(a, b packed) int { return compareHash(a.hash, b.hash) })
	objects = slices.CompactFunc(objects, func(a, b packed) bool { return a.hash == b.hash })

	digest := sha1.New()
	w := bufio.NewWriter(io.MultiWriter(file, digest))
	word := func(n uint32) { _, _ = w.Write(binary.BigEndian.AppendUint32(w.AvailableBuffer(), n)) } // Flush tells
	_, _ = w.WriteString("\xfftOc\x00\x00\x00\x02")
	n := 0
	for first := range 256 {
		for n < len(objects) && int(objects[n].hash[0]) == first {
			n++
		}
		word(uint32(n))
	}
	for _, o := range objects {
		_, _ = w.Write(o.hash[:])
	}
	for _, o := range objects {
		word(o.crc)
	}
	var distant []int64
	for _, o := range objects {
		if o.offset <= math.MaxInt32 {
			word(uint32(o.offset))
			continue
		}
		word(1<<31 | uint32(len(distant)))
		distant = append(distant, o.offset)
	}
	for _, offset := range distant {
		word(uint32(offset >> 32))
		word(uint32(offset))
	}
	_, _ = w.Write(sum[:])
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := file.Write(digest.Sum(nil))
	return err
}
