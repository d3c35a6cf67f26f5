// Package app puts Nameplate together.
//
// [New] opens what the settings name and builds every feature; it is the only
// importer of features, and wire.go is where they meet, a line each. [App.Run]
// serves until its context ends, then stops in order: streams first, requests
// and jobs in flight after, the write-ahead log last.
package app
