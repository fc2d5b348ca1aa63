package sign

import (
	"strings"
	"testing"
	"time"
)

func TestParseKeysReportsEveryProblem(t *testing.T) {
	_, public := sshKey(t, "-t", "ed25519")
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "keys:1: no key that may sign commits"},
		{"comments only", "# nobody\n", "keys:1: no key that may sign commits"},
		{"for files only", `a namespaces="file" ` + public, "keys:1: no key that may sign commits"},
		{"no principal", public, "keys:1: no principal"},
		{"no key", "\nada@example.com", "keys:2: expected principals"},
		{"truncated key", "a ssh-ed25519 AAAA", `keys:1: "a": malformed key`},
		{"authority", "a cert-authority " + public, `keys:1: "a": cert-authority is not supported`},
		{"unknown option", "a no-such " + public, `keys:1: "a": unknown option "no-such"`},
		{"bad time", `a valid-after="tomorrow" ` + public, `keys:1: "a": "tomorrow": expected a time`},
		{"PGP block without end", "# x\n" + pgpBegin + "\n\nabcd\n", "keys:2: PGP block without an end"},
		{"PGP block of nothing", pgpBegin + "\n\nabcd\n" + pgpEnd + "\n", "keys:4: PGP block:"},
		{"private key", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "keys:1: \"-----BEGIN PGP PRIVATE KEY BLOCK-----\": expected"},
		{"two problems", "a no-such " + public + "\nb cert-authority " + public, `keys:2: "b": cert-authority`},
	} {
		keys, err := ParseKeys("keys", c.text)
		if err == nil || keys != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]time.Time{
		"20240229Z":       time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC),
		"202402291530z":   time.Date(2024, 2, 29, 15, 30, 0, 0, time.UTC),
		"20240229153045Z": time.Date(2024, 2, 29, 15, 30, 45, 0, time.UTC),
		"20240229":        time.Date(2024, 2, 29, 0, 0, 0, 0, time.Local),
		"20230229Z":       {}, "2024": {}, "": {}, "2024-02-29": {},
	} {
		got, err := parseTime(text)
		if !got.Equal(want) || (err == nil) == want.IsZero() {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func FuzzParseKeys(f *testing.F) {
	f.Add("a@example.com namespaces=\"git\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRuWwxUeT6P6pDvCDFvZN1bZmFOpS3GVHQWu2fJSGWl\n" + pgpBegin + "\n\n" + pgpEnd)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := ParseKeys("keys", text)
		if (keys == nil) == (err == nil) {
			t.Errorf("got %v with %v, want one of them", keys, err)
		}
	})
}
