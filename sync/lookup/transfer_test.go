package lookup

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

const testSecret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="

func testKey(t *testing.T) TSIGKey {
	t.Helper()
	k, err := ParseTSIGKey([]byte("# made by hand\nkey \"transfer.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"" + testSecret + "\"; // here\n};\n"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func rrs(t *testing.T, lines ...string) (out []dns.RR) {
	t.Helper()
	for _, l := range lines {
		rr, err := dns.NewRR(l)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rr)
	}
	return out
}

const soa = "example.com. 60 IN SOA ns1.example.com. hostmaster.example.com. 1 2 3 4 5"

// serveTransfer serves the messages over TCP as the answer to one AXFR, signed by the
// library of the server where the question is.
func serveTransfer(t *testing.T, messages ...[]dns.RR) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: l, TsigSecret: map[string]string{"transfer.example.": testSecret}}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		reply := new(dns.Msg)
		switch ts := q.IsTsig(); {
		case len(q.Question) != 1 || q.Question[0].Qtype != dns.TypeAXFR || q.Question[0].Name != "example.com.":
			reply.SetRcode(q, dns.RcodeNotAuth)
		case ts != nil && w.TsigStatus() != nil:
			reply.SetRcode(q, dns.RcodeNotAuth)
		case len(messages) == 0:
			reply.SetRcode(q, dns.RcodeRefused)
		default:
			c := make(chan *dns.Envelope, len(messages))
			for _, m := range messages {
				c <- &dns.Envelope{RR: m}
			}
			close(c)
			if err := new(dns.Transfer).Out(w, q, c); err != nil {
				t.Error(err)
			}
			w.Close()
			return
		}
		if err := w.WriteMsg(reply); err != nil {
			t.Error(err)
		}
	})
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { server.Shutdown() })
	return l.Addr().String()
}

func transferOf(t *testing.T, server string, key TSIGKey) ([]dns.RR, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return Transfer(ctx, server, schema.MustParseName("example.com"), key)
}

func TestTransfer(t *testing.T) {
	t.Parallel()
	whole := [][]dns.RR{
		rrs(t, soa), rrs(t, "www.example.com. 60 IN A 192.0.2.1", "a.example.com. 60 IN TXT one"),
		rrs(t, "b.example.com. 60 IN TXT two"), rrs(t, "c.example.com. 60 IN TXT three", soa),
	}
	for name, key := range map[string]TSIGKey{"without a key": {}, "signed": testKey(t)} {
		got, err := transferOf(t, serveTransfer(t, whole...), key)
		if err != nil || len(got) != 5 || got[0].Header().Rrtype != dns.TypeSOA || got[4].Header().Name != "c.example.com." {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// What is not the whole zone, or not what was asked for, is an error.
func TestTransferRefuses(t *testing.T) {
	t.Parallel()
	wrong, err := ParseTSIGKey([]byte(`key transfer.example { algorithm hmac-sha256; secret "d3Jvbmc="; };`))
	if err != nil {
		t.Fatal(err)
	}
	a := rrs(t, "www.example.com. 60 IN A 192.0.2.1")
	for want, c := range map[string]struct {
		messages [][]dns.RR
		key      TSIGKey
	}{
		"the server answers REFUSED":                      {nil, TSIGKey{}},
		"the server answers NOTAUTH":                      {[][]dns.RR{rrs(t, soa, soa)}, wrong},
		"closed the connection before the zone was whole": {[][]dns.RR{rrs(t, soa), a}, TSIGKey{}},
		"does not begin with the SOA":                     {[][]dns.RR{a, rrs(t, soa)}, TSIGKey{}},
		"records follow the SOA":                          {[][]dns.RR{append(rrs(t, soa, soa), a...)}, TSIGKey{}},
		"an empty message":                                {[][]dns.RR{rrs(t, soa), {}}, TSIGKey{}},
	} {
		got, err := transferOf(t, serveTransfer(t, c.messages...), c.key)
		if err == nil || got != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, %v, want %q", got, err, want)
		}
	}
}

// A server may sign every few messages (RFC 8945 section 5.3.1), but the first and the last
// one, and may not change what lies between.
func TestTransferSignedInGroups(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		signed [4]bool
		tamper bool
		want   string
	}{
		"first and last": {signed: [4]bool{true, false, false, true}},
		"tampered":       {signed: [4]bool{true, false, false, true}, tamper: true, want: "signature of the answer"},
		"none":           {want: "the answer is not signed"},
		"not the last":   {signed: [4]bool{true, false, true, false}, want: "the last message"},
	} {
		got, err := transferOf(t, serveGroups(t, c.signed, c.tamper), testKey(t))
		if c.want == "" && (err != nil || len(got) != 4) || c.want != "" && (err == nil || got != nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, %v, want %q", name, got, err, c.want)
		}
	}
}

// serveGroups answers one AXFR with four messages, of which it signs some.
func serveGroups(t *testing.T, signed [4]bool, tamper bool) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	answers := [4][]dns.RR{rrs(t, soa), rrs(t, "a.example.com. 60 IN A 192.0.2.1"), rrs(t, "b.example.com. 60 IN A 192.0.2.2", "c.example.com. 60 IN A 192.0.2.3"), rrs(t, soa)}
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		wire := &dns.Conn{Conn: conn}
		text, err := wire.ReadMsgHeader(nil)
		q := new(dns.Msg)
		if err != nil || q.Unpack(text) != nil || q.IsTsig() == nil {
			return
		}
		mac, group := q.IsTsig().MAC, &groupSigner{}
		for i, answer := range answers {
			m := new(dns.Msg).SetReply(q)
			m.Answer = answer
			if !signed[i] {
				out, err := m.Pack()
				if err != nil {
					return
				}
				group.before = append(group.before, out...)
				if tamper {
					out[len(out)-1] ^= 1
				}
				_, _ = wire.Write(out)
				continue
			}
			m.SetTsig("transfer.example.", dns.HmacSHA256, 300, time.Now().Unix())
			group.macSize = len(mac) / 2
			out, next, err := dns.TsigGenerateWithProvider(m, group, mac, i > 0)
			if err != nil {
				return
			}
			mac, group.before = next, nil
			_, _ = wire.Write(out)
		}
	}()
	return l.Addr().String()
}

