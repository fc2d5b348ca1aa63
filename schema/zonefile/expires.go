package zonefile

import (
	"fmt"
	"time"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/lint"
)

// expiryNotice is how long before the end of a record its file is warned of.
const expiryNotice = 14 * 24 * time.Hour

// PassesWithTime reports whether a warning of this code comes by itself as time goes on,
// without anybody having changed a file.
func PassesWithTime(code string) bool { return code == codeExpired || code == codeExpiresSoon }

// CodeExpiryRefused is the code of what [Folder.Check] says of records that a guard will refuse
// to delete when they expire.
const CodeExpiryRefused = "expiry-refused"

// readExpires reads until when something is desired: a date, which lasts through that day in
// UTC, or an RFC 3339 time. It returns the moment from which on it is not, zero for a text
// that is neither.
func (b *builder) readExpires(n node, name schema.Name, what string) time.Time {
	text, ok := b.scalar(n, "expires")
	if !ok {
		return time.Time{}
	}
	end, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if end, err = time.Parse(time.DateOnly, text); err == nil {
			end = end.AddDate(0, 0, 1)
		}
	}
	switch {
	case err != nil:
		b.tree.errorf(n, codeExpires, "expires is %s, expected a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z", schema.Clip(text))
		return time.Time{}
	case b.isOver(end):
		b.tree.warnf(n, codeExpired, "%s of %s expired on %s and is not desired any more; remove it", what, name, text)
	case !b.now.IsZero() && end.Sub(b.now) <= expiryNotice:
		b.tree.warnf(n, codeExpiresSoon, "%s of %s expires on %s, and is deleted then; if it is to stay, give it more time", what, name, text)
	}
	return end.UTC()
}

// isOver reports whether a moment has come. While the time is not known, none has.
func (b *builder) isOver(end time.Time) bool {
	return !b.now.IsZero() && !end.IsZero() && !end.After(b.now)
}

// maxExpiries bounds the moments at which a zone is looked at as it will be.
const maxExpiries = 20

// afterExpiries returns what will be wrong with a zone once records of it have expired, and is
// not yet.
func afterExpiries(d schema.Declaration) schema.Problems {
	moments := d.Expiries()
	if len(moments) == 0 {
		return nil
	}
	known := make(map[schema.Problem]bool)
	for _, p := range lint.Zone(d) {
		known[p] = true
	}
	var out schema.Problems
	for _, t := range moments[:min(len(moments), maxExpiries)] {
		for _, p := range lint.Zone(d.At(t)) {
			if !known[p] {
				known[p] = true
				p.Message = fmt.Sprintf("from %s on: %s", t.Format(time.RFC3339), p.Message)
				out = append(out, p)
			}
		}
	}
	return out
}
