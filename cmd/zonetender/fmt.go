package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/zonetender/zonetender/schema"
	"github.com/zonetender/zonetender/schema/zonefile"
)

func (a *app) format() *cobra.Command {
	var f fmtFlags
	cmd := &cobra.Command{
		Use:   "fmt [-l] [-w] [-d] [PATH...]",
		Short: "Write zone files in canonical form",
		Long: `Write zone files in canonical form: indentation, spaces, quotes, final dots of hosts, and
IPv6 addresses. Comments, blank lines and the order of things stay, and so does every
record. A path is a zones folder, a file of one, or - for standard input; it defaults to
./zones if it exists, else the current folder. A file with errors is left as it is.

Without a flag the files are printed. With -l or -d the exit code is 2 if a file is not in
canonical form, unless -w makes it so.`,
		Example: `  zonetender fmt -l -w zones
  zonetender fmt -d zones/example.com.yaml
  zonetender fmt --stdin-name example.com.yaml - < draft.yaml`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{defaultDir()}
			}
			return a.runFmt(f, args)
		},
		Args: cobra.ArbitraryArgs,
	}
	cmd.Flags().BoolVarP(&f.list, "list", "l", false, "list the files that are not in canonical form")
	cmd.Flags().BoolVarP(&f.write, "write", "w", false, "write the files instead of printing them")
	cmd.Flags().BoolVarP(&f.diff, "diff", "d", false, "print what would change as a unified diff")
	cmd.Flags().StringVar(&f.form, "form", "", "convert zone files to this form: zone (with a head and short spelling) or bare (as octoDNS writes them)")
	cmd.Flags().StringVar(&f.stdinName, "stdin-name", "", "the file that standard input stands for, such as zones/example.com.yaml")
	return cmd
}

type fmtFlags struct {
	list, write, diff bool
	form, stdinName   string
}

// A formatting is one run of fmt.
type formatting struct {
	app      *app
	flags    fmtFlags
	form     *zonefile.Form  // nil where files keep theirs
	problems schema.Problems // located
	differs  bool
}

func (a *app) runFmt(flags fmtFlags, paths []string) error {
	f := &formatting{app: a, flags: flags}
	if flags.form != "" {
		form, err := zonefile.ParseForm(flags.form)
		if err != nil {
			return fmt.Errorf("--form: %w", err)
		}
		f.form = &form
	}
	var failed error
	for _, path := range paths {
		if err := f.path(path); err != nil {
			failed = errors.Join(failed, err)
		}
	}
	a.showProblems(f.problems.Sorted(), all)
	return errors.Join(failed,
		when(len(f.problems) > 0, errInvalid),
		when(f.differs && !flags.write && (flags.list || flags.diff), errDiffers))
}

func (f *formatting) formatter(there *folder) *zonefile.FileFormatter {
	formatter := there.zones.Formatter()
	formatter.Convert = f.form
	return formatter
}

// path formats what one argument names.
func (f *formatting) path(path string) error {
	if path == "-" {
		return f.stdin()
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: no such file or folder", path)
	case err != nil:
		return fmt.Errorf("%s: %w", path, cause(err))
	case info.IsDir():
		return f.folder(path)
	}
	return f.file(path)
}

// folder formats all files of a zones folder.
func (f *formatting) folder(dir string) error {
	there, err := openZones(dir)
	if err != nil {
		return err
	}
	defer there.close()
	f.problems = append(f.problems, there.located(there.problems.Errors())...)
	formatter := f.formatter(there)
	files := 0
	var failed error
	for _, s := range there.zones.Sources {
		for _, file := range formatter.Zone(s) {
			failed = errors.Join(failed, f.result(there, file))
			files++
		}
	}
	for _, file := range formatter.Shared() {
		failed = errors.Join(failed, f.result(there, file))
		files++
	}
	if files == 0 && len(there.problems.Errors()) == 0 {
		return fmt.Errorf("zones folder %s: no zone files, expected at least one such as example.com.yaml", dir)
	}
	return failed
}

