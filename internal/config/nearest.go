package config

// Nearest returns the word of known that takes the fewest changes of a letter
// to become word; the first of several.
func Nearest(word string, known []string) string {
	best, least := "", -1
	for _, k := range known {
		if d := distance([]rune(word), []rune(k)); least < 0 || d < least {
			best, least = k, d
		}
	}
	return best
}

// NearestVariable returns the variable that name may have been meant for.
func NearestVariable(name string) string {
	var all []string
	for _, s := range Settings() {
		all = append(all, s.Env())
		if s.Secret {
			all = append(all, s.Env()+fileSuffix)
		}
	}
	return Nearest(name, all)
}

// distance counts the letters to add, drop or exchange between a and b.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			exchange := diagonal
			if a[i] != b[j] {
				exchange++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, exchange)
		}
	}
	return row[len(b)]
}
