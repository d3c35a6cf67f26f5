// Package employee keeps the digital employees of an organization: AI agents
// that it runs.
//
// One has a name, a picture and a designation, and a card as people have, with
// the mark that it is an AI agent. It is no person: it has no address, no role,
// no password and no session, and stands in no list of members. What it does it
// does through an API client of the organization, and only the client that it
// was given speaks in its name.
package employee
