package git

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want address
	}{
		{"https://git.example/zones.git", address{kind: kindHTTP, host: "git.example", path: "/zones.git", url: "https://git.example/zones.git"}},
		{"https://git.example:8443/a/b/", address{kind: kindHTTP, host: "git.example", port: "8443", path: "/a/b", url: "https://git.example:8443/a/b"}},
		{"http://127.0.0.1:80/z", address{kind: kindHTTP, host: "127.0.0.1", port: "80", path: "/z", url: "http://127.0.0.1:80/z"}},
		{"http://[::1]/z", address{kind: kindHTTP, host: "::1", path: "/z", url: "http://[::1]/z"}},
		{"http://localhost/z", address{kind: kindHTTP, host: "localhost", path: "/z", url: "http://localhost/z"}},
		{"ssh://git@git.example:2222/z.git", address{kind: kindSSH, user: "git", host: "git.example", port: "2222", path: "/z.git", url: "ssh://git@git.example:2222/z.git"}},
		{"git@git.example:org/z.git", address{kind: kindSSH, user: "git", host: "git.example", path: "org/z.git", url: "ssh://git@git.example/org/z.git"}},
		{"ssh://git.example/~ada/z", address{kind: kindSSH, host: "git.example", path: "~ada/z", url: "ssh://git.example/~ada/z"}},
		{"git.example:z", address{kind: kindSSH, host: "git.example", path: "z", url: "ssh://git.example/z"}},
		{"/srv/zones", address{kind: kindLocal, path: "/srv/zones", url: "/srv/zones"}},
		{"/srv/a:b", address{kind: kindLocal, path: "/srv/a:b", url: "/srv/a:b"}},
		{"file:///srv/zones", address{kind: kindLocal, path: "/srv/zones", url: "/srv/zones"}},
		{".", address{kind: kindLocal, path: here, url: here}},
	} {
		got, err := parseAddress(c.text)
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v, want %+v", c.text, got, err, c.want)
		}
	}
}

// A refused address may be a mistyped one with a secret anywhere in it.
func TestRefusedAddressIsNotRepeated(t *testing.T) {
	for _, text := range []string{
		"https://s3cret@git.example/z", "https://user:s3cret@git.example/z", "http://u:s3cret@127.0.0.1/z",
		"ssh://git:s3cret@git.example/z", "https://git.example/z?token=s3cret", "https://git.example/z#s3cret",
		"http://git.example/s3cret", "git://git.example/s3cret", "ftp://s3cret@x/y", "https://[s3cret/z", "https:///s3cret",
		"ext::sh -c s3cret", "file://host/s3cret", "https://s3cret%zz@x/y", "file:s3cret", "ssh://-s3cret/z", "",
	} {
		_, err := parseAddress(text)
		if err == nil {
			t.Errorf("%s: accepted", text)
			continue
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error repeats it: %v", text, err)
		}
	}
}

func TestOpenReportsEveryProblem(t *testing.T) {
	_, err := Open(t.Context(), Options{URL: "git@git.example:z", Ref: "refs/tags/v1", Depth: -1})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"refs/tags/v1", "depth -1", "state directory", "key file", "known hosts file"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %q", err, want)
		}
	}
}

func TestPlainHidesAndBounds(t *testing.T) {
	got := plain("get https://me:s3cret@git.example/x\x1b[31m: no\nsecond line")
	if want := "get https://git.example/x [31m: no"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := len([]rune(plain(strings.Repeat("ü", 5000)))); got != 301 {
		t.Errorf("length: got %d, want 301", got)
	}
}

func TestAzureWantsMultiAck(t *testing.T) {
	for host, want := range map[string]bool{
		"dev.azure.com": true, "ssh.dev.azure.com": true, "org.visualstudio.com": true, "notdev.azure.com.example": false, "github.com": false,
	} {
		if got := (address{host: host}).wantsMultiAck(); got != want {
			t.Errorf("%s: got %v, want %v", host, got, want)
		}
	}
}
