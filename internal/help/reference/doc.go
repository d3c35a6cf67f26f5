// Package reference shows the API as a page: every call by its tag, with what
// it takes and what it answers.
//
// The page is made from the OpenAPI document, which is made from the types that
// serve the calls, so it cannot tell of a field that is not there. It needs no
// script and asks no other server for anything.
package reference
