import type { Fetched } from '../../fetched.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { lintMtaStsPolicy, readMtaStsPolicy } from '../lint/lint-mta-sts.ts';
import { readTags } from '../lint/tag-list.ts';
import { mxHosts } from './check-mx.ts';
import { coversHost } from './covers-host.ts';
import { fine, follow, type Outside, type See, type Subject, unseen } from './see.ts';

/** The record, and the page that it announces; without a record, or with several, nobody looks for one. */
function announced(domain: string, see: See, page: Outside['page']): { record?: string; fetched?: Fetched } {
  const [record, second] = follow(see, `_mta-sts.${domain}`, 'TXT').answer.values.filter((text) =>
    /^v=STSv1[ \t]*(;|$)/.test(text),
  );
  if (record === undefined || second !== undefined) return {};
  // A host without an address is a fault of its own.
  const isThere = (['A', 'AAAA'] as const).some(
    (type) => follow(see, `mta-sts.${domain}`, type).answer.status === 'present',
  );
  if (!isThere) return { record };
  const fetched = page(`https://mta-sts.${domain}/.well-known/mta-sts.txt`);
  return { record, ...(fetched ? { fetched } : {}) };
}

/** The mode of the policy that senders hold a domain's MX hosts to; undefined where there is none, or none that they can read. Pure. */
export function mtaStsMode({ domain }: Pick<Subject, 'domain'>, see: See, { page }: Outside): string | undefined {
  const { fetched } = announced(domain, see, page);
  if (fetched === undefined || !('text' in fetched) || faultOf(fetched) !== undefined) return undefined;
  return isReadable(lintMtaStsPolicy(fetched.text)) ? readMtaStsPolicy(fetched.text).mode : undefined;
}

/** The policy, and the id under which senders remember it; undefined where there is none to be had. */
export function readSts(domain: string, see: See, { page }: Outside): { id: string; policy: string } | undefined {
  const { record, fetched } = announced(domain, see, page);
  const id = readTags(record ?? '').tags.find(({ name }) => name === 'id')?.value;
  const isThere = fetched !== undefined && 'text' in fetched && faultOf(fetched) === undefined;
  return id !== undefined && isThere ? { id, policy: fetched.text } : undefined;
}

/** The policy that a domain's MTA-STS record announces, beside its MX hosts (RFC 8461 3.3, 4.1). Pure. */
export function checkMtaStsPolicy({ domain }: Subject, see: See, { page }: Outside): Check[] {
  const name = `mta-sts.${domain}`;
  const { fetched } = announced(domain, see, page);
  if (fetched === undefined) return [];
  const hosts = mxHosts(follow(see, domain, 'MX').answer.values);
  if ('silence' in fetched) return [unseen('mta-sts.fetch', name, fetched.silence)];
  const fault = 'refused' in fetched ? fetched.refused : faultOf(fetched);
  if (fault !== undefined) {
    const fix = `Serve it at https://${name}/.well-known/mta-sts.txt, with a certificate that is good for ${name}.`;
    return [finding('mta-sts.fetch', fault, { name, fix })];
  }
  const { text } = fetched as { text: string };
  const faults = lintMtaStsPolicy(text).map((one) => ({ ...one, name }));
  const { mode, mx } = readMtaStsPolicy(text);
  // A policy that can't be read names nobody.
  const isNone = mode === 'none' || !isReadable(faults);
  const left = isNone ? [] : hosts.filter((host) => !mx.some((pattern) => coversHost(pattern, host)));
  const severity = mode === 'enforce' ? 'blocker' : 'warning';
  return [
    fine('mta-sts.fetch', name, `mode ${mode}`),
    ...faults,
    ...left.map((host) => finding('mta-sts.mx', `${host} is none of ${mx.join(', ')}`, { name, severity })),
  ];
}

function isReadable(faults: readonly Check[]): boolean {
  return !faults.some(({ id, severity }) => id === 'mta-sts.policy' && severity === 'error');
}

function faultOf({ status, contentType }: { status: number; contentType: string }): string | undefined {
  if (status >= 300 && status < 400) return `HTTP ${status}: a redirect is not followed`;
  if (status !== 200) return `HTTP ${status}`;
  return /^text\/plain\s*(;|$)/i.test(contentType) ? undefined : `it is ${contentType || 'of no type'}, not text/plain`;
}
