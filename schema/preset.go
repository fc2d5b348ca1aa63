package schema

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// presetRules gives the ignore rules behind a preset's name, or nil for a name
// that is none.
//
// acme covers the TXT records of ACME DNS challenges (RFC 8555 section 8.4) at any
// depth. external-dns covers the TXT records in which external-dns keeps what it
// owns; the records it owns have no mark of their own and need a rule by name.
func presetRules(name string) []IgnoreRule {
	txt := []Type{TXT}
	switch name {
	case "acme":
		return []IgnoreRule{mustIgnore("_acme-challenge.**", txt, "")}
	case "external-dns":
		return []IgnoreRule{
			mustIgnore("", txt, "heritage=external-dns*"),
			mustIgnore("", txt, `"heritage=external-dns*`),
		}
	}
	return nil
}

func mustIgnore(name string, types []Type, value string) IgnoreRule {
	r, err := NewIgnoreRule(name, types, value)
	if err != nil {
		panic("schema: preset: " + err.Error())
	}
	return r
}

// readIgnore reads "ignore:", a list of rules.
func (t *tree) readIgnore(n node) []IgnoreRule {
	var out []IgnoreRule
	if n.isNull() {
		t.errorf(n, ruleNull, "ignore is empty, expected a list of rules, or []")
		return nil
	}
	for item := range t.items(n) {
		if t.isMapping(item, "ignore rule", "a mapping with name, types or value") {
			out = append(out, t.readIgnoreRule(item)...)
		}
	}
	return out
}

func (t *tree) readIgnoreRule(n node) []IgnoreRule {
	var name, value, preset string
	var types []Type
	before := len(t.problems)
	for k, v := range t.fields(n) {
		switch k.Value {
		case "name":
			var ok bool
			if name, ok = t.text(v, "name"); ok && name == "" {
				t.errorf(v, ruleIgnore, "name is empty, expected a name; the apex is '@'")
			}
		case "value":
			value, _ = t.text(v, "value")
		case "preset":
			preset, _ = t.text(v, "preset")
			if presetRules(preset) == nil {
				t.errorf(v, ruleIgnore, "preset %s is not known, expected acme or external-dns%s", show(v), didYouMean(preset, "acme", "external-dns"))
			}
		case "types":
			types = t.readTypes(v)
		default:
			t.unknownKey(k, "in an ignore rule", "name", "types", "value", "preset")
		}
	}
	if len(t.problems) > before {
		return nil
	}
	if preset != "" {
		if name != "" || value != "" || len(types) > 0 {
			t.errorf(n, ruleIgnore, "ignore rule with a preset and more, expected preset alone: write a rule of its own for the rest")
		}
		return presetRules(preset)
	}
	r, err := NewIgnoreRule(name, types, value)
	if err != nil {
		t.errorf(n, ruleIgnore, "%v", err)
		return nil
	}
	return []IgnoreRule{r}
}

// readTypes reads the types of an ignore rule. A mistyped one would leave records
// without protection, so that only managed types pass.
func (t *tree) readTypes(n node) []Type {
	var out []Type
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		t.errorf(n, ruleIgnore, "types is empty, expected a list such as [TXT]")
	}
	for _, item := range t.texts(n, "type") {
		typ := Type(item.Value)
		if !typ.Managed() {
			t.errorf(item, ruleType, "type %s, expected one of %s%s", show(item), typeList(), didYouMean(strings.ToUpper(item.Value), typeNames()...))
			continue
		}
		if !slices.Contains(out, typ) {
			out = append(out, typ)
		}
	}
	return out
}

func typeNames() []string {
	var names []string
	for _, t := range Types() {
		names = append(names, string(t))
	}
	return names
}
