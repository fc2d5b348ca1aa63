package zonefile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// variables are the values of ${name}, in the zone form and in the files that it includes.
// The zone's own go before the repository's; ${zone} is the zone's name without its
// final dot.
type variables struct {
	zone schema.Name
	own  map[string]string
	all  map[string]string // the repository's

	unknown int // look-ups that found nothing
}

// expand replaces every ${name} in text. "$${" is "${" itself. What a
// variable holds is not looked through again.
func (v *variables) expand(text string) (string, error) {
	if !strings.Contains(text, "${") {
		return text, nil
	}
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		if i < 0 {
			b.WriteString(text)
			return b.String(), nil
		}
		if i > 0 && text[i-1] == '$' {
			b.WriteString(text[:i-1])
			b.WriteString("${")
			text = text[i+2:]
			continue
		}
		b.WriteString(text[:i])
		name, rest, ok := strings.Cut(text[i+2:], "}")
		if !ok {
			return "", fmt.Errorf("${ without }, expected ${name}; for the text itself write $${")
		}
		value, err := v.lookup(name)
		if err != nil {
			return "", err
		}
		b.WriteString(value)
		text = rest
		if b.Len() > maxText {
			return "", fmt.Errorf("text is longer than %d octets with its variables, expected at most that", maxText)
		}
	}
}

func (v *variables) lookup(name string) (string, error) {
	if name == "zone" {
		return v.zone.Undotted(), nil
	}
	if value, ok := v.own[name]; ok {
		return value, nil
	}
	if value, ok := v.all[name]; ok {
		return value, nil
	}
	hint := ""
	if v.unknown++; v.unknown <= 20 { // looking for what was meant takes time
		known := []string{"zone"}
		known = slices.AppendSeq(known, maps.Keys(v.own))
		known = slices.AppendSeq(known, maps.Keys(v.all))
		slices.Sort(known)
		hint = schema.DidYouMean(name, known...)
	}
	return "", fmt.Errorf("variable ${%s} is not defined, expected it under vars%s; for the text itself write $${", shorten(name), hint)
}

// readVars reads "vars:", a mapping from name to text.
func (t *tree) readVars(n node) map[string]string {
	out := make(map[string]string)
	if !t.isMapping(n, "vars", "a mapping from name to text") {
		return out
	}
	if t.tooMany(n, "vars", len(n.yaml.Content)/2, maxVars) {
		return out
	}
	for k, v := range t.fields(n) {
		switch {
		case !isVarName(k.yaml.Value):
			t.errorf(k, codeVariable, "variable name %s, expected letters, digits, - and _", schema.Clip(k.yaml.Value))
		case k.yaml.Value == "zone":
			t.errorf(k, codeVariable, "variable zone is already the name of the zone, expected another name")
		default:
			text, ok := t.text(v, "variable "+k.yaml.Value)
			if ok && strings.Contains(text, "${") {
				t.errorf(v, codeVariable, "variable %s contains a variable, expected plain text", k.yaml.Value)
			}
			out[k.yaml.Value] = text
		}
	}
	return out
}

func isVarName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}
