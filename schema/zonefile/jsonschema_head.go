package zonefile

import (
	"strings"

	"github.com/zonetender/zonetender/schema"
)

// zoneRule is a zone file in either form: a scalar under the key zone makes the zone form.
func zoneRule() *jsonRule {
	return &jsonRule{
		Description: "A zone in the zone form, which has a head that begins with zone, or in the bare form, which is octoDNS's.",
		Type:        []string{"object"},
		Properties:  map[string]*jsonRule{"zone": {Description: "The zone's name, as the file name has it."}},
		If: &jsonRule{
			Required:   []string{"zone"},
			Properties: map[string]*jsonRule{"zone": {Type: []string{"string", "number", "boolean", "null"}}},
		},
		Then: keysRule("", headRules()),
		Else: &jsonRule{AdditionalProperties: refer("bareName")},
	}
}

// headRules are the keys of the zone form.
func headRules() map[string]*jsonRule {
	return map[string]*jsonRule{
		"zone":    textRule("The zone's name, as the file name has it."),
		"ttl":     ttlRule("Default TTL of this zone: seconds, or 5m, 2h, 1d, 1w."),
		"manage":  wordRule("all (the default): the file is the whole zone. declared: only the RRsets that it names are managed.", string(schema.ManageAll), string(schema.ManageDeclared)),
		"ignore":  ignoreRules("RRsets that other tools own: never changed, never deleted."),
		"safety":  safetyRule(zoneLimits()),
		"include": oneOrMore(textRule("Files of records that zones share, relative to this file."), 0),
		"vars":    varsRule("Variables of this zone, used as ${name}."),
		"checks":  checksRule(),
		"records": recordsRule(),
		"state":   wordRule("absent deletes the zone; it has no records then.", "absent"),
	}
}

// settingsRule is zonetender.yaml.
func settingsRule() *jsonRule {
	return keysRule("Settings for every zone in the folder.", map[string]*jsonRule{
		"ttl":               ttlRule("Default TTL of every zone that sets none: seconds, or 5m, 2h, 1d, 1w."),
		"vars":              varsRule("Variables of every zone, used as ${name}; a zone's own go first."),
		"ignore":            ignoreRules("RRsets of every zone that other tools own: never changed, never deleted."),
		"safety":            safetyRule(allLimits()),
		"approve":           oneOrMore(textRule("Approval codes of refused plans."), 0),
		"checks":            checksRule(),
		"risk":              riskRule(),
		"exclude":           oneOrMore(textRule("Globs of files that are no zone files; ** is any number of folders."), 0),
		"unsupported_types": wordRule("What a type is that the service does not have: error (the default), or warn to leave such RRsets alone.", string(UnsupportedError), string(UnsupportedWarn)),
	})
}

func ttlRule(description string) *jsonRule { return numberRule(description, int64(schema.MaxTTL)) }

func varsRule(description string) *jsonRule {
	r := &jsonRule{Description: description, Type: []string{"object"}, PropertyNames: &jsonRule{Pattern: "^[A-Za-z0-9_-]+$"}}
	r.Properties = map[string]*jsonRule{"zone": {never: true}}
	r.AdditionalProperties = textRule("")
	return r
}

func ignoreRules(description string) *jsonRule {
	r := keysRule(description, map[string]*jsonRule{
		"name":   textRule("Glob over the name relative to the zone: * is any one label, ** any number of them, @ the apex."),
		"types":  oneOrMore(anyCaseRule("Types, such as TXT.", schema.TypeNames()), 1),
		"value":  textRule("Glob over the value."),
		"preset": wordRule("Rules for a well-known tool.", "acme", "external-dns"),
	})
	return oneOrMore(r, 0)
}

// anyCaseRule is one of some words in ASCII, in any case.
func anyCaseRule(description string, words []string) *jsonRule {
	patterns := make([]string, len(words))
	for i, w := range words {
		for _, letter := range w {
			patterns[i] += "[" + strings.ToUpper(string(letter)) + strings.ToLower(string(letter)) + "]"
		}
	}
	pattern := "^(" + strings.Join(patterns, "|") + ")$"
	return &jsonRule{Description: description, AnyOf: []*jsonRule{wordRule("", words...), {Type: []string{"string"}, Pattern: pattern}}}
}

func safetyRule(limits []string) *jsonRule {
	descriptions := map[string]string{
		"max_deletes":       "Most records that a plan may delete in a zone: a share such as 50%, or a number.",
		"max_updates":       "Most records that a plan may change in a zone: a share such as 50%, or a number.",
		"max_fleet_deletes": "Most records that a run may delete: a number.",
		"max_fleet_percent": "Most records that a run may delete: a share such as 10%.",
	}
	properties := make(map[string]*jsonRule)
	for _, l := range limits {
		properties[l] = textRule(descriptions[l])
	}
	return keysRule("Limits of the guards.", properties)
}

func riskRule() *jsonRule {
	properties := make(map[string]*jsonRule)
	for _, r := range schema.RiskReasons() {
		properties[r.Code] = wordRule(r.Help, schema.RiskLevels()...)
	}
	return keysRule("How risky a change counts for a reason, by its code.", properties)
}

func checksRule() *jsonRule {
	properties := make(map[string]*jsonRule)
	for _, c := range warnings() {
		properties[c.Code] = wordRule(c.Help, string(LevelOff), string(LevelWarn), string(LevelError))
	}
	return keysRule("What becomes of warnings, by their code. Say in a comment why one is off.", properties)
}
