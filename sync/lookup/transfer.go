package lookup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"github.com/zonetender/zonetender/schema"
)

const (
	transferSilence = 30 * time.Second // without a message
	transferRecords = 250_000          // of one zone
	transferBytes   = 64 << 20         // of all messages
	// transferUnsigned is how many messages may come between two signatures (RFC 8945
	// section 5.3.1).
	transferUnsigned = 99
)

// Transfer asks a name server, HOST:PORT, for the whole zone (AXFR, RFC 5936). The records
// begin with the SOA, which is not repeated at the end. With a key, the question is signed,
// and an answer without a valid signature is an error. A transfer that breaks off is an
// error, never a part of the zone.
func Transfer(ctx context.Context, server string, zone schema.Name, key TSIGKey) ([]dns.RR, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, transferError(ctx, err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	t := &transfer{conn: &dns.Conn{Conn: conn}, zone: zone, sign: signer{key: key}}
	if err := t.ask(); err != nil {
		return nil, transferError(ctx, err)
	}
	for !t.whole {
		if err := t.receive(); err != nil {
			return nil, transferError(ctx, err)
		}
	}
	if len(t.sign.unsigned) > 0 {
		return nil, errors.New("the last message of the answer has no signature")
	}
	return t.records, nil
}

// A transfer is one AXFR under way.
type transfer struct {
	conn     *dns.Conn
	zone     schema.Name
	id       uint16
	sign     signer
	signed   bool // a signature has been verified
	pending  int  // messages since then
	records  []dns.RR
	received int // bytes
	whole    bool
}

func (t *transfer) ask() error {
	m := new(dns.Msg).SetAxfr(wireName(t.zone))
	t.id = m.Id
	if err := t.conn.SetDeadline(time.Now().Add(transferSilence)); err != nil {
		return err
	}
	if t.sign.key.IsZero() {
		return t.conn.WriteMsg(m)
	}
	m.SetTsig(t.sign.key.name, t.sign.key.algorithm, 300, time.Now().Unix())
	out, mac, err := dns.TsigGenerateWithProvider(m, &t.sign, "", false)
	if err != nil {
		return err
	}
	t.sign.mac = mac
	_, err = t.conn.Write(out)
	return err
}

// receive reads one message of the answer.
func (t *transfer) receive() error {
	if err := t.conn.SetDeadline(time.Now().Add(transferSilence)); err != nil {
		return err
	}
	text, err := t.conn.ReadMsgHeader(nil)
	if err != nil {
		return err
	}
	if t.received += len(text); t.received > transferBytes {
		return fmt.Errorf("more than %d MiB, expected less", transferBytes>>20)
	}
	m := new(dns.Msg)
	if err := m.Unpack(text); err != nil {
		return fmt.Errorf("a message that cannot be read: %w", err)
	}
	switch {
	case m.Id != t.id || !m.Response:
		return errors.New("a message that does not answer the question")
	case m.Rcode != dns.RcodeSuccess:
		return t.refused(m)
	}
	if err := t.verify(m, text); err != nil {
		return err
	}
	return t.take(m.Answer)
}

// refused says why the server does not send the zone.
func (t *transfer) refused(m *dns.Msg) error {
	text := dns.RcodeToString[m.Rcode]
	if text == "" {
		text = fmt.Sprintf("code %d", m.Rcode)
	}
	if ts := m.IsTsig(); ts != nil && ts.Error != 0 {
		text += " (" + dns.RcodeToString[int(ts.Error)] + ")"
	}
	switch {
	case m.Rcode == dns.RcodeRefused:
		text += "; expected the server to allow this address, or a key, to transfer the zone"
	case m.Rcode == dns.RcodeNotAuth && t.sign.key.IsZero():
		text += "; expected a server that has the zone"
	case m.Rcode == dns.RcodeNotAuth:
		text += "; expected a server that has the zone, and the key " + t.sign.key.String()
	}
	return errors.New("the server answers " + text)
}

// verify checks the signature of a message. Those between two signed ones may have none.
func (t *transfer) verify(m *dns.Msg, text []byte) error {
	if t.sign.key.IsZero() {
		return nil
	}
	ts := m.IsTsig()
	if ts == nil {
		if t.pending++; !t.signed || t.pending > transferUnsigned {
			return errors.New("the answer is not signed, expected the key " + t.sign.key.String())
		}
		t.sign.unsigned = append(t.sign.unsigned, text...)
		return nil
	}
	// The library strips the signature off the text in place.
	if err := dns.TsigVerifyWithProvider(text, &t.sign, t.sign.mac, t.signed); err != nil {
		return fmt.Errorf("signature of the answer: %s", strings.TrimPrefix(err.Error(), "dns: "))
	}
	t.sign.mac, t.sign.unsigned, t.pending, t.signed = ts.MAC, nil, 0, true
	return nil
}

// take adds records up to the SOA that ends the zone.
func (t *transfer) take(answer []dns.RR) error {
	for i, rr := range answer {
		_, isSOA := rr.(*dns.SOA)
		switch {
		case len(t.records) == 0 && (!isSOA || !strings.EqualFold(rr.Header().Name, wireName(t.zone))):
			return errors.New("the answer does not begin with the SOA of the zone")
		case len(t.records) > 0 && isSOA && strings.EqualFold(rr.Header().Name, t.records[0].Header().Name):
			t.whole = true
			if i != len(answer)-1 {
				return errors.New("records follow the SOA that ends the zone")
			}
			return nil
		case len(t.records) >= transferRecords:
			return fmt.Errorf("more than %d records, expected fewer", transferRecords)
		}
		t.records = append(t.records, rr)
	}
	if len(answer) == 0 {
		return errors.New("an empty message in the answer")
	}
	return nil
}

// transferError returns an error of the network in a few words.
func transferError(ctx context.Context, err error) error {
	var network net.Error
	var op *net.OpError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &network) && network.Timeout():
		return errors.New("no answer in time")
	case errors.As(err, &op):
		return op.Err
	case err.Error() == "EOF":
		return errors.New("the server closed the connection before the zone was whole")
	}
	return err
}
