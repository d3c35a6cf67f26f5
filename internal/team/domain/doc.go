// Package domain knows which domains belong to an organization.
//
// An organization names a domain and is given a TXT record to put into its
// DNS. Whoever can do that owns the domain. Then, and only then, people of the
// domain can sign in at the organization's provider.
//
//	Add ──▶ pending ──Verify: record found──▶ verified ──record gone 7 days──▶ pending
//	                                            │    ▲
//	                                   record gone   found again
//	                                            ▼    │
//	                                           missing
//
// Any number of organizations may name a domain; one of them has proved it, by
// a unique index. While it is proved, nobody else can, but where its own record
// is gone and another's is there: then the domain has gone to that one.
//
// Records are looked for again once a day. When one is first gone, and when its
// proof ends, owners and admins get a mail; nothing in between. A name stands for itself, not for
// what is below it: the owner of example.com proves mail.example.com apart.
package domain
