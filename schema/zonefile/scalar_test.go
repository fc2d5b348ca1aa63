package zonefile

import (
	"testing"
)

// TestYAML11 lists what octoDNS's YAML library reads, "" where it reads the text.
func TestYAML11(t *testing.T) {
	for text, want := range map[string]string{
		"no": "False", "Yes": "True", "on": "True", "y": "", "true": "True", "TRUE": "True", "null": "None", "nothing": "", "": "",
		"012": "10", "0": "", "00": "0", "08": "", "10": "", "+1": "1", "-0": "0", "1_000": "1000", "0x1F": "31", "0b11": "3",
		"1.10": "1.1", "1.5": "", "1.": "1.0", ".5": "0.5", "1.0e+3": "1000.0", "1.0e3": "", "1e3": "", "1.2.3": "", "192.0.2.1": "",
		"1:30": "90", "1:60": "", "01:30": "", "2001:db8::1": "", ".inf": "inf", "-": "", "+": "", ".": "", "...": "", "v=spf1": "",
		"1_0.5_0": "10.5", "100000000000000000.0": "1e+17", "2024-01-01": "",
	} {
		got, differs := yaml11(text)
		if !differs {
			got = ""
		}
		if got != want {
			t.Errorf("yaml11(%q) = %q, want %q", text, got, want)
		}
	}
}
