// An OpenID provider on loopback: signs in whoever asks, as the account named in the environment.
import { Provider } from "oidc-provider";

const [port, redirect] = process.argv.slice(2);
const accounts = {
  ada: { email: "admin@example.com", email_verified: true },
  eve: { email: "admin@example.com", email_verified: false },
  zoe: { email: "zoe@example.com", email_verified: true },
};
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [
    { client_id: "console", client_secret: "a secret of the client", redirect_uris: [redirect] },
    {
      client_id: "public",
      token_endpoint_auth_method: "none",
      redirect_uris: [redirect.replace("/corp/", "/public/")],
    },
  ],
  pkce: { required: () => true },
  conformIdTokenClaims: false,
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id, ...accounts[id] }) }),
});

// The page with the form is left out: the account stands in the cookie "as".
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const asked = await provider.interactionDetails(ctx.req, ctx.res);
  let result;
  if (asked.prompt.name === "login") {
    result = { login: { accountId: ctx.cookies.get("as", { signed: false }) } };
  } else {
    const grant = new provider.Grant({ accountId: asked.session.accountId, clientId: asked.params.client_id });
    grant.addOIDCScope("openid email profile");
    result = { consent: { grantId: await grant.save() } };
  }
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
});

provider.listen(Number(port), "127.0.0.1", () => process.stdout.write("listening\n"));
