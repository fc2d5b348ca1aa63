package lint

import "testing"

func TestCheckDMARC(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"good", "_dmarc TXT v=DMARC1; p=none\n_dmarc.a TXT v = DMARC1 ;p= Reject ; sp=quarantine; np=none; rua = MAILTO:a@example.com!5m , mailto:b@example.net; ri=3600; rf=afrf; aspf=r; t=y; psd=n;", nil},
		{"no policy", "_dmarc TXT v=DMARC1; rua=mailto:a@example.com", []string{
			"1:1: warning: DMARC at _dmarc.example.com.: no policy, expected p=none, p=quarantine or p=reject [dmarc-malformed]",
		}},
		{"version", "_dmarc TXT v=DMARC; p=none\n_dmarc.a TXT p=none; v=DMARC1\n_dmarc.b TXT v=dmarc1; p=none", []string{
			`1:1: warning: DMARC at _dmarc.example.com.: "v=DMARC; p=none", expected it to begin with v=DMARC1; [dmarc-malformed]`,
			`2:1: warning: DMARC at _dmarc.a.example.com.: "p=none; v=DMARC1", expected it to begin with v=DMARC1; [dmarc-malformed]`,
			`3:1: warning: DMARC at _dmarc.b.example.com.: "v=dmarc1; p=none", expected it to begin with v=DMARC1; [dmarc-malformed]`,
		}},
		{"values", "_dmarc TXT v=DMARC1; p=rejct; pct=101; adkim=strict; rua=a@example.com; ruf=mailto:a; fo=2; ri=x; rf=iodef", []string{
			`1:1: warning: DMARC at _dmarc.example.com.: tag "adkim=strict", expected adkim= with r or s [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "fo=2", expected fo= with 0, 1, d or s [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "p=rejct", expected p= with none, quarantine or reject [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "pct=101", expected pct= with a number from 0 to 100 [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "rf=iodef", expected rf= with afrf [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "ri=x", expected ri= with a number of seconds [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "rua=a@example.com", expected rua= with addresses such as mailto:dmarc@example.com, separated by commas [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "ruf=mailto:a", expected ruf= with addresses such as mailto:dmarc@example.com, separated by commas [dmarc-malformed]`,
		}},
		{"tags", "_dmarc TXT v=DMARC1; p=none; rau=mailto:a@example.com; p=none; pct", []string{
			`1:1: warning: DMARC at _dmarc.example.com.: "pct" is not a tag, expected one such as p=reject with ; after it [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "p" appears twice, expected it once [dmarc-malformed]`,
			`1:1: warning: DMARC at _dmarc.example.com.: tag "rau=mailto:a@example.com", expected one of v, p, sp, np, rua, ruf, adkim, aspf, pct, fo, rf, ri, psd or t; did you mean rua? [dmarc-malformed]`,
		}},
		{"commas", "_dmarc TXT v=DMARC1, p=none", []string{
			`1:1: warning: DMARC at _dmarc.example.com.: "v=DMARC1, p=none", expected it to begin with v=DMARC1; [dmarc-malformed]`,
		}},
		{"twice", "_dmarc TXT v=DMARC1; p=none\n_dmarc TXT v=DMARC1; p=reject", []string{
			"2:1: warning: second DMARC record at _dmarc.example.com. beside the first (line 1), expected one: receivers use neither (RFC 7489 section 6.6.3) [dmarc-twice]",
		}},
		{"beside another text", "_dmarc TXT v=DMARC1; p=none\n_dmarc TXT text", nil},
		{"elsewhere", "@ TXT v=DMARC1\na._report._dmarc TXT v=DMARC1", nil},
	})
}
