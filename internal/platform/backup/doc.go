// Package backup is the form of a backup: one file that holds the database and
// the objects of an instance, whichever database that was.
//
// It is a tar, packed by gzip and, where that is asked for, sealed by age. It
// begins with what it is a backup of ([About]), goes on with the tables, each
// behind those that it refers to, a row in a line, and with the objects, and
// ends with what must have been in it and a hash over all of it. So whoever has
// read it to the end knows that nothing is missing and nothing was changed by
// accident. Who changed it on purpose is for the seal to find.
//
// [Write] takes a snapshot of the database, [Read] hands out what is inside and
// so restores a backup or merely holds it against its end. Both use the memory
// of a part of a table, however large the instance.
package backup
