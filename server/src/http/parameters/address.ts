/**
 * Readers of e-mail addresses and URLs. They are deliberately lenient, as Stripe's are: they refuse what can not be
 * one, not what is unusual, and take time linear in the length.
 */
import { shownValue } from "../../core/shown.ts";
import { ParameterError } from "./parameter-error.ts";
import { type Place, pathOf } from "./place.ts";
import { isLonger, type ReadText } from "./scalar.ts";

export function readEmail(place: Place, maximum: number): ReadText<string> {
  return (text) => {
    if (!isLonger(text, maximum) && isEmail(text)) return text;
    throw new ParameterError(`Invalid email address: ${shownValue(text)}`, {
      code: "email_invalid",
      param: pathOf(place),
    });
  };
}

const unfit = /[\s\p{Cc}<>(),;:"[\]\\]/u;

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const domain = text.slice(at + 1);
  if (at < 1 || text.indexOf("@") !== at || unfit.test(text)) return false;
  const dot = domain.indexOf(".");
  return dot > 0 && !domain.endsWith(".") && !domain.includes("..");
}

export function readUrl(place: Place, maximum: number): ReadText<string> {
  return (text) => {
    if (!isLonger(text, maximum) && isWebUrl(text)) return text;
    throw new ParameterError("Not a valid URL", { code: "url_invalid", param: pathOf(place) });
  };
}

function isWebUrl(text: string): boolean {
  const parsed = URL.parse(text);
  return parsed !== null && (parsed.protocol === "https:" || parsed.protocol === "http:");
}
