package lint

import "testing"

func TestFaultA6DKIM(t *testing.T) {
	const (
		rsa     = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALVFdr/QUbElUJ8bPMkn6g6fCLGoIyTt4v/3t3a5pVx3rWVjXLHzq8qZvnhCOLeHCl1eXCcEqzS1cLZqFbG3nAUCAwEAAQ=="
		ed25519 = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
		at      = "1:1: warning: DKIM key at a._domainkey.example.com.: "
		code    = " [dkim-malformed]"
	)
	for text, fault := range map[string]string{
		"v=DKIM1; k=rsa; p=" + rsa:                         "",
		"p=" + rsa[:40] + " " + rsa[40:]:                   "",
		"v=DKIM1; k=ed25519; p=" + ed25519 + ";":           "",
		"v = DKIM1 ; p = " + rsa + "; n=(rotated)":         "",
		`( \"v=DKIM1; k=rsa; \" \"p=` + rsa + `\" )`:       "parentheses, as master files have them around several lines, expected the text alone",
		`(v=DKIM1; p=` + rsa:                               "parentheses, as master files have them around several lines, expected the text alone",
		`v=DKIM1; p=` + rsa[:40] + `\"`:                    "a quote that is not closed, expected the text without quotes",
		`v=DKIM1; p=` + rsa[:40] + `\"\"` + rsa[40:]:       "quotes inside the text, expected one text without them",
		"v=DKIM1; k=rsa; p=" + rsa[:49]:                    `p="` + rsa[:49] + `" is not Base64, expected the whole key`,
		"v=DKIM1; k=rsa; p=" + rsa[:60]:                    "p= is not an RSA key, expected all of it: part of it may be missing",
		"v=DKIM1; k=rsa; p=MIGf":                           "p= is not an RSA key, expected all of it: part of it may be missing",
		"v=DKIM1; k=ed25519; p=MIGf":                       "p= has 3 octets, expected the 32 of an Ed25519 key (RFC 8463)",
		"v=DKIM1; p=":                                      "p= is empty, which revokes the key; expected a key, or no record",
		"v=DKIM1; k=rsa":                                   "no key, expected p=",
		"v=DKIM1; k=rsa; p=" + rsa[:20] + "!" + rsa[20:40]: `p="` + rsa[:20] + "!" + rsa[20:40] + `" is not Base64, expected the whole key`,
		"v=DKIM; p=" + rsa:                                 `tag "v=DKIM", expected v=DKIM1 at the beginning`,
		"k=rsa; v=DKIM1; p=" + rsa:                         `tag "v=DKIM1", expected v=DKIM1 at the beginning`,
		"v=DKIM1; k=dsa; p=" + rsa:                         `tag "k=dsa", expected k= with rsa or ed25519`,
		"a.dkim.amazonses.com":                             `"a.dkim.amazonses.com" is not a tag, expected one such as k=rsa with ; after it`,
	} {
		var want []string
		if fault != "" {
			want = []string{at + fault + code}
		}
		runCheckCases(t, []checkCase{{text, "a._domainkey TXT " + text, want}})
	}
	runCheckCases(t, []checkCase{
		{"two list items", "a._domainkey TXT v=DKIM1; k=rsa; p=" + rsa[:60] + "\na._domainkey TXT " + rsa[60:], []string{
			"2:1: warning: 2 texts at a._domainkey.example.com., expected one key in one text: the parts of a long key are joined into one [dkim-twice]",
		}},
		{"no key for any selector", "*._domainkey TXT v=DKIM1; p=", nil},
		{"policies", "_domainkey TXT o=~\n_adsp._domainkey TXT dkim=all", nil},
	})
}
