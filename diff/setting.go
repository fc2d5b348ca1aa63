package diff

import (
	"cmp"

	"github.com/zonetender/zonetender/schema"
)

// settingRisk returns the risk of an edit of a setting. Levels are those of "risk:", by the
// code of the reason; such an edit is high where they do not say otherwise.
func settingRisk(key string, levels map[string]schema.RiskLevel) Risk {
	level, set := levels[schema.RiskSettings]
	switch {
	case !set:
		level = schema.RiskHigh
	case level == schema.RiskOff:
		return newRisk(nil)
	}
	says := map[string]string{
		"safety":  "how much a guard lets pass",
		"approve": "which refused plans are approved",
		"risk":    "how risky a change counts",
		"checks":  "what becomes of warnings",
		"ignore":  "what is left to other tools",
		"manage":  "how much of the live zone the file speaks for",
		"exclude": "which files count as zone files",
	}[key]
	return newRisk([]Reason{{Code: schema.RiskSettings, Level: level, Message: "this setting says " + cmp.Or(says, "what is checked")}})
}
