package main

import (
	"fmt"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// liveRecords returns what the service holds for zone number i: the records of its file, but
// for the share of them, in percent, that differs. Of those, most have another value or TTL,
// some are missing, and beside some stands one that no file knows.
func liveRecords(s size, i int, percent float64) []vpsorgtest.Record {
	z := estateZone(s, i, false)
	out := make([]vpsorgtest.Record, 0, s.records)
	n := i * s.records
	for _, o := range z.owners {
		for _, set := range o.sets {
			for _, v := range set.values {
				r := vpsorgtest.Record{Name: o.name, Type: set.kind, Value: v.text, Priority: v.priority, TTL: o.ttl}
				if turn := changes(n+1, percent); turn > changes(n, percent) {
					out = append(out, differing(r, n, turn)...)
				} else {
					out = append(out, r)
				}
				n++
			}
		}
	}
	return out
}

// changes is how many of the first n records of an estate differ.
func changes(n int, percent float64) int { return int(float64(n) * percent / 100) }

// differing returns what the service holds in place of record number n of the estate, so
// that one call is needed to put it right.
func differing(r vpsorgtest.Record, n, turn int) []vpsorgtest.Record {
	switch turn % 10 {
	case 0:
		return nil
	case 1:
		old := vpsorgtest.Record{Name: fmt.Sprintf("old-%d", n), Type: "A", Value: "198.51.100.1", TTL: 300}
		return []vpsorgtest.Record{r, old}
	case 2, 3, 4, 5, 6:
		switch r.Type {
		case "A":
			r.Value = fmt.Sprintf("198.18.%d.%d", n>>8&0xff, n&0xff)
			return []vpsorgtest.Record{r}
		case "AAAA":
			r.Value = fmt.Sprintf("2001:db8:ffff::%x:%x", n>>16&0xffff, n&0xffff)
			return []vpsorgtest.Record{r}
		}
	}
	r.TTL += 60
	return []vpsorgtest.Record{r}
}
