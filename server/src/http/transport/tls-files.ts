/**
 * The certificate and key of the HTTPS listener, read and tried before anything else is opened, so that a wrong file
 * stops the start with a sentence.
 */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type Config, ConfigError } from "../../program/config.ts";

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** @throws ConfigError naming the setting and the file. */
export function readTlsFiles(setting: Config["tls"]): TlsFiles | null {
  if (setting === null) return null;
  const files = {
    cert: readPem("ISTRIPE_TLS_CERT", setting.certFile),
    key: readPem("ISTRIPE_TLS_KEY", setting.keyFile),
  };
  try {
    createSecureContext(files);
  } catch (error) {
    throw new ConfigError(
      `ISTRIPE_TLS_CERT (${setting.certFile}) and ISTRIPE_TLS_KEY (${setting.keyFile}) are no usable pair: give a certificate and its own private key, both in PEM.`,
      { cause: error },
    );
  }
  return files;
}

function readPem(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(
      `${name} names ${file}, which cannot be read: give a PEM file that this user may read.`,
      { cause: error },
    );
  }
}
