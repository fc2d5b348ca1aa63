package lint

import "testing"

func TestCheckLabels(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"mistyped", `
a._domainkeys TXT v=DKIM1; p=
*._domainkey.www TXT v=DKIM1; p=
_acme-challange TXT text
_dmrac TXT v=DMARC1; p=none
_sip._tpc SRV 0 0 0 .
_smpt._tls TXT text
_mta_sts TXT text
_dmarcs CNAME example.net.`, []string{
			"1:1: warning: label _domainkeys of a._domainkeys.example.com. looks mistyped, expected _domainkey [label-typo]",
			"3:1: warning: label _acme-challange of _acme-challange.example.com. looks mistyped, expected _acme-challenge [label-typo]",
			"4:1: warning: label _dmrac of _dmrac.example.com. looks mistyped, expected _dmarc [label-typo]",
			"5:1: warning: label _tpc of _sip._tpc.example.com. looks mistyped, expected _tcp [label-typo]",
			"6:1: warning: label _smpt of _smpt._tls.example.com. looks mistyped, expected _smtp [label-typo]",
			"7:1: warning: label _mta_sts of _mta_sts.example.com. looks mistyped, expected _mta-sts [label-typo]",
			"8:1: warning: label _dmarcs of _dmarcs.example.com. looks mistyped, expected _dmarc [label-typo]",
		}},
		{"known or far", `
_sip._tcp SRV 0 0 0 .
_sips._tcp SRV 0 0 0 .
_sftp._tcp SRV 0 0 0 .
_x._tcp SRV 0 0 0 .
_spf1 TXT v=spf1 -all
_dmarc2 TXT text
_25._tcp.mail CNAME example.net.
_0f3a CNAME example.net.
_ts3._udp SRV 0 0 0 .
*._tcp SRV 0 0 0 .
dmarc A 192.0.2.1
domainkey CNAME example.net.
tcp A 192.0.2.1
dmarc-policy TXT v=DMARC1; p=none`, nil},
		{"no underscore", `
dmarc TXT v=DMARC1; p=none
a.domainkey TXT v=DKIM1; p=
mta-sts TXT v=STSv1; id=1
_sip.tcp SRV 0 0 0 .
sip._tcp SRV 0 0 0 .`, []string{
			"1:1: warning: label dmarc of dmarc.example.com. has no underscore, expected _dmarc [label-typo]",
			"2:1: warning: label domainkey of a.domainkey.example.com. has no underscore, expected _domainkey [label-typo]",
			"3:1: warning: label mta-sts of mta-sts.example.com. has no underscore, expected _mta-sts [label-typo]",
			"4:1: warning: label tcp of the SRV at _sip.tcp.example.com. has no underscore, expected _tcp [label-typo]",
			"5:1: warning: label sip of the SRV at sip._tcp.example.com. has no underscore, expected _sip [label-typo]",
		}},
	})
}
