package zonefile

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/zonetender/zonetender/schema"
)

// presetRules returns the ignore rules behind a preset's name, nil for an unknown
// name.
//
// acme covers the TXT records of ACME DNS challenges (RFC 8555 section 8.4) at any
// depth. external-dns covers the TXT records in which external-dns keeps what it
// owns; the records it owns have no mark of their own and need a rule by name.
func presetRules(name string) []schema.IgnoreRule {
	txt := []schema.Type{schema.TXT}
	switch name {
	case "acme":
		return []schema.IgnoreRule{mustIgnore("_acme-challenge.**", txt, "")}
	case "external-dns":
		return []schema.IgnoreRule{
			mustIgnore("", txt, "heritage=external-dns*"),
			mustIgnore("", txt, `"heritage=external-dns*`),
		}
	}
	return nil
}

// A placedRule is a rule and where it was written.
type placedRule struct {
	rule schema.IgnoreRule
	pos  schema.Position
}

func rulesOf(placed []placedRule) []schema.IgnoreRule {
	rules := make([]schema.IgnoreRule, len(placed))
	for i, p := range placed {
		rules[i] = p.rule
	}
	return rules
}

func repeatsZone(r placedRule, zone schema.Name) schema.Problem {
	return schema.NewProblem(schema.Error, r.pos, codeIgnore,
		"ignore rule {%s} repeats the zone %s and matches nothing; expected a name relative to it", r.rule, schema.Display(zone.Undotted()))
}

func mustIgnore(name string, types []schema.Type, value string) schema.IgnoreRule {
	r, err := schema.NewIgnoreRule(name, types, value)
	if err != nil {
		panic("schema: preset: " + err.Error())
	}
	return r
}

// readIgnore reads "ignore:", a list of rules.
func (t *tree) readIgnore(n node) []placedRule {
	var out []placedRule
	if n.isNull() {
		t.errorf(n, codeNull, "ignore is empty, expected a list of rules, or []")
		return nil
	}
	if t.tooMany(n, "ignore", len(n.yaml.Content), maxRules) {
		return nil
	}
	for item := range t.items(n) {
		if t.isMapping(item, "ignore rule", "a mapping with name, types or value") {
			for _, rule := range t.readIgnoreRule(item) {
				out = append(out, placedRule{rule, item.pos()})
			}
		}
	}
	return out
}

// ignoreKeys are the keys of an ignore rule.
func ignoreKeys() []string { return []string{"name", "types", "value", "preset"} }

func (t *tree) readIgnoreRule(n node) []schema.IgnoreRule {
	var name, value, preset string
	var types []schema.Type
	before := len(t.problems)
	for k, v := range t.fields(n) {
		switch k.yaml.Value {
		case "name":
			var ok bool
			if name, ok = t.text(v, "name"); ok && name == "" {
				t.errorf(v, codeIgnore, "name is empty, expected a name; the apex is '@'")
			}
		case "value":
			value, _ = t.text(v, "value")
		case "preset":
			preset, _ = t.text(v, "preset")
			if presetRules(preset) == nil {
				t.errorf(v, codeIgnore, "preset %s is not known, expected acme or external-dns%s", show(v), schema.DidYouMean(preset, "acme", "external-dns"))
			}
		case "types":
			types = t.readTypes(v)
		default:
			t.unknownKey(k, "in an ignore rule", ignoreKeys()...)
		}
	}
	if len(t.problems) > before {
		return nil
	}
	if preset != "" {
		if name != "" || value != "" || len(types) > 0 {
			t.errorf(n, codeIgnore, "ignore rule with a preset and more, expected preset alone: write a rule of its own for the rest")
		}
		return presetRules(preset)
	}
	r, err := schema.NewIgnoreRule(name, types, value)
	if err != nil {
		t.errorf(n, codeIgnore, "%v", err)
		return nil
	}
	return []schema.IgnoreRule{r}
}

// readTypes reads the types of an ignore rule, in any case. A mistyped one would leave
// records without protection, so that only managed types pass.
func (t *tree) readTypes(n node) []schema.Type {
	var out []schema.Type
	if n.yaml.Kind == yaml.SequenceNode && len(n.yaml.Content) == 0 {
		t.errorf(n, codeIgnore, "types is empty, expected a list such as [TXT]")
	}
	for _, item := range t.texts(n, "type") {
		typ := schema.Type(strings.ToUpper(item.yaml.Value))
		if !typ.Managed() {
			t.errorf(item, codeType, "type %s, expected one of %s%s", show(item), schema.TypeList(), schema.DidYouMean(string(typ), schema.TypeNames()...))
			continue
		}
		if !slices.Contains(out, typ) {
			out = append(out, typ)
		}
	}
	return out
}
