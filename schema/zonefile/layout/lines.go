package layout

import (
	"strings"
	"unicode/utf8"
)

// A line is one line of the result.
type line struct {
	text    strings.Builder
	comment string // behind the text, "" for none
	from    int    // column where the comment was, from 0
	gap     int    // characters of white space that were before it
}

// lines are the result so far. The last one is being written.
type lines []*line

// start begins a line.
func (l *lines) start(indent int) {
	n := new(line)
	for range indent {
		n.text.WriteByte(' ')
	}
	*l = append(*l, n)
}

// write adds to the last line.
func (l *lines) write(text string) {
	if text == "" {
		return
	}
	(*l)[len(*l)-1].text.WriteString(text)
}

// blank adds an empty line, though not at the top.
func (l *lines) blank() {
	if len(*l) > 0 {
		l.start(0)
	}
}

// text puts the comments behind their lines and returns the whole.
func (l lines) text() string {
	var b strings.Builder
	for i := 0; i < len(l); {
		end := i + 1
		if l[i].comment != "" {
			for end < len(l) && l[end].comment != "" && l[end].from == l[i].from {
				end++
			}
			alignComments(l[i:end])
		}
		for ; i < end; i++ {
			b.WriteString(l[i].text.String())
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// alignComments writes the comments of neighbouring lines, which began in the same column. They
// stay there. If one of the lines is too long for that, or the longest had its comment right
// behind it, the column moves with the longest.
func alignComments(group []*line) {
	longest, gap := 0, group[0].gap
	for _, n := range group {
		longest = max(longest, utf8.RuneCountInString(n.text.String()))
		gap = min(gap, n.gap)
	}
	column := max(group[0].from, longest+1)
	if gap <= 2 {
		column = longest + gap
	}
	for _, n := range group {
		for range column - utf8.RuneCountInString(n.text.String()) {
			n.text.WriteByte(' ')
		}
		n.text.WriteString(n.comment)
	}
}
