package git

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestOriginHost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ url, want string }{
		{"https://git.example.com/dns.git", "git.example.com"},
		{"git@git.example.com:dns.git", "git.example.com"},
		{"ssh://git@git.example.com:2222/dns.git", "git.example.com"},
		{"/srv/dns.git", ""},
		{"https://ci-token:secret@git.example.com/dns.git", "git.example.com"},
	} {
		dir := t.TempDir()
		for _, args := range [][]string{{"init", "-q", dir}, {"-C", dir, "remote", "add", "origin", test.url}} {
			if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
				t.Fatalf("git %v: %v\n%s", args, err, out)
			}
		}
		below := filepath.Join(dir, "zones")
		if err := os.Mkdir(below, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := OriginHost(below); got != test.want {
			t.Errorf("OriginHost with origin %s: got %q, want %q", test.url, got, test.want)
		}
	}
	if got := OriginHost(t.TempDir()); got != "" {
		t.Errorf("OriginHost outside of a repository: got %q, want none", got)
	}
}
