package zonefile

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// FileName returns the name of the file that declares a zone, such as "example.com.yaml".
// What file names cannot have, or would keep the file from being read, is percent-encoded
// (RFC 3986 section 2.1), as in "%5Fmsdcs.corp.example.yaml": files that begin with "_" are
// skipped.
func FileName(zone schema.Name) string {
	stem := zone.Undotted()
	var b strings.Builder
	for i := range len(stem) {
		c := stem[i]
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' && i > 0
		if !letter || i == 0 && stem+".yaml" == settingsFile {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String() + ".yaml"
}

// yamlStem returns the name of a YAML file without its ending.
func yamlStem(name string) (stem string, ok bool) {
	ext := path.Ext(name)
	switch strings.ToLower(ext) {
	case ".yaml", ".yml":
		return name[:len(name)-len(ext)], true
	}
	return "", false
}

// zoneFromStem reads the name of a file without its ending, or of a folder, as that of a
// zone.
func zoneFromStem(stem string) (schema.Name, error) {
	text, err := url.PathUnescape(stem)
	if err != nil {
		return schema.Name{}, fmt.Errorf("%% begins no character, expected two digits as in %%5F")
	}
	zone, err := schema.ParseName(text)
	switch {
	case err != nil:
		return schema.Name{}, err
	case zone.IsRoot():
		return schema.Name{}, errors.New("the root")
	case zone.IsWildcard():
		return schema.Name{}, errors.New("a wildcard")
	case zone.OddCharacters() != "":
		// Legal in DNS, but here it is "example.com (copy).yaml".
		return schema.Name{}, fmt.Errorf("it contains %q, expected letters, digits, - and _", zone.OddCharacters())
	}
	return zone, nil
}
