// Package webauthn asks passkeys and security keys for proofs and checks what
// they answer, as Web Authentication, Level 3, sections 7.1 and 7.2, wants it.
//
// It knows nothing of people and keeps nothing. A [Party] makes the options for
// a browser; [ReadRegistration] and [ReadAssertion] read the answer, which names
// its challenge, so that the caller can take that from where it was kept, once;
// [Party.Register] and [Party.Assert] check everything else.
//
// Three kinds of keys are offered and taken: ES256, EdDSA and RS256.
//
// # Attestation
//
// None is asked for: which model of key somebody owns is not ours to know. A
// statement that comes all the same is believed in nothing. Only one that the
// key has signed itself is checked, because it shows that the private key is
// there.
//
// # What a key tells of itself
//
// Flags and counter are kept as the key told them last.
//
//   - The counter must rise, or be zero for good. One that does not is
//     [ErrCounter]: the key may have been copied.
//   - A key that could not be backed up may become one that can, as platforms
//     do with keys that they begin to sync. The way back is refused.
//   - That the key has verified its user counts from the registration on, or
//     from a ceremony that the caller vouches for: see [Party.Assert].
package webauthn