// A groupSigner signs a message together with the unsigned ones before it.
type groupSigner struct {
	before  []byte
	macSize int
}

func (g *groupSigner) Generate(msg []byte, _ *dns.TSIG) ([]byte, error) {
	secret, err := base64.StdEncoding.DecodeString(testSecret)
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, secret)
	fmt.Fprintf(h, "%s%s%s", msg[:2+g.macSize], g.before, msg[2+g.macSize:])
	return h.Sum(nil), nil
}

func (g *groupSigner) Verify([]byte, *dns.TSIG) error { return dns.ErrSig }

func TestTransferStops(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0") // never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := l.Accept(); err == nil {
			cancel()
			defer conn.Close()
			<-t.Context().Done()
		}
	}()
	if _, err := Transfer(ctx, l.Addr().String(), schema.MustParseName("example.com"), TSIGKey{}); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

// Nothing that a key file holds is shown.
func TestTSIGKeyIsSecret(t *testing.T) {
	t.Parallel()
	k := testKey(t)
	secret := hex.EncodeToString(k.secret)
	for _, text := range []string{fmt.Sprint(k), fmt.Sprintf("%v %+v %#v %s", k, k, k, k)} {
		if strings.Contains(text, testSecret) || strings.Contains(text, "115 101") || strings.Contains(text, secret) || !strings.Contains(text, "transfer.example") {
			t.Errorf("got %q", text)
		}
	}
}

func FuzzParseTSIGKey(f *testing.F) {
	f.Add([]byte("key \"a\" { algorithm hmac-sha256; secret \"QUJD\"; };"))
	f.Add([]byte("/* x */ key a.b. {secret QUJD;algorithm HMAC-SHA512.;}"))
	f.Add([]byte("key a { algorithm hmac-md5; secret \"SECRETSECRET\"; };"))
	f.Add([]byte("key a { algorithm hmac-sha1; secret \"SECRETSECRET!\"; };"))
	f.Add([]byte("key a { secret SECRETSECRET SECRETSECRET; };"))
	f.Add([]byte("key a { algorithm hmac-sha1; secret \"QUJD\"; }; key b { };"))
	f.Add([]byte("SECRETSECRET\"/*#"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseTSIGKey(text)
		switch {
		case (err == nil) == k.IsZero():
			t.Errorf("got %v with %v", k, err)
		case err != nil && strings.Contains(err.Error(), "SECRETSECRET"):
			t.Errorf("got %v, which shows a secret", err)
		case err == nil && (k.hash() == nil || len(k.secret) == 0):
			t.Errorf("got %v", k)
		}
	})
}
