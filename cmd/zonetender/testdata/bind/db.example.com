; The main zone, as an administrator keeps it.
$TTL 1h
@	IN SOA	ns1.example.com. hostmaster.example.com. (
		2026010201	; serial
		3h		; refresh
		1h		; retry
		1w		; expire
		1h )		; negative answers
	NS	ns1
	NS	ns2.example.net.
	A	192.0.2.10
	AAAA	2001:db8:10::10
	MX	10 mail
	MX	20 mail.example.net.
	TXT	"v=spf1 mx include:_spf.example.net -all"
	TXT	"site-verification=2f8e1c0d9b"
	CAA	0 issue "letsencrypt.org"
	CAA	0 iodef "mailto:security@example.com"
ns1	A	192.0.2.53
mail	A	192.0.2.25
	AAAA	2001:db8:10::25
www	300 IN	CNAME @
*.preview	CNAME	preview.hosting.example.
_dmarc	TXT	"v=DMARC1; p=reject; rua=mailto:dmarc@example.com"
mail._domainkey TXT ( "v=DKIM1; k=rsa; p="
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsP08E65Iu2NYQlgMQTHx7HaqjDtAm+M6yzRTkTx2ejmm5C1IdaU/o7BLL3wgp95RZQ6pt9+d6d5iTwbWwchLDBue78Qbm5KLnpJqJmByAqcCxX42xkEiWKuEHiVuJIPio+rnlqVrfglV4kA2KBksIsEIapIJ"
	"Bc9psJR+zc6tgNtR0ztCIz0V2VHZcCW/IBPipzpUI//2gbCrTfXyuFHXhJaOqc0lSF+OIcrABmVUf9h81HgYV0VdDZgigqmPfHiBOlqvIqHKikqKbJxOSLpuwTtWcmue//+ga7ldOWc2sEGn3s1HiZgGeEI7qQwQA78B7QRULJ2YfM422GFSf/8ROwIDAQAB" )
alias	60 IN	HTTPS 1 . alpn=h2

$ORIGIN lab.example.com.
@	NS	ns1
	NS	ns2.example.net.
ns1	A	192.0.2.54	; glue

$ORIGIN example.com.
$GENERATE 1-4 dhcp-${0,3,d} A 192.0.2.10$
_sip._tcp	SRV	10 5 5060 sip
sip	5m	A	192.0.2.30
