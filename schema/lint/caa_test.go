package lint

import "testing"

func TestCheckCAA(t *testing.T) {
	runCheckCases(t, []checkCase{
		{"issue", `@ CAA 0 issue ";"`, nil},
		{"issuewild", `@ CAA 0 issuewild "letsencrypt.org"`, nil},
		{"only reports", "@ CAA 0 iodef \"mailto:a@example.com\"\n@ CAA 0 issuemail \";\"\n@ CAA 0 iodef \"mailto:b@example.com\"", []string{
			"1:1: warning: CAA of example.com. lets every authority issue certificates: it has only iodef, issuemail; expected issue or issuewild as well [caa-issue]",
		}},
		{"unknown", "@ CAA 0 isue \"letsencrypt.org\"\n@ CAA 0 issue \"letsencrypt.org\"", []string{
			`1:1: warning: CAA tag "isue" is unknown: it has no effect; expected contactemail, contactphone, iodef, issue, issuemail, issuevmc or issuewild; did you mean issue? [caa-tag]`,
		}},
		{"critical", "@ CAA 128 tbs \"unknown\"\n@ CAA 0 issue \"letsencrypt.org\"", []string{
			`1:1: warning: CAA tag "tbs" is unknown: critical as it is, no authority may issue a certificate; expected contactemail, contactphone, iodef, issue, issuemail, issuevmc or issuewild [caa-tag]`,
		}},
		{"registered", "@ CAA 0 contactemail \"a@example.com\"\n@ CAA 0 contactphone \"1\"\n@ CAA 0 issuevmc \";\"\n@ CAA 0 issue \";\"", nil},
	})
}
