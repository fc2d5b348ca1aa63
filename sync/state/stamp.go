package state

import (
	"database/sql"
	"math"
	"strconv"
	"time"
)

// stamp gives a time as it is stored: nanoseconds since 1970, NULL for the zero time. Times
// outside the years 1678 to 2261 become the first or last one that can be told.
func stamp(t time.Time) sql.NullInt64 {
	switch {
	case t.IsZero():
		return sql.NullInt64{}
	case t.Year() < 1678:
		return sql.NullInt64{Int64: math.MinInt64, Valid: true}
	case t.Year() > 2261:
		return sql.NullInt64{Int64: math.MaxInt64, Valid: true}
	}
	return sql.NullInt64{Int64: t.UnixNano(), Valid: true}
}

// instant gives a stored time, in UTC.
func instant(n sql.NullInt64) time.Time {
	if !n.Valid {
		return time.Time{}
	}
	return time.Unix(0, n.Int64).UTC()
}

// stampText gives a stored time as text, "" for NULL.
func stampText(n sql.NullInt64) string {
	if !n.Valid {
		return ""
	}
	return strconv.FormatInt(n.Int64, 10)
}

// parseStamp reads what stampText gave.
func parseStamp(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return instant(sql.NullInt64{Int64: n, Valid: true}), err
}
