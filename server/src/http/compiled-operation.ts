/**
 * An operation made ready to serve: its parameter reader and its serializer, each compiled at the first request that
 * needs it, so that a start does not pay for endpoints nobody calls.
 */
import type { TObject } from "@sinclair/typebox";
import { Type } from "../core/schema-builder.ts";
import { compileSerializer, type SerializedText } from "../core/serializer/compile.ts";
import { listOf, searchResultOf } from "../core/serializer/types.ts";
import type { Operation } from "../operation.ts";
import type { FormTree } from "./form/form-tree.ts";
import { compileParameters } from "./parameters/compile.ts";
import { protectedPaths } from "./parameters/protected-paths.ts";

export interface CompiledOperation {
  readonly operation: Operation;
  /** @throws ParameterError */
  read(tree: FormTree, cards: readonly object[]): Record<string, unknown>;
  serialize(answer: object): SerializedText;
  /** Parameters of Stripe's that are not built. */
  readonly unbuilt: readonly UnbuiltParameter[];
}

interface UnbuiltParameter {
  /** As it is written, such as `card[networks]`. */
  readonly name: string;
  readonly path: readonly string[];
}

export function compileOperation(operation: Operation): CompiledOperation {
  let read: ((tree: FormTree, cards: readonly object[]) => Record<string, unknown>) | undefined;
  let serialize: ((answer: object) => SerializedText) | undefined;
  return {
    operation,
    read: (tree, cards) => {
      read ??= compileParameters(operation.parameters as TObject);
      return read(tree, cards);
    },
    serialize: (answer) => {
      serialize ??= compileSerializer(answerSchema(operation)) as (
        answer: object,
      ) => SerializedText;
      return serialize(answer);
    },
    unbuilt: [...new Set(operation.unbuilt)].map((name) => ({
      name,
      path: name.split(/[[\]]+/).filter((part) => part !== ""),
    })),
  };
}

/** The schema of what an operation answers with. */
export function answerSchema(operation: Operation) {
  switch (operation.answers) {
    case "single": {
      const { deleted, schema } = operation.resource;
      // Only who asks for an object by its id hears of one that was deleted.
      return deleted === undefined || operation.method !== "GET"
        ? schema
        : Type.Union([schema, deleted.schema]);
    }
    case "list":
      return listOf(operation.resource.schema, operation.path);
    case "search":
      return searchResultOf(operation.resource.schema, operation.path);
    case "plain":
      return operation.schema;
  }
}

/** Every bracket path under which any operation takes card data: what the vault's ingress cuts out. */
export const cardPaths = (operations: readonly Operation[]): string[] => [
  ...new Set(operations.flatMap((operation) => protectedPaths(operation.parameters))),
];
