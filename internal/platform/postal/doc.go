// Package postal knows what an address needs in which country: the countries of
// ISO 3166-1 with their names, the parts of the large ones by ISO 3166-2, how
// postal codes look, and which lines come in which order.
//
// Where it knows nothing of a country, anything goes: a rule that is not
// certain would keep people from writing down where they are.
package postal

//go:generate go run ./countriesgen countries.txt
