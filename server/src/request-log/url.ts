/**
 * Where the record of a request is found: what an error names as its `request_log_url`. The address is the one that the
 * operator gave, or else the one that the caller used, because a server behind ports and proxies does not know its own.
 */

export const requestLogPath = "/v1/istripe/request_logs";

/** A host and port and nothing else: it comes from a header and goes into an answer. */
const host = /^(?:[\w.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

export interface OwnAddress {
  /** Without a path; null: the host of each request. */
  readonly publicUrl: string | null;
  readonly isTls: boolean;
}

/** @param hostHeader of the request; HTTP/1.0 may go without. */
export function requestLogUrl(
  { isTls, publicUrl }: OwnAddress,
  hostHeader: string | undefined,
  requestId: string,
): string {
  const asked = hostHeader !== undefined && host.test(hostHeader) ? hostHeader : "localhost";
  const origin = publicUrl?.replace(/\/+$/, "") ?? `${isTls ? "https" : "http"}://${asked}`;
  return `${origin}${requestLogPath}/${requestId}`;
}
