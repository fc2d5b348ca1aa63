package zonefile

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// text returns a scalar as it is written. Nothing at all is an error, and so is a
// list or a mapping; what names it in the message.
func (t *tree) text(n node, what string) (text string, ok bool) {
	switch {
	case t.isMissing(n):
	case n.yaml.Kind != yaml.ScalarNode:
		t.errorf(n, codeShape, "%s is %s, expected text", what, kindName(n))
	case n.isNull():
		t.errorf(n, codeNull, "%s is empty, expected a value%s", what, quoteHint(n))
	default:
		t.spelled.read(n)
		return n.yaml.Value, true
	}
	return "", false
}

// isMissing reports whether n replaces an include that could not be read, which was
// reported already.
func (t *tree) isMissing(n node) bool {
	return n.yaml.Kind == yaml.SequenceNode && n.yaml.Tag == tagInclude && len(n.yaml.Content) == 0
}

// isMapping reports whether n is a mapping, with a problem where it is not.
func (t *tree) isMapping(n node, what, expected string) bool {
	switch {
	case n.yaml.Kind == yaml.MappingNode:
		return true
	case t.isMissing(n):
	case n.isNull():
		t.errorf(n, codeNull, "%s is empty, expected %s, or {}", what, expected)
	default:
		t.errorf(n, codeShape, "%s is %s, expected %s", what, kindName(n), expected)
	}
	return false
}

func kindName(n node) string {
	switch n.yaml.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return "the text " + show(n)
}

// quoteHint says how to write what YAML reads as nothing.
func quoteHint(n node) string {
	if n.yaml.Value == "" {
		return ""
	}
	return "; if the text " + n.yaml.Value + " is meant, quote it"
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
	t.errorf(n, codeShape, "%s is %s, expected true or false", what, show(n))
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

// readTTL reads a TTL outside records, which may have a unit, from its text, so that 0300
// is an error and not 192.
func (t *tree) readTTL(n node, into *schema.TTL) {
	text, ok := t.text(n, "ttl")
	if !ok {
		return
	}
	ttl, err := schema.ParseTTLUnit(text)
	if err != nil {
		t.errorf(n, codeTTL, "%v", err)
		return
	}
	*into = ttl
}

// unknownKey refuses a key, with the nearest known one.
func (t *tree) unknownKey(k node, where string, known ...string) {
	t.errorf(k, codeUnknownKey, "key %s is not known %s, expected one of %s%s",
		show(k), where, strings.Join(known, ", "), schema.DidYouMean(k.yaml.Value, known...))
}

// yaml11 returns what YAML 1.1, and octoDNS with it, reads for a plain scalar, where
// that is another text than the one written: "no" is False, 1.10 is 1.1 and 012 is
// 10 there. Here the text counts as it is written.
func yaml11(text string) (reads string, differs bool) {
	if text == "" || len(text) > 40 {
		return "", false
	}
	switch c := text[0]; {
	case '0' <= c && c <= '9', c == '+', c == '-', c == '.':
		reads = yaml11Number(text)
	case strings.IndexByte("yYnNtTfFoO", c) >= 0:
		reads = yaml11Word(text)
	}
	return reads, reads != "" && reads != text
}

func yaml11Word(text string) string {
	switch text {
	case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return "True"
	case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return "False"
	case "null", "Null", "NULL":
		return "None"
	}
	return ""
}

// yaml11Number reads the integers and floats of YAML 1.1, or returns "".
func yaml11Number(text string) string {
	sign, digits := "", text
	if text[0] == '+' || text[0] == '-' {
		sign, digits = strings.TrimPrefix(text[:1], "+"), text[1:]
	}
	switch strings.ToLower(digits) {
	case ".inf", ".nan":
		return sign + strings.ToLower(digits[1:])
	}
	if digits == "" || strings.Count(digits, ".") > 1 {
		return ""
	}
	plain := strings.ReplaceAll(digits, "_", "")
	switch {
	case strings.ContainsRune(digits, ':'):
		return sexagesimal(sign, digits)
	case strings.HasPrefix(digits, "0b"):
		return integer(sign, plain[2:], 2)
	case strings.HasPrefix(digits, "0x"):
		return integer(sign, plain[2:], 16)
	case strings.ContainsRune(digits, '.'):
		return float(sign, plain)
	case digits[0] == '0' && len(plain) > 1:
		return integer(sign, plain[1:], 8)
	case digits[0] == '_':
		return ""
	}
	return integer(sign, plain, 10)
}

func integer(sign, digits string, base int) string {
	n, err := strconv.ParseUint(digits, base, 64)
	switch {
	case err != nil:
		return ""
	case n == 0:
		return "0"
	}
	return sign + strconv.FormatUint(n, 10)
}

func float(sign, text string) string {
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			return ""
		}
		// YAML 1.1 wants the sign of an exponent: 1.0e3 is text there.
		if (c == 'e' || c == 'E') && (i+1 == len(text) || text[i+1] != '+' && text[i+1] != '-') {
			return ""
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || text == "." {
		return ""
	}
	out := strconv.FormatFloat(f, 'g', -1, 64)
	if f < 1e16 && f >= 1e-4 || f == 0 {
		out = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if !strings.ContainsAny(out, ".e") {
		out += ".0"
	}
	return sign + out
}

// sexagesimal reads 1:30 as 90, as YAML 1.1 does for times and angles.
func sexagesimal(sign, text string) string {
	parts := strings.Split(text, ":")
	total := uint64(0)
	for i, p := range parts {
		n, err := strconv.ParseUint(strings.ReplaceAll(p, "_", ""), 10, 32)
		if err != nil || i > 0 && (n > 59 || len(p) > 2) || i == 0 && p[0] == '0' || total > 1<<40 {
			return ""
		}
		total = total*60 + n
	}
	return sign + strconv.FormatUint(total, 10)
}
