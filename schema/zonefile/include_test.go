package zonefile

import (
	"testing"
)

func TestRelativePath(t *testing.T) {
	for _, c := range []struct{ dir, path, want string }{
		{".", "a/b.yaml", "a/b.yaml"},
		{"zones", "zones/a.yaml", "a.yaml"},
		{"zones", "shared/a.yaml", "../shared/a.yaml"},
		{"dns/zones", "dns/shared/a.yaml", "../shared/a.yaml"},
		{"dns/zones", "a.yaml", "../../a.yaml"},
		{"zones", "zones2/a.yaml", "../zones2/a.yaml"},
	} {
		if got := relativePath(c.dir, c.path); got != c.want {
			t.Errorf("relativePath(%q, %q) = %q, want %q", c.dir, c.path, got, c.want)
		}
	}
}
