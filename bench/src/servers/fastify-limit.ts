/**
 * A bare Fastify that answers every request with a constant of the right shape: what HTTP itself costs in this runtime,
 * and so the limit that no server built on it can pass.
 */
import type { AddressInfo } from "node:net";
import { fastify } from "fastify";

const charge = {
  id: "ch_constant",
  object: "charge",
  amount: 2000,
  // Brings the answer to the length of a real one.
  description: "x".repeat(3000),
};
const texts = {
  charge: JSON.stringify(charge),
  list: JSON.stringify({ object: "list", data: Array.from({ length: 10 }, () => charge) }),
  token: JSON.stringify({ id: "tok_constant", object: "token", description: "x".repeat(700) }),
};

const app = fastify();
app.addContentTypeParser(
  "application/x-www-form-urlencoded",
  { parseAs: "string" },
  (_request, body, done) => done(null, body),
);
const constant = (text: string) => (_request: unknown, reply: Reply) =>
  reply.header("content-type", "application/json").send(text);
interface Reply {
  header(name: string, value: string): Reply;
  send(text: string): Reply;
}
app.post("/v1/tokens", constant(texts.token));
app.post("/v1/charges", constant(texts.charge));
app.get("/v1/charges", constant(texts.list));
app.get("/v1/charges/:id", constant(texts.charge));
await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
