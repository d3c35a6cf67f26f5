// Package request is the life of a change that somebody asks for: of a field
// that the rules of an organization put into the state "request".
//
//	Propose ──► open ──Approve, by each organization that is asked──► approved
//	              ├──Decline, by one of them, with a reason──► declined
//	              ├──Withdraw, by the person──► withdrawn
//	              ├──Propose again──► replaced
//	              └──after [Life]──► expired
//
// # Who is asked
//
// A field of the person's own is asked for in each organization whose rule says
// "request": what locks together is opened together, and one decline is enough.
// A designation is asked for in its own organization alone. Who is asked is read
// once more at each approval. An organization that the person has left is waited
// for no more; one whose rule is new is asked then; and where the field is fixed
// by now, nobody can approve.
//
// # Who decides
//
// Whoever may act on the person by role: owners and admins, and for an owner
// only owners. Nobody decides about an own request, unless nobody else could:
// four eyes are what the rule is for, but the only admin of a small office would
// otherwise be locked out by a rule that binds nobody else. That exception
// stands in the journal like every other decision.
//
// # What an approval does
//
// It writes the value, checked again as if the person had typed it now, and only
// over the value that the person saw when asking. An address is different: it
// is the person's proof that counts. An approval lets the person begin the
// ordinary change to that one address, for [Agreed], with both codes and a fresh
// proof; it ends with the change, and with anything that ends all credentials.
// So does a request: what a thief asked for dies with the reset that locks the
// thief out.
//
// An organization changes no address by itself. That comes with domains that it
// has proved.
//
// # Races
//
// Each decision holds, in this order, the organization, the person and the
// request, whose row is taken by one statement that finds it open. Of an
// approval, another one, a withdrawal and a newer request, exactly one wins.
package request
