// Package portrait keeps the pictures of people and the logos of organizations:
// both go the same way from what was uploaded to what is served.
//
// What is uploaded is told apart by its content, held against the limits
// before it is decoded, decoded, and encoded anew in four sizes; the bytes that
// came in are never kept. A version gets a name of its own, out of chance, so
// its address can be cached for ever.
//
//	Make ──► objects stored ──► Replace, with the row that shows it
//
// The version before lives on for a while, because pages that are open still
// show it; older ones and those of a crash between the two steps are collected.
package portrait
