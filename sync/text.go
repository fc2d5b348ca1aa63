package sync

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// Text writes what was done, refused and failed, zone by zone, and a summary at the
// end.
func (r *Report) Text(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i := range r.Zones {
		r.Zones[i].text(b)
	}
	fmt.Fprintln(b, r.Summary())
	return b.Flush()
}

func (z *ZoneReport) text(w io.Writer) {
	zone := z.Zone.Undotted()
	for _, g := range z.Refused {
		fmt.Fprintf(w, "%s: refused by the guard %q, nothing was done\n", zone, g.Guard)
	}
	if len(z.Refused) > 0 {
		return
	}
	var parts []string
	switch {
	case z.Deleted:
		parts = append(parts, "the zone was deleted")
	case z.Created:
		parts = append(parts, "the zone was created")
	}
	if n := z.count(diff.Create); n > 0 {
		parts = append(parts, fmt.Sprintf("%d created", n))
	}
	if n := z.count(diff.Update); n > 0 {
		parts = append(parts, fmt.Sprintf("%d updated", n))
	}
	if n := z.count(diff.Delete); n > 0 {
		parts = append(parts, fmt.Sprintf("%d deleted", n))
	}
	switch {
	case len(parts) > 0:
	case len(z.PutBack) > 0:
		parts = append(parts, "all that was deleted was put back")
	default:
		parts = append(parts, "nothing was changed")
	}
	if z.OK() {
		parts = append(parts, "verified")
	}
	fmt.Fprintf(w, "%s: %s\n", zone, strings.Join(parts, ", "))
	for _, f := range z.Failed {
		fmt.Fprintf(w, "  failed: %s: %v\n", f.Change.Words(z.Zone), f.Err)
		if unknown(f.Err) {
			fmt.Fprintln(w, "    it may have been done all the same")
		}
	}
	for _, c := range z.PutBack {
		fmt.Fprintf(w, "  put back: %s %s %s, as what was to replace it was refused\n", c.Name.Relative(z.Zone), c.Type, show(c.Before))
	}
	for _, f := range z.Lost {
		fmt.Fprintf(w, "  LOST: %s %s %s was deleted and could not be put back: %v\n",
			f.Change.Name.Relative(z.Zone), f.Change.Type, show(f.Change.Before), f.Err)
	}
	for _, d := range z.Differs {
		fmt.Fprintf(w, "  differs: %s\n", d)
	}
	if z.Err != nil {
		fmt.Fprintf(w, "  failed: %v\n", z.Err)
	}
}

func (z *ZoneReport) count(a diff.Action) int {
	n := 0
	for _, c := range z.Done {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Summary counts the run in one sentence.
func (r *Report) Summary() string {
	var ok, refused, failed, stopped int
	var sum diff.Summary
	for i := range r.Zones {
		z := &r.Zones[i]
		switch {
		case len(z.Refused) > 0:
			refused++
		case z.OK():
			ok++
		case errors.Is(z.Err, ErrStopped) && len(z.Done)+len(z.Failed) == 0 && !z.Created:
			stopped++
		default:
			failed++
		}
		sum.Create += z.count(diff.Create)
		sum.Update += z.count(diff.Update)
		sum.Delete += z.count(diff.Delete)
	}
	text := fmt.Sprintf("%s brought up to date: %d created, %d updated, %d deleted", zones(ok), sum.Create, sum.Update, sum.Delete)
	for _, part := range []struct {
		n    int
		what string
	}{{refused, "refused"}, {failed, "failed"}, {stopped, "not begun"}, {r.NotPlanned, "not planned"}} {
		if part.n > 0 {
			text += fmt.Sprintf("; %s %s", zones(part.n), part.what)
		}
	}
	return text
}

func zones(n int) string {
	if n == 1 {
		return "1 zone"
	}
	return fmt.Sprintf("%d zones", n)
}

func show(r schema.Record) string {
	if r.Data.IsZero() {
		return "something that cannot be read"
	}
	return fmt.Sprintf("%s (ttl %d)", r.Data.Text(r.Type), r.TTL)
}
