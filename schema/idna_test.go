package schema

import "testing"

func TestDisplay(t *testing.T) {
	for text, want := range map[string]string{
		"xn--bcher-kva.example.":  "bücher.example. (xn--bcher-kva.example.)",
		"xn--bcher-kva.example":   "bücher.example (xn--bcher-kva.example)",
		"xn--bcher-kva":           "bücher (xn--bcher-kva)",
		"*.xn--strae-oqa.www":     "*.straße.www (*.xn--strae-oqa.www)",
		"www.example.com.":        "www.example.com.",
		"@":                       "@",
		"":                        "",
		"xn--wgv71a119e.example":  "日本語.example (xn--wgv71a119e.example)",
		"xn--pple-43d.example":    "xn--pple-43d.example",                   // Cyrillic а before Latin pple
		"xn--80ak6aa92e.example":  "аррӏе.example (xn--80ak6aa92e.example)", // all Cyrillic: the A-label tells
		"xn--zz--invalid.example": "xn--zz--invalid.example",                // no Punycode
		"xn--abc-.example":        "xn--abc-.example",                       // decodes to ASCII
		"xn--a-ecp.example":       "xn--a-ecp.example",                      // would be mapped: does not encode back
		"xn--BCHER-KVA.example":   "xn--BCHER-KVA.example",                  // not canonical
		"xn--abcd-c6p.example":    "xn--abcd-c6p.example",                   // U+202E within
		"_xn--bcher-kva.example":  "_xn--bcher-kva.example",
	} {
		if got := Display(text); got != want {
			t.Errorf("Display(%q) = %q, want %q", text, got, want)
		}
	}
	if got, want := MustParseName("bücher.example").Unicode(), "bücher.example."; got != want {
		t.Errorf("Unicode: got %q, want %q", got, want)
	}
	if got, want := MustParseName("bücher.example").Display(), "bücher.example. (xn--bcher-kva.example.)"; got != want {
		t.Errorf("Display: got %q, want %q", got, want)
	}
}

// FuzzDisplay holds what is shown of a name to being printable and to leading back to it.
func FuzzDisplay(f *testing.F) {
	for _, s := range []string{"xn--bcher-kva.example", "日本語.example", "שלום.example", "xn--a-ecp", "a.b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseName(text)
		if err != nil {
			return
		}
		u := n.Unicode()
		if again, err := ParseName(u); err != nil || again != n {
			t.Errorf("%s is shown as %q, which is read as %s, %v", n, u, again, err)
		}
		if Printable(u) != u {
			t.Errorf("%s is shown as %q", n, u)
		}
	})
}
