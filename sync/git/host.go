package git

import (
	"bytes"
	"net/url"
	"os"
	"path/filepath"

	"github.com/go-git/go-git/v5/config"
)

// Host returns the host that the repository is fetched from: of a local one, the host of its
// remote "origin". It is "" where there is none, or none can be read.
func (r *Repo) Host() string {
	if r.addr.kind == kindLocal {
		return OriginHost(r.addr.path)
	}
	return r.addr.host
}

// OriginHost returns the host of the remote "origin" of the repository that contains dir, ""
// where there is none, or none can be read.
func OriginHost(dir string) string {
	_, gitDir, err := findRepository(dir)
	if err != nil {
		return ""
	}
	if gitDir == "" {
		gitDir = dir // of a bare repository
	}
	text, err := os.ReadFile(filepath.Join(commonDir(gitDir), "config"))
	if err != nil {
		return ""
	}
	c, err := config.ReadConfig(bytes.NewReader(text))
	if err != nil || c.Remotes["origin"] == nil || len(c.Remotes["origin"].URLs) == 0 {
		return ""
	}
	remote := c.Remotes["origin"].URLs[0]
	if addr, err := parseAddress(remote); err == nil {
		return addr.host
	}
	// CI systems leave a token in the URL; its host is no secret.
	u, err := url.Parse(remote)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
