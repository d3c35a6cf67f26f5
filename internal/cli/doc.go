// Package cli is the command line: what the operator of an instance types.
//
// Commands that look at an instance or change it talk to the server that runs
// on its data folder, and open the database themselves where none does. What
// they say stands on stdout, for people or as one line of JSON; what goes wrong
// stands on stderr as one sentence. Logs go to stderr.
package cli
