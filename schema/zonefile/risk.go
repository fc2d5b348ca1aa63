package zonefile

import "github.com/zonetender/zonetender/schema"

// readRisk reads "risk:", a mapping from the code of a reason to a level.
func (t *tree) readRisk(n node) map[string]schema.RiskLevel {
	levels := make(map[string]schema.RiskLevel)
	if !t.isMapping(n, "risk", "a mapping from the code of a reason to off, low, medium or high") {
		return levels
	}
	known := make(map[string]bool)
	var codes []string
	for _, r := range schema.RiskReasons() {
		known[r.Code] = true
		codes = append(codes, r.Code)
	}
	for k, v := range t.fields(n) {
		code := k.yaml.Value
		if !known[code] {
			t.errorf(k, codeRisk, "reason %s is not known, expected the code of a reason%s", show(k), nearest(code, codes))
			continue
		}
		text := t.oneOf(v, "risk "+code, schema.RiskLevels()...)
		levels[code], _ = schema.ParseRiskLevel(text) // one of the levels
	}
	return levels
}
