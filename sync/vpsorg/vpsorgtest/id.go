package vpsorgtest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// newID returns an id in the form of a version 4 UUID. It depends on the seed and on how many ids there were
// before, so that a run can be repeated and a state read from a file goes on without repeating an id.
func (s *Server) newID() string {
	var in [16]byte
	binary.BigEndian.PutUint64(in[:8], s.opts.Seed)
	binary.BigEndian.PutUint64(in[8:], s.store.ids.Add(1))
	id := sha256.Sum256(in[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

func (s *Server) now() time.Time { return s.opts.Now().UTC().Truncate(time.Microsecond) }
