// Package zonefile reads zones from YAML and writes them.
//
// [Open] lists a folder of zone files and reads its zonetender.yaml, [Folder.Zone] reads one
// zone of it, with included files, variables and zones that are split over several files.
// [Parse] reads a single file. All mistakes are reported at once, each with file, line and
// column; see [Checks]. [Format] writes a zone file, [Folder.Formatter] brings those that are
// there into canonical form, with their comments, and [JSONSchema] describes them for editors.
//
// A file has one of two forms: the bare form is that of octoDNS, the zone form has a head and
// shorter records. Files are read through an [io/fs.FS] and never written, and what they may
// ask for is bounded: no file takes much more memory than a zone of its size needs.
package zonefile
