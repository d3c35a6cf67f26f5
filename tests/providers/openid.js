// oidc-provider as a program of its own on 127.0.0.1: it prints its address,
// takes the address to come back to at /register, and ends with its standard
// input. Whoever signs in with any password is LOGIN@oidc-provider.example.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const server = createServer();
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const at = `http://127.0.0.1:${server.address().port}`;

let serve = (_, answer) => answer.writeHead(503).end();
const ready = (redirect) => {
  const provider = new Provider(at, {
    clients: [{
      client_id: "nameplate", client_secret: "secret", redirect_uris: [redirect], grant_types: ["authorization_code", "refresh_token"],
    }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: "Lena Ruiz", email: `${id}@oidc-provider.example`, email_verified: true }),
    }),
  });
  serve = provider.callback();
};
ready("http://localhost/"); // none has registered
server.on("request", (request, answer) => {
  const { pathname, searchParams } = new URL(request.url, at);
  if (request.method === "POST" && pathname === "/register") {
    ready(searchParams.get("redirect_uri"));
    answer.end();
    return;
  }
  serve(request, answer);
});
console.log(at);
process.stdin.resume().on("end", () => process.exit());
