package vpsorgtest

import (
	"net/http"
	"slices"
	"strings"
)

// A route is what a path leads to.
type route struct {
	methods          map[string]Kind // nil where the path leads nowhere
	zoneID, recordID string
}

// routeOf reads a path below the prefix, such as /dns-zones/{uuid}/.
func routeOf(path string) route {
	inner, slash := strings.CutSuffix(strings.TrimPrefix(path, "/"), "/")
	parts := strings.Split(inner, "/")
	if !slash || !strings.HasPrefix(path, "/") || slices.Contains(parts, "") {
		return route{}
	}
	switch {
	case len(parts) == 2 && parts[0] == "account" && parts[1] == "me":
		return route{methods: map[string]Kind{http.MethodGet: Account}}
	case parts[0] == "dns-zones":
		return zoneRoute(parts[1:])
	case parts[0] == "dns-records":
		return recordRoute(parts[1:])
	}
	return route{}
}

func zoneRoute(parts []string) route {
	switch {
	case len(parts) == 0:
		return route{methods: map[string]Kind{http.MethodGet: ListZones, http.MethodPost: CreateZone}}
	case len(parts) == 1:
		return route{
			methods: map[string]Kind{http.MethodGet: GetZone, http.MethodDelete: DeleteZone},
			zoneID:  parts[0],
		}
	case len(parts) == 2 && parts[1] == "records":
		return route{
			methods: map[string]Kind{http.MethodGet: ListRecords, http.MethodPost: CreateRecord},
			zoneID:  parts[0],
		}
	}
	return route{}
}

func recordRoute(parts []string) route {
	switch len(parts) {
	case 0:
		return route{methods: map[string]Kind{http.MethodGet: ListAllRecords}}
	case 1:
		return route{
			methods: map[string]Kind{
				http.MethodGet: GetRecord, http.MethodPut: PutRecord,
				http.MethodPatch: PatchRecord, http.MethodDelete: DeleteRecord,
			},
			recordID: parts[0],
		}
	}
	return route{}
}

func (r route) kind(method string) Kind {
	if k, ok := r.methods[method]; ok {
		return k
	}
	return Other
}

// allow is the value of an Allow header.
func (r route) allow() string {
	var methods []string
	for m := range r.methods {
		methods = append(methods, m)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}
