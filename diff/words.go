package diff

import (
	"fmt"
	"strings"
)

// plural counts things in words, as in "1 record" and "3 records".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// joinSentences puts findings into one line.
func joinSentences(found []string) string { return strings.Join(found, "; ") }
