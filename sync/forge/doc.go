// Package forge puts a result into a pull request at GitHub, GitLab, Gitea or Forgejo: one
// comment that is updated in place, and a check run or a commit status on the head commit.
//
// [Detect] finds out from a CI's environment which pull request that is, and
// [FindCredentials] with which token. A [Client] makes the few calls that are needed over
// net/http.
//
// A token is sent to the API's own origin alone, over https or to this machine, and is in no
// error. All retries are here; a call whose answer was lost is settled by reading before it
// is made again, so that no second comment appears. A comment is only touched if it begins
// with the client's own marker and was written by the account that the token belongs to.
//
// The package knows nothing of plans and zones. What a body says is the caller's, as is
// the escaping of whatever the body quotes.
package forge
