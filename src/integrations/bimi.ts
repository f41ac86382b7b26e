import { X509Certificate } from 'node:crypto';
import type { Brand, Fetched, Judged } from '../core/fetched.ts';

/** What a BIMI record names, and where it stands. */
export interface BrandRecord {
  readonly domain: string;
  /** Addresses: the logo, and the mark certificate where there is one. */
  readonly logo: string;
  readonly mark?: string;
}

const DAY_MS = 86_400_000;

/**
 * Fetches the logo and the mark certificate of a BIMI record and judges them: SVG Tiny PS, and a VMC or CMC whose chain leads to one of the
 * roots that mail providers believe, that names the domain, and that holds this very logo (mailauth, @postalsys/vmc). `fetch` is guarded.
 */
export async function readBrand(
  { domain, logo, mark }: BrandRecord,
  fetch: (url: string) => Promise<Fetched>,
  now: number,
): Promise<Brand> {
  const [image, bundle] = await Promise.all([fetch(logo), mark === undefined ? undefined : fetch(mark)]);
  const svg = textOf(image, /^image\/svg\+xml\s*(;|$)/i, 'image/svg+xml');
  const faults = 'text' in svg ? await logoFaults(svg.text) : svg.faults;
  const judgedLogo: Judged = { ...('silence' in svg ? { silence: svg.silence } : {}), faults };
  if (bundle === undefined || mark === undefined) return { logo: judgedLogo };
  const page = textOf(bundle);
  if (!('text' in page)) return { logo: judgedLogo, mark: page };
  const chain = certificatesIn(page.text);
  if (chain.length === 0) return { logo: judgedLogo, mark: { faults: [NO_CERTIFICATE] } };
  if (!(await isSigned(chain))) return { logo: judgedLogo, mark: { faults: [NOT_SIGNED] } };
  const pem = chain.join('\n');
  const shown = 'text' in svg ? svg.text : undefined;
  return { logo: judgedLogo, mark: await judgeMark({ domain, logo, mark }, pem, shown, now) };
}

/** The page, or why it counts for nothing. A type is asked for only where receivers ask for one. */
function textOf(page: Fetched, type?: RegExp, wanted = ''): { text: string } | Judged {
  if ('silence' in page) return { faults: [], silence: page.silence };
  if ('refused' in page) return { faults: [page.refused] };
  const { status, contentType, text } = page;
  if (status >= 300 && status < 400) return { faults: [`HTTP ${status}: a redirect is not followed`] };
  if (status !== 200) return { faults: [`HTTP ${status}`] };
  if (type && !type.test(contentType)) return { faults: [`it is ${contentType || 'of no type'}, not ${wanted}`] };
  return { text };
}

async function judgeMark(
  { domain, logo, mark = '' }: BrandRecord,
  pem: string,
  svg: string | undefined,
  now: number,
): Promise<NonNullable<Brand['mark']>> {
  const { validateBimiVmc } = await import('mailauth');
  const found = await validateBimiVmc(
    {
      status: { result: 'pass', header: { selector: 'default', d: domain } },
      location: logo,
      authority: mark,
      // What was fetched already: it fetches nothing itself.
      locationPath: Buffer.from(svg ?? ' '),
      authorityPath: Buffer.from(pem),
    } as unknown as Parameters<typeof validateBimiVmc>[0],
    { now: new Date(now) },
  );
  const authority = found === false ? undefined : found.authority;
  const faults = authority?.error ? [SAID[authority.error.code ?? ''] ?? authority.error.message] : [];
  if (svg !== undefined && faults.length === 0 && authority?.hashMatch === false)
    faults.push('the logo in the certificate is another one than that of the record');
  const ends = endOf(pem);
  return { faults, ...(ends === undefined ? {} : { daysLeft: (ends - now) / DAY_MS }) };
}

const NO_CERTIFICATE = 'it is no certificate in PEM form';
/** No honest chain is longer. */
const MOST_CERTIFICATES = 10;
const [BEGIN, END] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----'];

/** The certificates of a file, and nothing else: what reads them takes minutes for a megabyte that only begins with some. */
function certificatesIn(text: string): string[] {
  return text
    .split(BEGIN)
    .slice(1, MOST_CERTIFICATES + 1)
    .filter((part) => part.includes(END))
    .map((part) => `${BEGIN}${part.slice(0, part.indexOf(END))}${END}`);
}

const NOT_SIGNED = 'it is not signed by an authority that mail providers believe';

/** Whether each certificate was signed by the next, and the last by a root: the library compares their names alone, and unpacks what they hold. */
async function isSigned(chain: readonly string[]): Promise<boolean> {
  const { default: pems } = await import('@postalsys/vmc/data/root-store.json', { with: { type: 'json' } });
  try {
    const roots = pems.map((pem) => new X509Certificate(pem));
    const certificates = chain.map((pem) => new X509Certificate(pem));
    return certificates.every((one, at) => {
      const issuers = at + 1 < certificates.length ? certificates.slice(at + 1, at + 2) : roots;
      return issuers.some((issuer) => one.checkIssued(issuer) && one.verify(issuer.publicKey));
    });
  } catch {
    // One that can’t be read is signed by nobody.
    return false;
  }
}

const SAID: Readonly<Record<string, string>> = {
  VMC_DOMAIN_MISMATCH: 'the certificate does not name the domain',
  INVALID_CERT_BUNDLE: NO_CERTIFICATE,
  MISSING_VMC_LOGO: 'the certificate holds no logo',
};

/** When the first certificate of the chain ends. */
function endOf(pem: string): number | undefined {
  try {
    const ends = Date.parse(new X509Certificate(pem).validTo);
    return Number.isNaN(ends) ? undefined : ends;
  } catch {
    return undefined;
  }
}

/** Beyond this, Gmail shows no logo. */
const MOST_LOGO_BYTES = 32 * 1024;

/** Why a file is no logo for BIMI: SVG Tiny Portable/Secure (draft-svg-tiny-ps-abrotman). Empty where it is one. */
export async function logoFaults(svg: string): Promise<readonly string[]> {
  const { validateBimiSvg } = await import('mailauth');
  const faults: string[] = [];
  try {
    validateBimiSvg(Buffer.from(svg));
  } catch (error) {
    const { message, details } = error as Error & { details?: { element?: string } };
    faults.push(details?.element === undefined ? message : `${message} (${details.element})`);
  }
  if (Buffer.byteLength(svg) > MOST_LOGO_BYTES)
    faults.push(`${Buffer.byteLength(svg)} bytes; ${MOST_LOGO_BYTES} at most`);
  const [, tag = ''] = /<svg(\s[^>]*)/.exec(svg) ?? [];
  const [, width, height] = /\sviewBox=["'][\d.-]+[\s,]+[\d.-]+[\s,]+([\d.]+)[\s,]+([\d.]+)["']/.exec(tag) ?? [];
  if (width !== undefined && Number(width) !== Number(height)) faults.push(`not square: ${width} by ${height}`);
  return faults;
}
