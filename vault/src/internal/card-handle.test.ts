/** The guarantee of handles: whichever way one is printed, serialised or searched, nothing of its card is there. */
import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { CardHandle } from "./card-handle.ts";
import { openTestVault } from "./test-vault.ts";

const { vault } = openTestVault();

function visaHandle(): CardHandle {
  const handle = vault.ingress.testCard("visa");
  if (handle === undefined) throw new Error("no test card");
  return handle;
}

test("a handle prints as [card] in JSON, template strings, util.inspect and errors", () => {
  const handle = visaHandle();
  expect(JSON.stringify({ handle })).toBe('{"handle":"[card]"}');
  expect(`${handle}`).toBe("[card]");
  expect(String(handle)).toBe("[card]");
  expect(inspect({ handle }, { showHidden: true, depth: 9 })).toBe("{ handle: [card] }");
  expect(inspect(new Error("failed", { cause: handle }))).toContain("[cause]: [card]");
  expect(new Error(`refused ${handle}`).message).toBe("refused [card]");
});

test("a handle has nothing to enumerate, copy, clone or change", () => {
  const handle = visaHandle();
  expect(Reflect.ownKeys(handle)).toEqual([]);
  expect({ ...handle }).toEqual({});
  expect(inspect(structuredClone(handle))).not.toContain("4242");
  expect(inspect(deserialize(serialize(handle)))).not.toContain("4242");
  expect(Object.isFrozen(handle)).toBe(true);
});

test("only the vault's own handles pass for one, not objects of their shape or prototype", () => {
  expect(CardHandle.is(visaHandle())).toBe(true);
  expect(CardHandle.is(Object.create(CardHandle.prototype))).toBe(false);
  expect(CardHandle.is({})).toBe(false);
});
