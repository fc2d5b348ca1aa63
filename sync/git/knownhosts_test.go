package git

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// As in OpenSSH, an unreadable line of the known hosts is skipped; the others count.
func TestFaultC4UnreadableLinesOfKnownHosts(t *testing.T) {
	t.Parallel()
	s := startSSHD(t)
	w := newWork(t)
	w.push("a", "1")
	good, err := os.ReadFile(s.know("host_ed25519"))
	if err != nil {
		t.Fatal(err)
	}
	unknown := "ssh-mldsa-87 AAAADHNzaC1tbGRzYS04NwAAAAR0ZXN0"
	bad := []string{
		"example.com " + unknown,
		"|1|JfKTdBh7rNbXkVAQCRp4OQoPfmI=|USECr3SWf1JUPsms5AqfD5QfxkM= " + unknown,
		"|1|nonsense ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRuWwxUeT6P6pDvCDFvZN1bZmFOpS3GVHQWu2fJSGWl",
		"|2|JfKTdBh7rNbXkVAQCRp4OQoPfmI=|USECr3SWf1JUPsms5AqfD5QfxkM= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRuWwxUeT6P6pDvCDFvZN1bZmFOpS3GVHQWu2fJSGWl",
		"example.com ssh-ed25519 AAAA", "example.com ssh-ed25519", "example.com", "@unknown-marker example.com " + unknown,
		"@revoked * " + unknown, "[example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRuWwxUeT6P6pDvCDFvZN1bZmFOpS3GVHQWu2fJSGWl",
		"! ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRuWwxUeT6P6pDvCDFvZN1bZmFOpS3GVHQWu2fJSGWl",
		"<<<<<<< HEAD", "\x1b[31m\u202e\u2028", strings.Repeat("x", 100_000), "\x00\xff",
	}
	file := filepath.Join(s.dir, "known_hosts")
	if err := os.WriteFile(file, []byte("# ours\r\n"+strings.Join(bad, "\n")+"\n\n"+string(good)), 0o600); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	r := open(t, s.url(w), s.options, func(o *Options) { o.Warn = func(w string) { warnings = append(warnings, w) } })
	for i := range 2 {
		wantHash(t, r, w.push("a", fmt.Sprint(i)))
	}
	if len(warnings) != len(bad) {
		t.Errorf("warnings: got %d, want one for each of %d lines", len(warnings), len(bad))
	}
	for i, warning := range warnings {
		if want := fmt.Sprintf("%s:%d: line skipped: ", file, i+2); !strings.HasPrefix(warning, want) || strings.ContainsAny(warning, "\x1b\u202e\u2028") {
			t.Errorf("got %q, want %q", warning, want)
		}
	}
	// With no line left for the host, the error says so.
	if err := os.WriteFile(file, []byte(strings.Join(bad, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Pull(t.Context()); !errors.Is(err, ErrHostKey) || !strings.Contains(err.Error(), "no line for this host") {
		t.Errorf("no line left: got %v, want %v", err, ErrHostKey)
	}
	noLeftovers(t, r.opts.StateDir)
}
