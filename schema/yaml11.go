package schema

import (
	"strconv"
	"strings"
)

// yaml11 gives what YAML 1.1, and octoDNS with it, reads for a plain scalar, where
// that is another text than the one written: "no" is False, 1.10 is 1.1 and 012 is
// 10 there. Here the text counts as it is written.
func yaml11(text string) (reads string, differs bool) {
	if text == "" || len(text) > 40 {
		return "", false
	}
	switch c := text[0]; {
	case '0' <= c && c <= '9', c == '+', c == '-', c == '.':
		reads = yaml11Number(text)
	case strings.IndexByte("yYnNtTfFoO", c) >= 0:
		reads = yaml11Word(text)
	}
	return reads, reads != "" && reads != text
}

func yaml11Word(text string) string {
	switch text {
	case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return "True"
	case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return "False"
	case "null", "Null", "NULL":
		return "None"
	}
	return ""
}

// yaml11Number reads the integers and floats of YAML 1.1, or gives "".
func yaml11Number(text string) string {
	sign, digits := "", text
	if text[0] == '+' || text[0] == '-' {
		sign, digits = strings.TrimPrefix(text[:1], "+"), text[1:]
	}
	switch strings.ToLower(digits) {
	case ".inf", ".nan":
		return sign + strings.ToLower(digits[1:])
	}
	if digits == "" || strings.Count(digits, ".") > 1 {
		return ""
	}
	plain := strings.ReplaceAll(digits, "_", "")
	switch {
	case strings.ContainsRune(digits, ':'):
		return sexagesimal(sign, digits)
	case strings.HasPrefix(digits, "0b"):
		return integer(sign, plain[2:], 2)
	case strings.HasPrefix(digits, "0x"):
		return integer(sign, plain[2:], 16)
	case strings.ContainsRune(digits, '.'):
		return float(sign, plain)
	case digits[0] == '0' && len(plain) > 1:
		return integer(sign, plain[1:], 8)
	case digits[0] == '_':
		return ""
	}
	return integer(sign, plain, 10)
}

func integer(sign, digits string, base int) string {
	n, err := strconv.ParseUint(digits, base, 64)
	switch {
	case err != nil:
		return ""
	case n == 0:
		return "0"
	}
	return sign + strconv.FormatUint(n, 10)
}

func float(sign, text string) string {
	for i := range len(text) {
		c := text[i]
		if (c < '0' || c > '9') && c != '.' && c != 'e' && c != 'E' && c != '+' && c != '-' {
			return ""
		}
		// YAML 1.1 wants the sign of an exponent: 1.0e3 is text there.
		if (c == 'e' || c == 'E') && (i+1 == len(text) || text[i+1] != '+' && text[i+1] != '-') {
			return ""
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || text == "." {
		return ""
	}
	out := strconv.FormatFloat(f, 'g', -1, 64)
	if f < 1e16 && f >= 1e-4 || f == 0 {
		out = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if !strings.ContainsAny(out, ".e") {
		out += ".0"
	}
	return sign + out
}

// sexagesimal reads 1:30 as 90, as YAML 1.1 does for times and angles.
func sexagesimal(sign, text string) string {
	parts := strings.Split(text, ":")
	total := uint64(0)
	for i, p := range parts {
		n, err := strconv.ParseUint(strings.ReplaceAll(p, "_", ""), 10, 32)
		if err != nil || i > 0 && (n > 59 || len(p) > 2) || i == 0 && p[0] == '0' || total > 1<<40 {
			return ""
		}
		total = total*60 + n
	}
	return sign + strconv.FormatUint(total, 10)
}
