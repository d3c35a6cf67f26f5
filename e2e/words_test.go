package e2e

import (
	"context"

	"nameplate/internal/platform/i18n"
)

// The words of the pages, as the catalogue has them. The one message that is
// promised to the letter stands here as it is promised.
var (
	updated = "Your profile has been updated successfully"

	profileTitle     = en("profile.title")
	firstName        = optional("profile.first_name")
	lastName         = optional("profile.last_name")
	displayName      = optional("profile.display_name")
	designation      = optional("profile.designation")
	pronouns         = optional("profile.pronouns")
	bio              = optional("profile.bio")
	phone            = optional("profile.phone")
	seesBio          = en("ui.who_sees", "Field", en("profile.bio"))
	seesDesignation  = en("ui.who_sees", "Field", en("profile.designation"))
	public           = en("ui.public")
	team             = en("ui.team")
	private          = en("ui.private")
	saveAbout        = en("profile.save_about")
	saveContact      = en("profile.save_contact")
	discardAbout     = en("ui.discard_in", "Section", en("profile.about"))
	unsavedMany      = en("ui.unsaved_many")
	notSaved         = en("profile.not_saved")
	nothingSaved     = en("ui.not_saved", "Count", 1)
	changedElsewhere = en("error.precondition_failed")
	wrongPhone       = en("error.invalid_phone")
	ownCard          = en("ui.card_own")

	choosePicture    = en("ui.crop_choose")
	cropArea         = en("ui.crop_area")
	zoom             = en("ui.crop_zoom")
	zoomIn           = en("ui.crop_zoom_in")
	cancel           = en("ui.cancel")
	updatePicture    = en("ui.crop_update")
	removePicture    = en("ui.crop_remove")
	pictureField     = en("ui.crop_file")
	pictureNotStored = en("ui.crop_not_stored")
	pictureSaved     = en("avatar.saved")
	pictureRemoved   = en("avatar.removed")
	pictureTooHeavy  = en("ui.crop_too_heavy")
	pictureTooLarge  = en("ui.crop_too_large")
	pictureNone      = en("ui.crop_not_a_picture")

	currentWord    = en("password.current")
	newWord        = en("password.new")
	repeatWord     = en("password.repeat")
	updatePassword = en("password.submit")
	sendLink       = en("password.ask")
	askedTitle     = en("password.asked")
	setPassword    = en("password.set")
	doneTitle      = en("password.done")
	signOutOthers  = en("sessions.end_others", "Count", 1)
	cutOff         = en("sessions.lost_submit")
	cutOffDone     = en("sessions.lost_done", "Count", 1)
	othersAreOut   = en("sessions.others_ended", "Count", 1)

	policyTitle     = en("rules.title")
	factorRule      = en("rules.name.mfa.required")
	graceRule       = en("rules.name.mfa.grace_days")
	everybodyWord   = en("rules.everybody")
	graceNone       = en("rules.at_once")
	wouldBlock      = en("rules.why_blocked")
	notYet          = en("rules.tried", "Count", 1)
	saveTwo         = en("rules.save", "Count", 2)
	setOneUp        = en("app.factor_over")
	setUpFactor     = en("app.factor_set_up")
	securityTitle   = en("password.security")
	beginApp        = en("factor.start")
	factorCode      = en("factor.code")
	confirmApp      = en("factor.confirm")
	factorIsOn      = en("factor.on")
	revertPhone     = en("rules.revert") + " " + en("rules.past", "Rule", en("rules.name.phone_change"), "Value", en("rules.value.phone_change.readonly"))
	takenBack       = en("rules.reverted")
	inviteField     = en("invitation.people")
	sendInvitations = en("invitation.send")
	oneInvited      = en("invitation.said_invited", "Count", 1)

	verifyChain   = en("audit.verify")
	filterPerson  = en("audit.who")
	filterEntries = en("audit.apply")

	providerTitle   = en("domain.page")
	providerName    = en("sso.name")
	providerIssuer  = en("sso.issuer")
	providerClient  = en("sso.client_id")
	providerSecret  = en("sso.client_secret")
	connectProvider = en("sso.add")
	takeSAML        = en("sso.take_saml")
	sessionsTitle   = en("sessions.title")
	metadataURL     = en("sso.metadata_url")
	providerAdded   = en("sso.said_added")
	testConnection  = en("sso.test")
	testedGood      = en("sso.test_good")
	domainName      = en("domain.name")
	addDomain       = en("domain.add")
	domainIsYours   = en("domain.said_verified")
	proveDomain     = en("domain.verify") + " first-steps.example"
	notProved       = en("error.not_proved")
	byProvider      = en("signin.by_provider")
	findProvider    = en("signin.provider_find")

	guide         = en("app.nav_guide")
	signOut       = en("ui.sign_out")
	signInTitle   = en("signin.title")
	signIn        = en("signin.submit")
	signInMail    = en("signin.email")
	signInWord    = en("signin.password")
	toSignUp      = en("signin.sign_up")
	wrongSignIn   = en("error.invalid_credentials")
	signUpMail    = en("signup.email")
	signUpWord    = en("signup.password")
	signUpName    = optional("signup.display_name")
	signUpOrg     = optional("signup.organization")
	createAccount = en("signup.submit")
	code          = en("signup.code")
	codeTitle     = en("signup.code_title")
	confirmCode   = en("signup.code_submit")
	confirmLink   = en("signup.link_submit")
	otherBrowser  = en("signup.link_elsewhere")
	deadLink      = en("signup.dead_title")
)

func en(key string, args ...any) string {
	return i18n.T(i18n.With(context.Background(), "en"), key, args...)
}

// optional is the name of a field that may stay empty.
func optional(key string) string { return en(key) + " " + en("ui.optional") }

// cardOf is the name of somebody's card.
func cardOf(name string) string { return en("ui.card_of", "Name", name) }

// unsaved says which fields wait to be saved.
func unsaved(fields string) string { return en("ui.unsaved_in", "Fields", fields) }
