package web

import "net/http"

const indexPage = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Zonetender</title></head>
<body>
<h1>Zonetender</h1>
<p>This daemon keeps DNS zones as a Git repository says they should be. It answers:</p>
<ul>
<li><a href="/api/v1/status">/api/v1/status</a>: how it and every zone stand, as JSON</li>
<li><a href="/readyz">/readyz</a>: whether the zones are kept as Git says, and if not, why</li>
<li><a href="/healthz">/healthz</a>: whether the loop turns</li>
<li><a href="/metrics">/metrics</a>: metrics for Prometheus</li>
<li>POST /hooks/git: a push, announced by GitHub, GitLab, Gitea or Forgejo</li>
<li>POST /api/v1/sync: a cycle now, with the API token</li>
</ul>
</body>
</html>
`

// index lists what there is to ask for.
func index(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// An error here means that the client has gone, and nobody is left to tell.
	_, _ = w.Write([]byte(indexPage))
}
