package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

func (a *app) schema() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [KIND]",
		Short: "Print the JSON Schema of a zone file",
		Long: `Print the JSON Schema (draft 2020-12) of a kind of file, for editors: zone (the default) for
zone files, template for files that zone files include, settings for zonetender.yaml.`,
		Example: `  zonetender schema > zone.schema.json
  zonetender schema settings > settings.schema.json`,
		Args: oneKind,
		RunE: func(_ *cobra.Command, args []string) error {
			kind := zonefile.ZoneKind
			if len(args) > 0 {
				kind = zonefile.FileKind(args[0])
			}
			_, err := a.stdout.Write(zonefile.JSONSchema(kind))
			return err
		},
		ValidArgs: kinds(),
	}
}

func kinds() []string {
	var names []string
	for _, k := range zonefile.FileKinds() {
		names = append(names, string(k))
	}
	return names
}

// oneKind is for commands that take one kind of file at most.
func oneKind(_ *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return fmt.Errorf("argument %q, expected one kind of file at most", args[1])
	case len(args) == 1 && !slices.Contains(kinds(), args[0]):
		return fmt.Errorf("kind %q, expected %s%s", args[0], schema.SentenceList(kinds(), "or"), schema.DidYouMean(args[0], kinds()...))
	}
	return nil
}
