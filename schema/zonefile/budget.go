package zonefile

import (
	"strings"
	"sync"

	"github.com/zonetender/zonetender/schema"
)

// The budget is what files may ask of whoever reads them. Every bound is far above what
// zones need, and low enough for a machine with 256 MiB. The data of one record has its
// bound in package schema: what DNS can carry, 65,535 octets.
const (
	maxFolderFiles = 100_000   // zone files in a folder
	maxFolderBytes = 1 << 30   // of all of them
	maxFolders     = 100_000   // folders below it that are listed
	maxFileBytes   = 10 << 20  // of one file
	maxZoneBytes   = 128 << 20 // of the files of a zone, included ones among them, each once
	maxHeldBytes   = 20 << 20  // of those that are held at the same time: all but files that stand alone
	maxZoneNodes   = 650_000   // YAML nodes in what is held, estimated before it is parsed
	maxExpanded    = 1_000_000 // YAML nodes that aliases and includes add to a zone
	maxDepth       = 100       // mappings, lists and includes inside each other
	maxIncludes    = 10_000    // includes in a zone
	maxRecords     = 200_000   // of a zone, however small its files are
	maxLargeZone   = 1_000_000 // records of a zone whose files have at least recordBytes for each
	recordBytes    = 16        // of the shortest value, in a list of addresses
	maxText        = 256 << 10 // octets of one name or value, its variables filled in
	maxZoneText    = 32 << 20  // octets of all of them in a zone, beyond those of its files: aliases followed
	maxVars        = 1_000     // entries of vars
	maxRules       = 500       // entries of ignore, in zonetender.yaml and in a zone
	maxGlobs       = 200       // entries of exclude
	maxCodes       = 1_000     // entries of approve
	maxProblems    = 1_000     // errors of a zone that are listed, and warnings
	maxKept        = 100_000   // estimated nodes of included files that are kept for other zones
	maxTogether    = 64 << 10  // bytes beyond which a zone is read while no other such one is
	maxWhole       = 4 << 20   // bytes beyond which the files of a folder are parsed one after the other, where they can be
)

// estimate returns about how many YAML nodes a text holds, rather too many than too few:
// parsing is what costs memory, so that it must not begin where there are too many. It
// counts what nodes begin or end with, whether that is within quotes or not.
func estimate(text []byte) int {
	n := 10
	depth, list := 0, false // of flow collections; the last one that began is a list
	keyed := false          // a key has been counted since the last separator
	before := byte('\n')    // the last character that is not white space
	for i, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case ':':
			if before == '"' || before == '\'' || endsToken(text, i+1, " \t\r\n,[]{}") {
				n += 2
				if depth > 0 && list {
					n++ // a mapping of one key within a list
				}
				keyed = true
			}
		case '-', '?':
			if endsToken(text, i+1, " \t\r\n") {
				n++
			}
		case ',':
			if !keyed {
				n += 2
			}
			keyed = false
		case '[', '{':
			if before != ':' {
				n++
			}
			depth, list, keyed = depth+1, c == '[', false
		case ']', '}':
			if !keyed {
				n += 2
			}
			depth, keyed = max(0, depth-1), true
		}
		before = c
	}
	return n
}

// endsToken reports whether one of some characters stands at i, or the end.
func endsToken(text []byte, i int, characters string) bool {
	return i == len(text) || strings.IndexByte(characters, text[i]) >= 0
}

// admit counts a file towards the budget of the zone, and reports whether there is room.
func (t *tree) admit(d *document) bool {
	t.size += d.size
	t.held += d.size
	t.nodes += d.nodes
	at := schema.Position{File: d.file, Line: 1, Col: 1}
	switch {
	case t.broken:
	case t.size > maxZoneBytes:
		t.stop(at, codeTooLarge, "files of the zone have more than %d MiB with this one, expected less", maxZoneBytes>>20)
	case t.held > maxHeldBytes:
		t.stop(at, codeTooLarge, "files of the zone have more than %d MiB with this one, expected less%s", maxHeldBytes>>20, splitHint)
	case t.nodes > maxZoneNodes:
		t.stop(at, codeTooLarge, "files of the zone have more than %d YAML nodes with this one, expected fewer: write the values of a name as one list%s", maxZoneNodes, splitHint)
	}
	if t.size > maxTogether {
		t.turn.take()
	}
	return !t.broken
}

// splitHint says how a zone may have more than is held at the same time.
const splitHint = ", or split the zone into a folder of files that contain neither the word zone nor !include"

// tooMany reports whether a list or mapping has more entries than most, and says so.
func (t *tree) tooMany(n node, what string, entries, most int) bool {
	if entries > most {
		t.errorf(n, codeTooLarge, "%s has %d entries, expected at most %d", what, entries, most)
	}
	return entries > most
}

// A turn is the right to read a large zone, which one reader at a time has. The zero turn
// needs no right.
type turn struct {
	mu   *sync.Mutex
	held bool
}

func (t *turn) take() {
	if t != nil && t.mu != nil && !t.held {
		t.mu.Lock()
		t.held = true
	}
}

func (t *turn) done() {
	if t.held {
		t.mu.Unlock()
		t.held = false
	}
}
