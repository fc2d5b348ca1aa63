package main

import "io"

func summarize(results []result) []result { return results }

func report(o *options, results []result, stdout io.Writer) error { return nil }
