import { reportKey } from '../../records/dmarc.ts';
import type { Check } from '../check.ts';
import { finding } from '../finding.ts';
import { extensionFaults, spacedTags, spacedVersion, unknownTags } from './lint-mta-sts.ts';
import { repeatedAddresses, reportUriFaults } from './lint-report-uri.ts';
import { readTags, twice } from './tag-list.ts';

/** What is repeated is valid by the grammar (RFC 8460 3), which does not say what it means. */
const TWICE = {
  severity: 'warning',
  fix: 'Keep one; several addresses stand in one rua=, with commas between them.',
} as const;

/** What is wrong with the TXT record at _smtp._tls (RFC 8460 3). Pure. */
export function lintTlsRpt(text: string): Check[] {
  const { tags, faults } = readTags(text);
  const says = [
    ...faults.map((part) => (part === '' ? 'two semicolons, and nothing between them' : `"${part}" is no tag`)),
    ...(/^v=TLSRPTv1[ \t]*(;|$)/.test(text) ? [] : ['it does not begin with v=TLSRPTv1']),
  ];
  const addresses = tags
    .filter(({ name }) => name === 'rua')
    .flatMap(({ value }) => value.split(','))
    .map((address) => address.trim());
  if (addresses.length === 0) says.push('no rua=');
  for (const address of addresses) says.push(...reportUriFaults(address, ['mailto', 'https']));
  says.push(...spacedTags(text), ...extensionFaults(tags.filter(({ name }) => name !== 'v' && name !== 'rua')));
  const repeated = [...twice(tags).map((name) => `${name}=`), ...repeatedAddresses(addresses, reportKey)];
  return [
    ...says.map((one) => finding('tls-rpt.record', one)),
    ...unknownTags('tls-rpt.unknown-tag', tags, ['v', 'rua']),
    ...spacedVersion('tls-rpt.record', text),
    ...repeated.map((one) => finding('tls-rpt.record', `${one} stands more than once`, TWICE)),
  ];
}
