/**
 * Makes a self-signed certificate for `localhost` and 127.0.0.1, so that the tests can speak TLS without a private key
 * in the repository or a tool on the machine. It is DER written by hand: just enough of X.509 for Node to trust it.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

const sequence = 0x30;
const set = 0x31;
const utf8String = 0x0c;
const utcTime = 0x17;

/** One DER value: tag, length, contents. */
function der(tag: number, ...contents: Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  const size = body.length;
  const longer = size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  const length = size < 128 ? [size] : longer;
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const ecdsaWithSha256 = der(sequence, Buffer.from("06082a8648ce3d040302", "hex"));
const commonNameId = Buffer.from("0603550403", "hex");
const subjectAltNameId = Buffer.from("0603551d11", "hex");
const basicConstraintsId = Buffer.from("0603551d13", "hex");

function name(commonName: string): Buffer {
  const value = der(utf8String, Buffer.from(commonName));
  return der(sequence, der(set, der(sequence, commonNameId, value)));
}

/** A fresh key and certificate, PEM. */
export function testCertificate(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const names = der(
    sequence,
    der(0x82, Buffer.from("localhost")),
    der(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const authority = der(sequence, der(0x01, Buffer.from([0xff])));
  const extensions = der(
    sequence,
    der(sequence, subjectAltNameId, der(0x04, names)),
    der(sequence, basicConstraintsId, der(0x04, authority)),
  );
  const body = der(
    sequence,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    name("localhost"),
    der(
      sequence,
      der(utcTime, Buffer.from("200101000000Z")),
      der(utcTime, Buffer.from("491231000000Z")),
    ),
    name("localhost"),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, extensions),
  );
  const signature = Buffer.concat([Buffer.from([0]), sign("sha256", body, privateKey)]);
  const certificate = der(sequence, body, ecdsaWithSha256, der(0x03, signature));
  const lines = certificate.toString("base64").replace(/(.{64})(?=.)/g, "$1\n");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
