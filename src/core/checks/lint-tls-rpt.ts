import type { Check } from './check.ts';
import { finding } from './finding.ts';
import { extensionFaults, spacedTags } from './lint-mta-sts.ts';
import { reportUriFaults } from './lint-report-uri.ts';
import { readTags } from './tag-list.ts';

/** What is wrong with the TXT record at _smtp._tls (RFC 8460 3). Pure. */
export function lintTlsRpt(text: string): Check[] {
  const { tags, faults } = readTags(text);
  const says = [
    ...faults.map((part) => (part === '' ? 'two semicolons, and nothing between them' : `"${part}" is no tag`)),
    ...(/^v=TLSRPTv1[ \t]*(;|$)/.test(text) ? [] : ['it does not begin with v=TLSRPTv1']),
  ];
  const addresses = tags.filter(({ name }) => name === 'rua').flatMap(({ value }) => value.split(','));
  if (addresses.length === 0) says.push('no rua=');
  for (const address of addresses) says.push(...reportUriFaults(address.trim(), ['mailto', 'https']));
  says.push(...spacedTags(text), ...extensionFaults(tags.filter(({ name }) => name !== 'v' && name !== 'rua')));
  return says.map((one) => finding('tls-rpt.record', one));
}
