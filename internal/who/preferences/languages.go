package preferences

// languages are those that the page offers for drafts, each by its own name.
// The API takes every tag of BCP 47.
var languages = []struct{ tag, name string }{
	{"ar", "العربية"}, {"bg", "български"}, {"ca", "català"}, {"cs", "čeština"}, {"da", "dansk"}, {"de", "Deutsch"}, {"el", "Ελληνικά"},
	{"en", "English"}, {"es", "español"}, {"et", "eesti"}, {"fa", "فارسی"}, {"fi", "suomi"}, {"fr", "français"}, {"he", "עברית"},
	{"hi", "हिन्दी"}, {"hr", "hrvatski"}, {"hu", "magyar"}, {"id", "Indonesia"}, {"it", "italiano"}, {"ja", "日本語"}, {"ko", "한국어"},
	{"lt", "lietuvių"}, {"lv", "latviešu"}, {"ms", "Melayu"}, {"nb", "norsk bokmål"}, {"nl", "Nederlands"}, {"pl", "polski"},
	{"pt", "português"}, {"ro", "română"}, {"ru", "русский"}, {"sk", "slovenčina"}, {"sl", "slovenščina"}, {"sr", "српски"},
	{"sv", "svenska"}, {"th", "ไทย"}, {"tr", "Türkçe"}, {"uk", "українська"}, {"vi", "Tiếng Việt"}, {"zh", "中文"},
}
