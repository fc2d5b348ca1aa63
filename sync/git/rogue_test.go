package git

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"hash/adler32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-git/go-git/v5/plumbing"
)

// A rogue is a Git server that lists one branch and sends what a test made up.
type rogue struct {
	url  string
	list string // what follows the tip in the list of references
	pack []byte
	tip  plumbing.Hash
	caps string // more capabilities
}

func newRogue(t *testing.T) *rogue {
	t.Helper()
	r := new(rogue)
	server := httptest.NewServer(r)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	r.url = server.URL + "/r.git"
	return r
}

func pktLine(text string) string { return fmt.Sprintf("%04x%s", len(text)+4, text) }

func (r *rogue) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	if isList(req) {
		rw.Header().Set("Content-Type", "application/x-git-upload-pack-advertisement")
		_, _ = io.WriteString(rw, pktLine("# service=git-upload-pack\n")+"0000"+
			pktLine(r.tip.String()+" HEAD\x00ofs-delta symref=HEAD:refs/heads/main"+r.caps+"\n")+
			pktLine(r.tip.String()+" refs/heads/main\n")+r.list+"0000")
		return
	}
	rw.Header().Set("Content-Type", "application/x-git-upload-pack-result")
	_, _ = io.WriteString(rw, pktLine("NAK\n"))
	_, _ = rw.Write(r.pack)
}

// A packMaker makes a pack by hand.
type packMaker struct {
	body  bytes.Buffer
	count uint32
}

// entry adds an object as it is stored: size is what its header says, prefix what
// follows the header. It returns the offset.
func (p *packMaker) entry(kind plumbing.ObjectType, size int64, prefix, content []byte) int {
	at := 12 + p.body.Len()
	head := byte(kind)<<4 | byte(size&15)
	for size >>= 4; size > 0; size >>= 7 {
		p.body.WriteByte(head | 0x80)
		head = byte(size & 0x7f)
	}
	p.body.WriteByte(head)
	p.body.Write(prefix)
	p.count++
	if len(content) < 100 { // quicker than a zlib.Writer: one stored block
		p.body.Write([]byte{0x78, 0x01, 0x01, byte(len(content)), 0, ^byte(len(content)), 0xff})
		p.body.Write(content)
		p.body.Write(binary.BigEndian.AppendUint32(nil, adler32.Checksum(content)))
		return at
	}
	z := zlib.NewWriter(&p.body)
	_, _ = z.Write(content)
	_ = z.Close()
	return at
}

func (p *packMaker) add(kind plumbing.ObjectType, content []byte) (plumbing.Hash, int) {
	return plumbing.ComputeHash(kind, content), p.entry(kind, int64(len(content)), nil, content)
}

// addDelta adds a delta to the object at an offset.
func (p *packMaker) addDelta(base int, delta []byte) int {
	back := 12 + p.body.Len() - base
	prefix := []byte{byte(back & 0x7f)}
	for back >>= 7; back > 0; back >>= 7 {
		back--
		prefix = append([]byte{0x80 | byte(back&0x7f)}, prefix...)
	}
	return p.entry(plumbing.OFSDeltaObject, int64(len(delta)), prefix, delta)
}

func (p *packMaker) pack(count uint32) []byte {
	out := binary.BigEndian.AppendUint32([]byte("PACK\x00\x00\x00\x02"), count)
	out = append(out, p.body.Bytes()...)
	sum := sha1.Sum(out)
	return append(out, sum[:]...)
}

// repeat is a delta that copies its base, of a size, so many times.
func repeat(size, times int) []byte {
	delta := binary.AppendUvarint(nil, uint64(size))
	delta = binary.AppendUvarint(delta, uint64(size)*uint64(times))
	for range times {
		delta = append(delta, 0x80|0x10|0x20|0x40, byte(size), byte(size>>8), byte(size>>16))
	}
	return delta
}

func treeEntry(mode, name string, hash plumbing.Hash) string {
	return mode + " " + name + "\x00" + string(hash[:])
}

// commit adds a commit with a zones folder, given what else is in the top folder, sorting
// before it, and in the zones folder.
func (p *packMaker) commit(message, beside string, zones ...string) plumbing.Hash {
	blob, _ := p.add(plumbing.BlobObject, []byte("records"))
	folder, _ := p.add(plumbing.TreeObject, []byte(treeEntry("100644", "a.yaml", blob)+strings.Join(zones, "")))
	top, _ := p.add(plumbing.TreeObject, []byte(beside+treeEntry("40000", "zones", folder)))
	const by = "A <a@b.example> 1700000000 +0000"
	tip, _ := p.add(plumbing.CommitObject, fmt.Appendf(nil, "tree %s\nauthor %s\ncommitter %s\n\n%s\n", top, by, by, message))
	return tip
}

// push gives the server a commit and its pack, which begins with what p holds already.
func (r *rogue) push(p *packMaker, message, beside string, zones ...string) {
	r.tip = p.commit(message, beside, zones...)
	r.pack = p.pack(p.count)
}
