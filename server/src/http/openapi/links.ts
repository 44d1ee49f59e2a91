/**
 * Where an answer leads: an OpenAPI link from what makes or lists objects to every operation that takes such an object's
 * id, in its path, its query or its body. All of it is read off the paths and schemas, so a new endpoint is linked by
 * being declared.
 */
import type { TObject, TSchema } from "@sinclair/typebox";
import { plain, resourceNameOf } from "./components.ts";
import type { Json, JsonObject } from "./document.ts";

/** As much of an operation as a link is made of. */
interface LinkedOperation {
  readonly answer: TSchema;
  readonly method: "GET" | "POST" | "DELETE";
  readonly parameters: TObject;
  /** With `:name` for the parts that differ. */
  readonly path: string;
}

/** Parameters that are not called by the resource whose ids they take: who pays, and where money came from. */
const resourceOfParameter: Readonly<Record<string, string>> = {
  "GET source": "charge",
  "POST source": "token",
};

const pathParameter = /:([A-Za-z_]+)/g;

/** Where the id stands in an answer, and what it is an id of. */
interface Origin {
  readonly resource: string;
  readonly isListed: boolean;
  /** An OpenAPI runtime expression. */
  readonly id: string;
}

export interface Links {
  /** The links of an operation's answer by their names; empty where it leads nowhere. */
  from(operation: LinkedOperation): JsonObject;
}

/** @param operationIdOf names the target of a link. */
export function createLinks(
  operations: readonly LinkedOperation[],
  operationIdOf: (operation: LinkedOperation) => string,
): Links {
  const resourceOfCollection = new Map<string, string>();
  for (const operation of operations) {
    const origin = originOf(operation);
    if (origin !== undefined) resourceOfCollection.set(operation.path, origin.resource);
  }
  const made = madeBy(operations, resourceOfCollection);
  const linkTo = (from: LinkedOperation, origin: Origin, to: LinkedOperation): Json | undefined => {
    const inPath = pathLink(from, origin, { resourceOfCollection, to });
    const given = inPath ?? (to.path.includes(":") ? undefined : parameterLink(origin, to));
    return given === undefined ? undefined : { ...given, operationId: operationIdOf(to) };
  };
  return {
    from: (operation) => {
      const origin = originOf(operation);
      // A list leads on only to what nobody can make by asking, such as events: it may be empty.
      if (origin === undefined || (origin.isListed && made.has(origin.resource))) return {};
      const links = operations.flatMap((to) => {
        const link = linkTo(operation, origin, to);
        return link === undefined ? [] : [[operationIdOf(to), link] as const];
      });
      return Object.fromEntries(links);
    },
  };
}

/** The resources that anybody can make by asking. What is done to an object that is there makes none. */
function madeBy(
  operations: readonly LinkedOperation[],
  resourceOfCollection: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const made = new Set<string>();
  for (const operation of operations) {
    const origin = originOf(operation);
    if (origin === undefined || origin.isListed) continue;
    const lastId = [...operation.path.matchAll(pathParameter)].at(-1);
    const collection = operation.path.slice(0, Math.max(0, (lastId?.index ?? 0) - 1));
    if (resourceOfCollection.get(collection) !== origin.resource) made.add(origin.resource);
  }
  return made;
}

/** What makes one object, or lists them. Other answers lead nowhere that these do not. */
function originOf({ answer, method, path }: LinkedOperation): Origin | undefined {
  if (method === "DELETE" || path.endsWith("/search")) return undefined;
  const listed = listedIn(answer);
  if (listed !== undefined) {
    const resource = resourceNameOf(plain(listed));
    if (resource === undefined) return undefined;
    return { id: "$response.body#/data/0/id", isListed: true, resource };
  }
  const schema = plain(answer);
  const resource = resourceNameOf(schema);
  const hasId = (schema["properties"] as JsonObject | undefined)?.["id"] !== undefined;
  const isMade = method === "POST" && !lastPartOf(path).startsWith(":") && hasId;
  if (!isMade || resource === undefined) return undefined;
  return { id: "$response.body#/id", isListed: false, resource };
}

const lastPartOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function listedIn(answer: TSchema): TSchema | undefined {
  const properties = answer["properties"] as Readonly<Record<string, TSchema>> | undefined;
  if (properties?.["object"]?.["const"] !== "list") return undefined;
  return properties["data"]?.["items"] as TSchema | undefined;
}

/** The target's path begins as the source's own, and the first id after that is the one that the answer holds. */
function pathLink(
  from: LinkedOperation,
  origin: Origin,
  about: {
    readonly to: LinkedOperation;
    readonly resourceOfCollection: ReadonlyMap<string, string>;
  },
): JsonObject | undefined {
  const { resourceOfCollection, to } = about;
  const [taken, ...more] = [...to.path.matchAll(pathParameter)].filter(
    ({ index }) => !from.path.startsWith(to.path.slice(0, index + 1)),
  );
  if (taken === undefined || more.length > 0) return undefined;
  const collection = to.path.slice(0, taken.index - 1);
  if (resourceOfCollection.get(collection) !== origin.resource) return undefined;
  const before = [...collection.matchAll(pathParameter)].map(([, name = ""]) => name);
  // An id before it is known only where the source's path has it.
  if (before.length > 0 && !from.path.startsWith(collection)) return undefined;
  const own = before.map((name) => [`path.${name}`, `$request.path.${name}`] as const);
  const parameters = [...own, [`path.${taken[1] ?? ""}`, origin.id] as const];
  return { parameters: Object.fromEntries(parameters) };
}

/** The target takes the id as a parameter of its own. */
function parameterLink(origin: Origin, to: LinkedOperation): JsonObject | undefined {
  const name = Object.entries(to.parameters.properties).find(
    ([each, schema]) =>
      (resourceOfParameter[`${to.method} ${each}`] ?? textName(each, schema)) === origin.resource,
  )?.[0];
  if (name === undefined) return undefined;
  return to.method === "POST"
    ? { requestBody: { [name]: origin.id } }
    : { parameters: { [`query.${name}`]: origin.id } };
}

/** A hash of a resource's name describes a new one and takes no id. */
const textName = (name: string, schema: TSchema): string | undefined =>
  schema["type"] === "string" ? name : undefined;
