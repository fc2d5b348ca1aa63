package zonefile

import (
	"slices"

	"github.com/zonetender/zonetender/schema"
)

// What [tree.yesOrNo] reads as true, and all that it reads.
const (
	yesPattern     = "^([Tt][Rr][Uu][Ee]|[Yy][Ee][Ss]|[Oo][Nn])$"
	yesOrNoPattern = "^([Tt][Rr][Uu][Ee]|[Yy][Ee][Ss]|[Oo][Nn]|[Ff][Aa][Ll][Ss][Ee]|[Nn][Oo]|[Oo][Ff][Ff])$"
	foreignPattern = "^(TYPE[0-9]{1,5}|[^/]+/(.*/)?[A-Z0-9-]+)$"
)

// recordsRule is a mapping from owner name to records, as the zone form has it.
func recordsRule() *jsonRule {
	return &jsonRule{
		Description:          "Records by owner name, relative to the zone; '@' is the apex. {} says that there are none.",
		Type:                 []string{"object"},
		AdditionalProperties: refer("name"),
	}
}

// recordRules are the rules that others refer to.
func recordRules() map[string]*jsonRule {
	return map[string]*jsonRule{
		"name":     oneOrMore(refer("record"), 1),
		"record":   {Type: []string{"object"}, If: has("type"), Then: refer("long"), Else: refer("short")},
		"short":    shortRule(),
		"long":     longRule(false),
		"bareName": oneOrMore(refer("bareLong"), 1),
		"bareLong": longRule(true),
		"type":     typeRule(),
		"octodns":  octodnsRule(),
	}
}

func has(keys ...string) *jsonRule { return &jsonRule{Required: keys} }

// shortRule is a mapping from type to value or values.
func shortRule() *jsonRule {
	properties := map[string]*jsonRule{
		"ttl":     ttlRule("TTL of all types beside it: seconds, or 5m, 2h, 1d, 1w."),
		"expires": textRule("Last day on which the records are desired, in UTC, such as 2027-01-31, or the time at which they end."),
	}
	for _, t := range schema.Types() {
		properties[string(t)] = oneOrMore(textRule(string(t)+" value, or a list of them, such as "+example(t)), 1)
	}
	for _, t := range foreignTypes() {
		properties[t] = &jsonRule{}
	}
	r := keysRule("", properties)
	r.PatternProperties = map[string]*jsonRule{foreignPattern: {}}
	r.Not = &jsonRule{PropertyNames: &jsonRule{Enum: []string{"ttl", "expires"}}} // no record at all
	return r
}

// longRule is a record with type, and value or values.
func longRule(bare bool) *jsonRule {
	keys := map[string]*jsonRule{
		"type":    refer("type"),
		"ttl":     {Description: "Seconds, 0 to 2147483647; the default is the zone's."},
		"value":   {Description: "One value, or a list of them."},
		"values":  {Description: "A list of values, or one; it goes before value."},
		"octodns": refer("octodns"),
		"expires": {Description: "Last day on which the record is desired, in UTC, such as 2027-01-31, or the time at which it ends."},
	}
	properties := make(map[string]*jsonRule)
	for _, k := range longKeys() {
		properties[k] = keys[k]
	}
	r := &jsonRule{Type: []string{"object"}, Required: []string{"type"}, Properties: properties}
	lenient := unlessIgnored(valuesRules(true))
	if bare {
		r.AllOf = []*jsonRule{lenient}
		return r
	}
	known := make(map[string]*jsonRule)
	for k := range properties {
		known[k] = &jsonRule{}
	}
	strict := unlessIgnored(valuesRules(false))
	strict.Properties, strict.AdditionalProperties = known, &jsonRule{never: true}
	r.If, r.Then, r.Else = octodnsSays("lenient"), lenient, strict
	return r
}

// octodnsSays is a record whose octodns block says yes to something.
func octodnsSays(key string) *jsonRule {
	yes := &jsonRule{Required: []string{key}, Type: []string{"object"}, Properties: map[string]*jsonRule{
		key: {AnyOf: []*jsonRule{{Type: []string{"string"}, Pattern: yesPattern}, {Const: new(true)}}},
	}}
	return &jsonRule{Required: []string{"octodns"}, Properties: map[string]*jsonRule{"octodns": yes}}
}

// unlessIgnored lets rules hold where the record is not left alone.
func unlessIgnored(rules []*jsonRule) *jsonRule {
	return &jsonRule{If: octodnsSays("ignored"), Then: &jsonRule{}, Else: &jsonRule{AllOf: rules}}
}

// valuesRules are what holds for the values of each type that the service has.
func valuesRules(lenient bool) (rules []*jsonRule) {
	var asText []string
	for _, t := range schema.Types() {
		if parts := partsOf(t); parts != nil {
			value := &jsonRule{Description: string(t) + " value, such as " + example(t), If: isKind("object"), Then: partsRule(parts, lenient), Else: textRule("")}
			rules = append(rules, valuesOf([]string{string(t)}, value))
			continue
		}
		asText = append(asText, string(t))
	}
	return append(rules, valuesOf(asText, textRule("Text in presentation form.")))
}

// valuesOf is what holds where a record has one of some types.
func valuesOf(types []string, value *jsonRule) *jsonRule {
	values := oneOrMore(value, 1)
	then := &jsonRule{
		Properties: map[string]*jsonRule{"ttl": ttlRule("")},
		If:         has("values"),
		Then:       &jsonRule{Properties: map[string]*jsonRule{"values": values}},
		Else:       &jsonRule{Required: []string{"value"}, Properties: map[string]*jsonRule{"value": values}},
	}
	then.Properties["expires"] = textRule("")
	return &jsonRule{If: &jsonRule{Required: []string{"type"}, Properties: map[string]*jsonRule{"type": {Enum: types}}}, Then: then}
}

// partsRule is a value that is a mapping.
func partsRule(parts []string, lenient bool) *jsonRule {
	r := &jsonRule{Type: []string{"object"}, Properties: make(map[string]*jsonRule)}
	for _, p := range parts {
		r.Properties[p] = textRule("")
	}
	if slices.Contains(parts, "priority") && !slices.Contains(parts, "target") {
		r.Properties["preference"].Description = "The lowest is tried first, 0 to 65535."
	}
	if !lenient {
		r.AdditionalProperties = &jsonRule{never: true}
	}
	return r
}

func typeRule() *jsonRule {
	return &jsonRule{
		Description: "Record type in upper case. The service has " + schema.TypeList() + "; others need unsupported_types: warn in " + settingsFile + ".",
		AnyOf: []*jsonRule{
			wordRule("", schema.TypeNames()...),
			wordRule("", foreignTypes()...),
			{Type: []string{"string"}, Pattern: foreignPattern},
		},
	}
}

// octodnsRule is the block of which most keys are for octoDNS alone.
func octodnsRule() *jsonRule {
	return &jsonRule{
		Description: "Settings of octoDNS; of these, lenient and ignored have an effect.",
		Type:        []string{"object"},
		Properties: map[string]*jsonRule{
			"lenient": yesOrNoRule("Errors of this record that can be lived with become warnings.", yesOrNoPattern),
			"ignored": yesOrNoRule("The RRset is left alone.", yesOrNoPattern),
		},
	}
}
