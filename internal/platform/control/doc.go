// Package control lets commands on the machine talk to the server that runs
// there.
//
// The server listens on control.sock in its data folder, which only its own
// user may open: whoever reaches it is the operator, and no further proof is
// asked for. A command is one POST of JSON to the operation's name, answered
// by JSON or by an [Error]. The same operations can be called without a
// server, in the process that opened the database itself.
package control
