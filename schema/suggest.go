package schema

import "strings"

// didYouMean gives "; did you mean X?" where one of the words is near, else "".
func didYouMean(text string, words ...string) string {
	best, distance := "", 3
	if len(text) < 4 {
		distance = 2
	}
	for _, w := range words {
		if strings.EqualFold(text, w) {
			return "; did you mean " + w + "?"
		}
		if d := EditDistance(text, w); d < distance && d < len(w) {
			best, distance = w, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// EditDistance counts insertions, deletions, replacements and swaps of neighbours
// that make b out of a, as octets. Long texts are far from every word.
func EditDistance(a, b string) int {
	const far = 1 << 10
	if len(a) > 40 || len(b) > 40 {
		return far
	}
	var before, last, row [41]int
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
