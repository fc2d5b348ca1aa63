package main

import (
	"net/url"

	"github.com/zonetender/zonetender/diff"
	"github.com/zonetender/zonetender/schema"
)

// vitalHosts returns the hosts that a run depends on: where Git is, "" where that is not
// known, and where the API is. One that is an address depends on no zone.
func vitalHosts(gitHost, api string) []diff.Vital {
	apiHost := ""
	if u, err := url.Parse(api); err == nil {
		apiHost = u.Hostname()
	}
	var out []diff.Vital
	for _, v := range []struct{ host, what string }{{gitHost, "the Git host"}, {apiHost, "the host of the API"}} {
		if n, err := schema.ParseName(v.host); err == nil {
			out = append(out, diff.Vital{Name: n, What: v.what})
		}
	}
	return out
}
