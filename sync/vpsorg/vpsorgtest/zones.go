package vpsorgtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

func (s *Server) listZones(x *exchange) (reply, *refusal) {
	wanted := strings.ToLower(x.url.Query().Get("domain"))
	var zones []*zone
	switch {
	case wanted == "" || s.opts.Dialect.IgnoreFilters:
		zones, wanted = s.seenZones(), ""
	case s.lags():
		zones = s.seenZones()
	default:
		if z := s.store.domain(wanted); z != nil {
			zones = []*zone{z}
		}
	}
	if wanted != "" {
		zones = slices.DeleteFunc(slices.Clone(zones), func(z *zone) bool { return z.domain != wanted })
	}
	return s.list(x, s.opts.Dialect.Zones, len(zones), func(i int) []byte { return s.summary(zones[i]) })
}

// summary returns a zone as the zone list shows it.
func (s *Server) summary(z *zone) []byte {
	z.mu.RLock()
	count := z.count()
	z.mu.RUnlock()
	return s.zoneObject(z, s.visible(z, count)).encode()
}

func (s *Server) seenZones() []*zone {
	zones := s.store.zones()
	if s.lags() {
		zones = s.store.lag.read(zones, s.now())
	}
	return zones
}

func (s *Server) lags() bool { return s.opts.Dialect.LagReads > 0 || s.opts.Dialect.LagTime > 0 }

// seenFrom is when a write of this moment is first seen, reads apart; zero where time makes no difference.
func (s *Server) seenFrom() time.Time {
	if s.opts.Dialect.LagTime <= 0 {
		return time.Time{}
	}
	return s.now().Add(s.opts.Dialect.LagTime)
}

// visible adds to a count of stored records the built-in ones that are hidden, where the dialect counts them.
func (s *Server) visible(z *zone, count int) int {
	if d := &s.opts.Dialect; d.CountHidden && d.Apex == ApexHidden {
		count += len(builtIns(z))
	}
	return count
}

func (s *Server) getZone(x *exchange) (reply, *refusal) {
	z := s.store.zone(x.call.ZoneID)
	if z == nil {
		return reply{}, notFound()
	}
	items := s.seenRecords(z)
	shown, count := x.act.List.cut(len(items))
	if limit := s.opts.Dialect.DetailLimit; limit > 0 {
		shown = min(shown, limit)
	}
	o := s.zoneObject(z, s.visible(z, count)).with("records", array(items[:shown]))
	return newReply(http.StatusOK, o.encode()), nil
}

func (s *Server) createZone(x *exchange) (reply, *refusal) {
	if no := x.payload.known("domain"); no != nil {
		return reply{}, no
	}
	domain, no := x.payload.text("domain")
	if no != nil {
		return reply{}, no
	}
	if domain == nil {
		return reply{}, invalid("domain", "this field is required")
	}
	canonical, err := zoneDomain(*domain)
	if err != nil {
		return reply{}, invalid("domain", err.Error())
	}
	z, no := s.newZone(canonical, s.lags())
	if no != nil {
		return reply{}, no
	}
	x.call.Performed, x.call.ZoneID = true, z.id
	items := s.wires(z)
	o := s.zoneObject(z, s.visible(z, len(items))).with("records", array(items))
	return s.written(http.StatusCreated, s.opts.Dialect.Post, o, []string{"domain"}), nil
}

// written returns the answer to a write in one of its styles; changed names the fields of a partial one.
func (s *Server) written(status int, style WriteAnswer, o object, changed []string) reply {
	switch style {
	case AnswerPartial:
		return newReply(status, o.only(changed...).encode())
	case AnswerID:
		return newReply(status, o.only("uuid").encode())
	case AnswerEmpty:
		return newReply(status, nil)
	case AnswerNoContent:
		if status != http.StatusCreated {
			status = http.StatusNoContent
		}
		return newReply(status, nil)
	}
	return newReply(status, o.encode())
}

func (s *Server) deleteZone(x *exchange) (reply, *refusal) {
	if !s.dropZone(x.call.ZoneID, s.lags()) {
		return reply{}, notFound()
	}
	x.call.Performed = true
	return s.deleted(), nil
}

func (s *Server) deleted() reply {
	if s.opts.Dialect.Delete == DeleteBody {
		return newReply(http.StatusOK, object{{"detail", "Deleted."}}.encode())
	}
	return newReply(http.StatusNoContent, nil)
}
