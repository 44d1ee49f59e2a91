/**
 * Which URLs an endpoint may have. What an address may be sent to is decided when it is sent to, because names change
 * what they point at; here is only what no name can change.
 */
import { ApiError } from "../../core/errors.ts";

const schemes = new Set(["http:", "https:"]);

/** @throws ApiError 400 `url_invalid`. */
export function checkEndpointUrl(url: string, livemode: boolean): void {
  if (!URL.canParse(url) || !/^https?:\/\//i.test(url)) throw invalidUrl("Not a valid URL");
  const { protocol } = new URL(url);
  if (!schemes.has(protocol)) throw invalidUrl("Not a valid URL");
  if (livemode && protocol !== "https:") throw invalidUrl("Invalid URL: URL must be HTTPS");
}

const invalidUrl = (message: string): ApiError =>
  new ApiError(400, "invalid_request_error", { code: "url_invalid", message, param: "url" });
