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

// A refused address may be a mistyped one, with a secret anywhere in it.
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

// No error shows the password in a mistyped address, wherever it ended up.
func TestFaultB4MistypedAddressIsNotRepeated(t *testing.T) {
	t.Chdir(newWork(t).dir) // within a repository, errors name paths
	for _, text := range []string{
		"https//me:s3cret@git.example.org/dns.git", "me:s3cret@git.example.org:dns.git", "me:s3cret@git.example.org/dns.git",
		"https:/me:s3cret@git.example.org/dns.git", "https:me:s3cret@git.example.org/dns.git", "https;//me:s3cret@git.example.org/dns.git",
		"https: //me:s3cret@git.example.org/dns.git", " https://me:s3cret@git.example.org/dns.git", "\thttps://me:s3cret@x/dns.git",
		"'https://me:s3cret@git.example.org/dns.git'", "//me:s3cret@git.example.org/dns.git", "://me:s3cret@git.example.org/dns.git",
		"/https://me:s3cret@git.example.org/dns.git", "./https://me:s3cret@git.example.org/dns.git", "file:///https://me:s3cret@x/dns.git",
		"https:\\\\me:s3cret@git.example.org\\dns.git", "https://https://me:s3cret@git.example.org/dns.git", "git+https://me:s3cret@x/dns.git",
		"HTTPS://ME:s3cret@GIT.EXAMPLE.ORG/dns.git", "hhttps://me:s3cret@x/dns.git", "1https://me:s3cret@x/dns.git", "https::me:s3cret@x/dns.git",
		"https://me:123/s3cret@git.example.org/dns.git", "https://me:123/s3cret@git.example.org:8080/dns.git", "https://me/s3cret@git.example.org/dns.git",
		"https://me:s3cret#x@git.example.org/dns.git", "https://me:s3cret?x@git.example.org/dns.git", "https://me:s3cret%40git.example.org/dns.git",
		"https://me%3As3cret@git.example.org/dns.git", "https://me:s3cret\uff20git.example.org/dns.git", "https://s3cret\uff20git.example.org/dns.git",
		"s3cret@git.example.org/dns.git", "me@example.org:s3cret@git.example.org:dns.git", "me:s3@cret@git.example.org:dns.git",
		"git@git.example.org:me:s3cret@dns.git", "me:s3cret%40git.example.org:dns.git", "me%3As3cret@git.example.org:dns.git",
		"ssh://me:s3cret@git.example.org/dns.git", "ssh://me:s3cret@git.example.org:dns.git", "ssh:me:s3cret@git.example.org:dns.git",
		"ssh//me:s3cret@git.example.org/dns.git", "ssh://me%3As3cret@git.example.org/dns.git", "ssh://me:123/s3cret@git.example.org/dns.git",
		"me:s3cret@[::1]:dns.git", "git.example.org:dns.git?access_token=s3cret", "git.example.org:dns.git#s3cret",
		"https//git.example.org/dns.git?access_token=s3cret", "https//me:s3cret%40git.example.org/dns.git", "access_token=s3cret",
		"https//git.example.org/dns.git#s3cret", "file://me:s3cret@/srv/dns.git", "file://me:s3cret@host/srv/dns.git",
		"me:s3cret@git.example.org:dns.git\x00", "me:s3cret@git.example.org:dns.git\nx", "https://me:s3cret@git.example.org/\ndns.git",
	} {
		_, err := Open(t.Context(), Options{URL: text, StateDir: t.TempDir(), SSHKeyFile: "k", KnownHostsFile: "k"})
		if err == nil {
			t.Errorf("%q: accepted", text)
		} else if strings.Contains(err.Error(), "s3") || strings.Contains(err.Error(), "cret@") {
			t.Errorf("%q: the error repeats the password: %v", text, err)
		}
	}
}

// An @ is fine where it cannot be user info.
func TestFaultB4AddressesWithAnAt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dns@prod=1")
	(&work{t: t, dir: t.TempDir()}).git("init", "-q", dir)
	for _, url := range []string{dir, "file://" + dir} {
		if got := open(t, url).String(); got != dir {
			t.Errorf("%s: got %q", url, got)
		}
	}
	a, err := parseAddress("https://git.example/%40team/dns.git")
	if err != nil || a.url != "https://git.example/%40team/dns.git" {
		t.Errorf("got %+v, %v, want the address", a, err)
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

func TestAzureWantsMultiAck(t *testing.T) {
	for host, want := range map[string]bool{
		"dev.azure.com": true, "ssh.dev.azure.com": true, "org.visualstudio.com": true, "notdev.azure.com.example": false, "github.com": false,
	} {
		if got := (address{host: host}).wantsMultiAck(); got != want {
			t.Errorf("%s: got %v, want %v", host, got, want)
		}
	}
}