// file formats one file of a zones folder, which has the settings and, for a file that zones
// include, those zones.
func (f *formatting) file(path string) error {
	dir, name := zonesFolder(path)
	there, err := openZones(dir)
	if err != nil {
		return err
	}
	defer there.close()
	formatter := f.formatter(there)
	for _, s := range there.zones.Sources {
		for _, own := range s.Files {
			if own != name {
				continue
			}
			for _, file := range formatter.Zone(s) {
				if file.Name == name {
					return f.result(there, file)
				}
			}
		}
	}
	if name != "zonetender.yaml" {
		for _, s := range there.zones.Sources {
			formatter.Zone(s)
		}
	}
	return f.result(there, formatter.Other(name))
}

// zonesFolder returns the folder that holds a file of zones, and the file's name within it, by
// slashes. A file lies in it, in its folder templates, or in one that is named after a zone.
func zonesFolder(path string) (dir, name string) {
	dir, name = filepath.Split(filepath.Clean(path))
	dir = filepath.Clean(dir)
	if _, err := os.Stat(filepath.Join(dir, "zonetender.yaml")); err == nil {
		return dir, name
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir, name
	}
	inner := name
	for up := abs; up != filepath.Dir(up); up = filepath.Dir(up) {
		inner = filepath.Base(up) + "/" + inner
		dir = filepath.Join(dir, "..")
		if filepath.Base(up) == "templates" {
			return dir, inner
		}
	}
	dir = filepath.Dir(path)
	if stem := strings.TrimSuffix(name, filepath.Ext(name)); strings.Contains(filepath.Base(abs), ".") && !strings.Contains(strings.TrimSuffix(stem, "."), ".") {
		return filepath.Join(dir, ".."), filepath.Base(abs) + "/" + name
	}
	return dir, name
}

// stdin formats standard input.
func (f *formatting) stdin() error {
	if f.flags.write {
		return errors.New("-: standard input cannot be written to, expected no -w")
	}
	const most = 11 << 20 // more than a zone file may have
	data, err := io.ReadAll(io.LimitReader(f.app.stdin, most))
	if err != nil {
		return fmt.Errorf("standard input: read: %w", err)
	}
	dir, name := defaultDir(), ""
	if f.flags.stdinName != "" {
		dir, name = zonesFolder(f.flags.stdinName)
	}
	there, err := openZones(dir)
	if err != nil {
		return err
	}
	defer there.close()
	file := f.formatter(there).Text(name, data)
	if name == "" {
		for i := range file.Problems {
			file.Problems[i].Pos.File = "<standard input>"
		}
		f.problems = append(f.problems, file.Problems...)
		return f.write("<standard input>", file)
	}
	return f.result(there, file)
}

// result takes in one file of a folder.
func (f *formatting) result(there *folder, file zonefile.FormattedFile) error {
	f.problems = append(f.problems, there.located(file.Problems)...)
	return f.write(filepath.Join(there.dir, filepath.FromSlash(file.Name)), file)
}

// write does with one file what the flags say.
func (f *formatting) write(path string, file zonefile.FormattedFile) error {
	if len(file.Problems) > 0 {
		return nil
	}
	changed := !bytes.Equal(file.Text, file.Formatted)
	f.differs = f.differs || changed
	var out bytes.Buffer
	switch {
	case changed && f.flags.list:
		fmt.Fprintln(&out, schema.Printable(path))
	case !f.flags.list && !f.flags.write && !f.flags.diff:
		out.Write(file.Formatted)
	}
	if changed && f.flags.diff {
		out.Write(diff.Diff(path+".orig", file.Text, path, file.Formatted))
	}
	if _, err := f.app.stdout.Write(out.Bytes()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if changed && f.flags.write {
		return replaceFile("zone file", path, bytesWriter(file.Formatted))
	}
	return nil
}
