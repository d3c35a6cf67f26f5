package seed

import "fmt"

// Names that crowds are made of: of many languages, short and long.
var (
	firstNames = []string{
		"Nora", "Leila", "Tomás", "Mei", "Ingrid", "Kwame", "Aylin", "Jonas", "Priya", "Mateo", "Zofia", "Hiroshi", "Amina", "Luca", "Siobhán", "Olu",
		"Freya", "Rashid", "Chloé", "Anders", "Yuki", "Elif", "Søren", "Fatima", "Björn", "Inés", "Kofi", "Agnieszka", "Noah", "Thandiwe", "Émile", "Mahmoud",
	}
	lastNames = []string{
		"Lindqvist", "Haddad", "Ferreira", "Chen", "Solberg", "Mensah", "Yılmaz", "Weber", "Raman", "García", "Kowalska", "Tanaka", "Diallo", "Rossi", "O'Brien",
		"Adeyemi", "Nilsson", "Al-Masri", "Dubois", "Berg", "Sato", "Demir", "Kjærgaard", "Hassan", "Åkesson", "Núñez", "Boateng", "Wiśniewska", "Smith", "Dlamini", "Lefèvre",
	}
	trades = []string{"Energy", "Telecom", "Insurance", "Travel", "Bank", "Water", "Logistics", "Clinic", "Press", "Rail", "Foods", "Homes"}
)

// Somebody is the nth person of a crowd: always the same name for a number, and
// an address that nobody can have.
func Somebody(n int) (name, address string) {
	first, last := firstNames[n%len(firstNames)], lastNames[n/len(firstNames)%len(lastNames)]
	return first + " " + last, fmt.Sprintf("person%d@crowd.example", n+1)
}

// Company is the name of the nth organization of a crowd.
func Company(n int) string {
	name := lastNames[n%len(lastNames)] + " " + trades[n/len(lastNames)%len(trades)]
	if round := n / (len(lastNames) * len(trades)); round > 0 {
		name += fmt.Sprintf(" %d", round+1)
	}
	return name
}
