package diff

import (
	"fmt"
	"strconv"
	"time"

	"github.com/zonetender/zonetender/schema"
)

// maxExpiries bounds the moments at which a zone is planned as it will be.
const maxExpiries = 20

// An ExpiryRefusal says that a guard will refuse to delete what expires.
type ExpiryRefusal struct {
	At      time.Time
	Pos     schema.Position // of a record that expires then
	Refusal Refusal
}

// ExpiryRefusals returns what the guards will say of each moment at which records of a zone
// expire, if the live zone is as its files say until then. Only the first 20 are looked at.
func ExpiryRefusals(zone *schema.Zone) []ExpiryRefusal {
	moments := zone.Declaration().Expiries()
	var out []ExpiryRefusal
	before := zone
	for _, t := range moments[:min(len(moments), maxExpiries)] {
		after := zone.At(t)
		for _, r := range Zone(after, asLive(before), nil).Blocked {
			out = append(out, ExpiryRefusal{t, expiringAt(before, t), r})
		}
		before = after
	}
	return out
}

// asLive is a zone as the API would show it when it is as its files say.
func asLive(zone *schema.Zone) LiveZone {
	live := LiveZone{ID: "planned", Name: zone.Name()}
	for _, s := range zone.RRsets() {
		for _, v := range s.Values {
			live.Records = append(live.Records, Live{ID: strconv.Itoa(len(live.Records)), Record: s.Record(v)})
		}
	}
	return live
}

func expiringAt(zone *schema.Zone, t time.Time) schema.Position {
	for _, s := range zone.RRsets() {
		if s.Expires.Equal(t) {
			return s.Pos()
		}
	}
	return schema.Position{File: zone.File()}
}

// String says when which guard will refuse, and why.
func (r ExpiryRefusal) String() string {
	return fmt.Sprintf("records expire on %s, and the guard %q will refuse to delete them: %s", r.At.Format(time.RFC3339), r.Refusal.Guard, r.Refusal.Message)
}
