/** Certificate chains: the `x5c` of a header (RFC 7515 section 4.1.6). */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { algorithmsFor } from './algorithms.ts';
import { readBase64 } from './base64.ts';
import { unverified } from './refusal.ts';

/** More than any real chain has. */
const maxCertificates = 10;

/** A certificate and its public key. */
interface Certified {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/**
 * Reads a chain: the certificate of the signing key first, each followed by that of its issuer. Throws `MANIFEST_UNVERIFIED` if one
 * is malformed or was not issued by the next. Neither trust in the root nor dates of validity are checked: documents outlive their
 * certificates.
 */
export function readChain(value: unknown, where: string): readonly [Certified, ...Certified[]] {
  if (!Array.isArray(value)) throw unverified(`"${where}" must be a list of certificates`);
  if (value.length > maxCertificates) {
    throw unverified(`"${where}" has ${value.length} certificates; ${maxCertificates} are allowed`);
  }
  const [leaf, ...issuers] = value.map((entry: unknown, index) => readCertificate(entry, `${where}[${index}]`));
  if (leaf === undefined) throw unverified(`"${where}" must be a list of certificates`);
  issuers.reduce((issued, issuer, index) => checkIssued(issued, issuer, `${where}[${index}]`), leaf);
  return [leaf, ...issuers];
}

function readCertificate(value: unknown, where: string): Certified {
  const der = readBase64(value);
  const certified = der && parse(der);
  if (certified === undefined) throw unverified(`"${where}" is not a certificate in base64`);
  if (algorithmsFor(certified.key).length === 0) {
    throw unverified(`"${where}" certifies a key of a kind or size that is not taken`);
  }
  return certified;
}

function parse(der: Buffer): Certified | undefined {
  try {
    const certificate = new X509Certificate(der);
    // The constructor also accepts PEM, and bytes after the certificate; both are refused here.
    return certificate.raw.equals(der) ? { certificate, key: certificate.publicKey } : undefined;
  } catch {
    return undefined;
  }
}

/** Throws unless the first certificate was issued by the second; gives the second, to be checked against its own issuer. */
function checkIssued(issued: Certified, issuer: Certified, where: string): Certified {
  const named = issuer.certificate.ca && issued.certificate.checkIssued(issuer.certificate);
  if (!named || !signedBy(issued.certificate, issuer.key)) throw unverified(`"${where}" was not issued by the next one`);
  return issuer;
}

function signedBy(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.verify(key);
  } catch {
    // verify() throws if the key is of another kind than the signature.
    return false;
  }
}
