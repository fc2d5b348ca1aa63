// Package forgetest simulates the APIs of GitHub, GitLab and Gitea (and with it Forgejo), as
// far as a program needs them that writes comments, check runs and commit statuses. A
// [Server] is an [http.Handler] that checks paths, headers, tokens, permissions, queries and
// bodies as the public references document them, and refuses what those forges would refuse,
// or quietly ignore.
//
// Tests hand [Server.Transport] to a client, which works without a network and inside a
// testing/synctest bubble, or serve the handler with httptest.NewServer. The API is below
// [Server.Prefix].
//
//	server := forgetest.NewGitHub(forgetest.Options{})
//	ts := httptest.NewServer(server)
//	// GITHUB_API_URL=ts.URL+server.Prefix() GITHUB_TOKEN=server.Token()
//	server.Comments(1)
//
// [Server.Fail] makes chosen calls fail; [Server.Calls] says what was asked, never with a
// token in it.
//
// The package knows nothing of the client it tests and shares no types with it. A server has
// one repository, and no branches but those of its pull requests.
package forgetest
