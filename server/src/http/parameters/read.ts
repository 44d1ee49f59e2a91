/** What schemas compile into: a reader for one position, which returns the typed value or throws a ParameterError. */
import type { FormValue } from "../form/form-tree.ts";
import type { Place } from "./place.ts";
import type { Schema } from "./schema.ts";

/** @param cards the handles that the vault's ingress cut out of this body, by the index in their markers. */
export type Read = (value: FormValue, cards: readonly object[]) => unknown;

export type Compile = (schema: Schema, place: Place) => Read;
