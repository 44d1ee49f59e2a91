/**
 * Requests to a server of a test's own, for what the test needs done and does not look at: faster than a process each.
 */
import type { Served } from "./istripe-process.ts";

type Answer = Readonly<Record<string, unknown>>;

/** @throws Error unless it is answered with 200. */
export async function request(
  { secretKey, url }: Served,
  method: "GET" | "POST" | "DELETE",
  target: { readonly path: string; readonly form?: Readonly<Record<string, string>> },
): Promise<Answer> {
  const { form = {}, path } = target;
  const answer = await fetch(url + path, {
    headers: { authorization: `Bearer ${secretKey}` },
    method,
    ...(method === "POST" && { body: new URLSearchParams(form) }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Makes customers, one after the other, and so an event of each. @returns their ids. */
export async function makeCustomers(server: Served, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { id } = await request(server, "POST", { form: { name: "J" }, path: "/v1/customers" });
    ids.push(String(id));
  }
  return ids;
}

/** The objects of a list. */
export async function listed(server: Served, path: string): Promise<readonly Answer[]> {
  const { data } = await request(server, "GET", { path });
  return data as readonly Answer[];
}
