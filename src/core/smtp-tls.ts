/** A certificate that a mail host showed. */
export interface ShownCertificate {
  /** In one line: 'CN=mx1.example.com'. */
  readonly subject: string;
  readonly issuer: string;
  /** Its dNSNames, lower case; '*.example.com' among them. */
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly notAfter: string;
  /** Whole days that it was still good for when it was looked at; negative once it has expired. */
  readonly daysLeft: number;
  /** Whole days from its first to its last. */
  readonly lifetimeDays: number;
  /** What of a TLSA record would match it, 'selector matching hex' (RFC 6698 2.1): '1 1 0f3c…' is the SHA-256 of its key. */
  readonly associations: readonly string[];
}

/** A mail host with which TLS came about. */
export interface SecuredSmtp {
  /** Which of its addresses was asked. */
  readonly address: string;
  /** 'TLSv1.3', 'TLSv1'. */
  readonly version: string;
  readonly cipher: string;
  /** The host's own first, then the issuers that it sent along, each of which signed the one before. */
  readonly chain: readonly ShownCertificate[];
  /** Why the known certificate authorities do not vouch for the chain (OpenSSL's code: 'DEPTH_ZERO_SELF_SIGNED_CERT'); the name is not looked at. */
  readonly distrust?: string;
}

/**
 * What a mail host showed of TLS at its SMTP port (RFC 3207). plain: it does not offer STARTTLS, in its own words; failed: it does, and
 * TLS did not come about; silence: nobody could look.
 */
export type SmtpTls =
  | SecuredSmtp
  | { readonly address: string; readonly plain: string }
  | { readonly address: string; readonly failed: string }
  | { readonly silence: string };
