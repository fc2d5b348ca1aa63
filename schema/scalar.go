package schema

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// placeFrom names place p for a message at "at": the line alone in the same file.
func placeFrom(at, p Position) string {
	if at.File == p.File {
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// text gives a scalar as it is written. Nothing at all is an error, and so is a
// list or a mapping; what names it in the message.
func (t *tree) text(n node, what string) (text string, ok bool) {
	switch {
	case t.isMissing(n):
	case n.Kind != yaml.ScalarNode:
		t.errorf(n, ruleShape, "%s is %s, expected text", what, kindName(n))
	case n.isNull():
		t.errorf(n, ruleNull, "%s is empty, expected a value%s", what, quoteHint(n))
	default:
		return n.Value, true
	}
	return "", false
}

// isMissing reports whether n stands for an include that could not be read, which
// has been said already.
func (t *tree) isMissing(n node) bool {
	return n.Kind == yaml.SequenceNode && n.Tag == tagInclude && len(n.Content) == 0
}

// isMapping reports whether n is one, and says so where it is not.
func (t *tree) isMapping(n node, what, expected string) bool {
	switch {
	case n.Kind == yaml.MappingNode:
		return true
	case t.isMissing(n):
	case n.isNull():
		t.errorf(n, ruleNull, "%s is empty, expected %s, or {}", what, expected)
	default:
		t.errorf(n, ruleShape, "%s is %s, expected %s", what, kindName(n), expected)
	}
	return false
}

func kindName(n node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return "the text " + show(n)
}

// quoteHint says how to write what YAML reads as nothing.
func quoteHint(n node) string {
	if n.Value == "" {
		return ""
	}
	return "; if the text " + n.Value + " is meant, quote it"
}

// yesOrNo reads a boolean as YAML 1.1 does, which octoDNS follows.
func (t *tree) yesOrNo(n node, what string) bool {
	text, ok := t.text(n, what)
	if !ok {
		return false
	}
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return true
	case "false", "no", "off":
		return false
	}
	t.errorf(n, ruleShape, "%s is %s, expected true or false", what, show(n))
	return false
}

// texts reads one text or a list of them.
func (t *tree) texts(n node, what string) []node {
	var out []node
	for item := range t.items(n) {
		if _, ok := t.text(item, what); ok {
			out = append(out, item)
		}
	}
	return out
}

// ttl reads a TTL from the text, so that 0300 is an error and not 192.
func (t *tree) ttl(n node, text string, units bool) (TTL, bool) {
	ttl, err := ParseTTL(text, units)
	if err != nil {
		t.errorf(n, ruleTTL, "%v", err)
		return 0, false
	}
	return ttl, true
}

// unknownKey refuses a key, with the nearest known one.
func (t *tree) unknownKey(k node, where string, known ...string) {
	t.errorf(k, ruleUnknownKey, "key %s is not known %s, expected one of %s%s",
		show(k), where, strings.Join(known, ", "), didYouMean(k.Value, known...))
}
