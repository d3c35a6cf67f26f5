// Package e2e walks through the product as people do: a real browser against
// the real program. Its tests find things by the words and roles that a screen
// reader would tell, so what they can use a person can use.
//
// They need Chromium, and for some journeys PostgreSQL (scripts/with-postgres);
// without them they fail. With -shots DIR the walk over every page also takes a
// picture of each and lays them out on a contact sheet.
package e2e
