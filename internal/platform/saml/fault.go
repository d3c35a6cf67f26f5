package saml

// Fault is what is wrong with something that a provider has written; a code.
type Fault string

func (f Fault) Error() string { return "saml: " + string(f) }

// What can be wrong with an answer.
const (
	FaultXML         Fault = "xml"         // it cannot be read, or holds what it must not
	FaultDenied      Fault = "denied"      // the provider says no
	FaultUnsigned    Fault = "unsigned"    // nothing in it is signed
	FaultSignature   Fault = "signature"   // it was signed by somebody else, or changed since
	FaultAlgorithm   Fault = "algorithm"   // it was signed or encrypted in a way that is too weak
	FaultCertificate Fault = "certificate" // the certificate that has signed it has expired
	FaultDecrypt     Fault = "decrypt"     // it was not encrypted for us
	FaultSeveral     Fault = "several"     // not one assertion, but none or many
	FaultIssuer      Fault = "issuer"      // it is another provider's
	FaultAudience    Fault = "audience"    // it was made for another service
	FaultRecipient   Fault = "recipient"   // it was to go to another address
	FaultExpired     Fault = "expired"     // it is too old, as the clock here has it
	FaultEarly       Fault = "early"       // it is not good yet, as the clock here has it
	FaultSubject     Fault = "subject"     // it says about nobody that it is about them
	FaultTransient   Fault = "transient"   // it calls the person something else each time
)

// What can be wrong with a provider's metadata.
const (
	FaultMetadata       Fault = "metadata"         // it cannot be read
	FaultNoProvider     Fault = "no_provider"      // it describes no identity provider, or several
	FaultNoRedirect     Fault = "no_redirect"      // there is no address to ask at by HTTP-Redirect
	FaultNoCertificate  Fault = "no_certificate"   // there is no certificate that signs
	FaultMetadataTooOld Fault = "metadata_expired" // it says that it is not good any more
)
