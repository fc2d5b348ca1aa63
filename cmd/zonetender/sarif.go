package main

import (
	"io"
	"slices"

	"github.com/zonetender/zonetender/schema/zonefile"
)

// The types are the part of SARIF 2.1.0 (OASIS) that a list of problems needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

// writeSARIF writes the problems for tools that collect findings.
func writeSARIF(w io.Writer, c *checked) error {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name: "zonetender", Version: thisBuild().version, InformationURI: "https://github.com/zonetender/zonetender",
			Rules: []sarifRule{},
		}},
		Results: []sarifResult{},
	}
	rules := make(map[string]bool)
	for _, p := range c.problems {
		rules[p.Code] = true
		result := sarifResult{RuleID: p.Code, Level: p.Severity.String(), Message: sarifText{p.Message}}
		place := sarifPhysical{Artifact: sarifArtifact{p.Pos.File}}
		if p.Pos.Line > 0 {
			place.Region = &sarifRegion{p.Pos.Line, p.Pos.Col}
		}
		result.Locations = []sarifLocation{{place}}
		run.Results = append(run.Results, result)
	}
	for rule := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{rule, sarifText{zonefile.CodeHelp(rule)}})
	}
	slices.SortFunc(run.Tool.Driver.Rules, func(a, b sarifRule) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return encodeJSON(w, sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{run},
	})
}
