// Passkeys travel as JSON with base64url (Web Authentication, Level 3, 5.1.7).
// Browsers can do that themselves by now, but what stands in for them, such as
// a password manager, often can't.

interface Descriptor { type: PublicKeyCredentialType; id: string; transports?: AuthenticatorTransport[] }

export interface CreationJSON extends Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials: Descriptor[];
}

export interface RequestJSON extends Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> {
  challenge: string;
  allowCredentials: Descriptor[];
}

/** The options for a new passkey. */
export function creationOptions(json: CreationJSON): PublicKeyCredentialCreationOptions {
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: json.excludeCredentials.map(descriptor),
  };
}

/** The options for an answer by a passkey. */
export function requestOptions(json: RequestJSON): PublicKeyCredentialRequestOptions {
  return { ...json, challenge: bytes(json.challenge), allowCredentials: json.allowCredentials.map(descriptor) };
}

/** What a passkey has answered, as the server reads it. */
export function answerOf(credential: PublicKeyCredential): string {
  const { id, rawId, type, response } = credential;
  return JSON.stringify({ id, rawId: text(rawId), type, clientExtensionResults: {}, response: parts(response) });
}

function parts(response: AuthenticatorResponse): Record<string, unknown> {
  const clientDataJSON = text(response.clientDataJSON);
  if ("attestationObject" in response) {
    const made = response as AuthenticatorAttestationResponse;
    return { clientDataJSON, attestationObject: text(made.attestationObject), transports: made.getTransports?.() ?? [] };
  }
  const { authenticatorData, signature, userHandle } = response as AuthenticatorAssertionResponse;
  const whose = userHandle ? { userHandle: text(userHandle) } : {};
  return { clientDataJSON, authenticatorData: text(authenticatorData), signature: text(signature), ...whose };
}

function descriptor(d: Descriptor): PublicKeyCredentialDescriptor {
  return { ...d, id: bytes(d.id) };
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

function text(buffer: ArrayBuffer): string {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
