package vpsorg

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

func TestCheck(t *testing.T) {
	s := vpsorgtest.New(vpsorgtest.Options{Permissions: []string{"dns:list"}})
	c := newClient(t, s.Transport())
	a, err := c.Check(t.Context())
	if err != nil || !a.Known || len(a.Missing(PermissionList)) != 0 {
		t.Errorf("got %+v, %v", a, err)
	}
	if got := a.Missing(PermissionList, PermissionCreate, "dns:update", PermissionDelete); !cmp.Equal(got, []string{PermissionCreate, PermissionDelete}) {
		t.Errorf("got %v missing, want create and delete", got)
	}
	c = newClient(t, s.Transport(), func(o *Options) { o.Token = "vps_wrong_0123456789" })
	_, err = c.Check(t.Context())
	if e := mustError(t, err); !e.Denied() || !strings.HasPrefix(err.Error(), "the service does not accept the token: GET /account/me/: 401 Unauthorized") {
		t.Errorf("got %v", err)
	}
}

// A service that does not answer the question does not stop anybody.
func TestCheckUnknown(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
	}{
		{404, ""}, {404, "<html>"}, {405, "{}"}, {400, "{}"}, {302, ""}, {200, ""}, {200, "<html>"}, {200, "[]"}, {200, "7"}, {200, "{}"},
		{200, `{"token": null}`}, {200, `{"token": "x"}`}, {200, `{"token": {}}`}, {200, `{"token": {"permissions": null}}`},
		{200, `{"token": {"permissions": "all"}}`}, {200, `{"token": {"permissions": {"dns": ["list"]}}}`},
		{200, `{"token": {"permissions": [{"name": "dns:list"}]}}`}, {200, `{"token": {"permissions": [1]}}`}, {204, ""},
		{200, strings.Repeat(" ", maxBody+1)},
	} {
		a, err := answering(t, test.status, test.body).Check(t.Context())
		if err != nil || a.Known || len(a.Missing(PermissionList, PermissionCreate, PermissionDelete)) != 0 {
			t.Errorf("%d %.60s: got %+v, %v, want an account that is unknown", test.status, test.body, a, err)
		}
	}
}

func TestMissing(t *testing.T) {
	all := []string{PermissionList, PermissionCreate, PermissionDelete}
	for _, test := range []struct {
		have, want []string
	}{
		{[]string{}, all},
		{[]string{"servers:list", "domains:create"}, all},
		{[]string{"dns:list"}, all[1:]},
		{[]string{" DNS:List "}, all[1:]},
		{all, nil},
		{[]string{"dns:*"}, nil}, {[]string{"*"}, nil}, {[]string{"*:*"}, nil}, {[]string{"all"}, nil}, {[]string{"admin"}, nil},
		{[]string{"dns:write"}, nil}, {[]string{"dns:list", "dns:manage"}, nil}, {[]string{"dns.create"}, nil}, {[]string{"dns-zones:create"}, nil},
		{[]string{"api:full"}, nil}, {[]string{"servers:*"}, nil}, {[]string{"dns"}, nil}, {[]string{""}, nil},
	} {
		a := Account{Permissions: test.have, Known: true}
		if got := a.Missing(all...); !cmp.Equal(got, test.want) {
			t.Errorf("%q: got %q missing, want %q", test.have, got, test.want)
		}
	}
	if got := (Account{Known: true}).Missing("dns:update", "dns:read"); got != nil {
		t.Errorf("got %q missing, want none of the names that nobody documents", got)
	}
	if got := (Account{}).Missing(all...); got != nil {
		t.Errorf("got %q missing of an unknown account", got)
	}
}
