package vpsorgtest_test

import (
	"net/http/httptest"
	"testing"

	"github.com/zonetender/zonetender/sync/vpsorg/vpsorgtest"
)

// newWeb serves the simulator over loopback for one test and returns its URL.
func newWeb(t *testing.T, s *vpsorgtest.Server) string {
	t.Helper()
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return web.URL
}
