import { authenticate, type DNSResolver } from 'mailauth';

/** What a receiver makes of a message, in the words of RFC 8601. */
export interface Verdicts {
  readonly spf: { readonly result: string; readonly domain: string };
  readonly dkim: readonly { readonly result: string; readonly domain: string; readonly selector: string }[];
  /** `policy` is the one that applies ('none', 'quarantine', 'reject'); `alignment` the domains that aligned, or false. */
  readonly dmarc: {
    readonly result: string;
    readonly policy?: string;
    readonly alignment: { readonly spf: string | false; readonly dkim: string | false };
  };
}

/** How a message came in. */
export interface Arrival {
  readonly ip: string;
  readonly helo: string;
  /** MAIL FROM; '' for a bounce. */
  readonly sender: string;
}

/** The inbox's name in Authentication-Results. */
const HERE = 'inbox.sandbox.test';

/** Evaluates SPF, DKIM and DMARC as strictly as their RFCs say; `mta` is the receiver's name in Authentication-Results. */
export async function evaluate(raw: Buffer, arrival: Arrival, resolver: DNSResolver, mta = HERE) {
  const result = await authenticate(raw, {
    ...arrival,
    mta,
    resolver,
    strict: true,
    disableArc: true,
    disableBimi: true,
  });
  const { spf, dkim, dmarc } = result;
  const aligned = dmarc ? dmarc.alignment : undefined;
  // An unsigned message comes back as one result without a domain.
  const signatures = dkim.results.filter(({ signingDomain, status }) => signingDomain || status.result !== 'none');
  const verdicts: Verdicts = {
    spf: spf ? { result: spf.status.result, domain: spf.domain } : { result: 'none', domain: '' },
    dkim: signatures.map(({ status, signingDomain = '', selector = '' }) => ({
      result: status.result,
      domain: signingDomain,
      selector,
    })),
    dmarc: {
      result: dmarc ? dmarc.status.result : 'none',
      ...(dmarc !== false && dmarc.policy ? { policy: dmarc.policy } : {}),
      alignment: { spf: aligned?.spf.result ?? false, dkim: aligned?.dkim.result ?? false },
    },
  };
  const unfolded = result.headers.replaceAll(/\r\n[ \t]+/g, ' ');
  const authenticationResults = /^Authentication-Results:[ ]*(.*?)\r?$/im.exec(unfolded)?.[1] ?? '';
  return { verdicts, authenticationResults };
}
