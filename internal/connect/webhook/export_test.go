package webhook

// Signature is for tests.
var Signature = signature
