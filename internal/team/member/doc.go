// Package member lists the people of an organization and changes what they are
// in it.
//
// Two read models stand apart. What every member sees of another one, the
// team's view, holds what the person shows to the team. Whoever manages members
// sees the address and the state of signing in beside it. Names, biography,
// picture and password are the person's own: nothing here writes them.
//
// Who may act on whom is a ladder. Owners and admins manage members; owners are
// for owners alone, and nobody gives a role above the own one. Second factors
// can be taken away only from somebody below, who belongs to no other
// organization: in another one the person may be more than here.
//
// Phone and address are the organization's to change where its rules put them
// into its hands, and only of people who belong to it alone. An address opens
// the account, so it also takes somebody above and a domain that the
// organization has verified; both addresses are told, and the one before can
// put everything back.
//
// A change of who is what first holds the organization's row, then reads the
// roles of both people anew, and changes them by one statement that never
// leaves an organization without an owner. So the ladder and the last owner
// stand in every race.
package member
