package main

import "errors"

// A fileFlag is a flag that names a file. It refuses "", which a script passes where a variable
// is not set, and which would mean that the flag was not given.
type fileFlag string

// Set stores the name.
func (f *fileFlag) Set(text string) error {
	if text == "" {
		return errors.New("expected a file")
	}
	*f = fileFlag(text)
	return nil
}

// String returns the name.
func (f *fileFlag) String() string { return string(*f) }

// Type is what the value is called in --help.
func (*fileFlag) Type() string { return "file" }
